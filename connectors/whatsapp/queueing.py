"""A crew: claims due work and does it, several things at a time, for as long as it is told to."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Generic, TypeVar

from connectors.errors import ConnectorError

# How long work that another process left, or made, may lie before this one looks.
POLL_SECONDS = 1.0
# What is due may be locked by a process that is just claiming it.
LEAST_SECONDS = 0.02
# So many are claimed in one transaction, which others of this process may have to wait for.
AT_ONCE = 4

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
Claim = Callable[[int], Awaitable[tuple[Sequence[Item], "float | None"]]]


class Crew(Generic[Item]):
    """Works on what `claim` gives, each item in a task of its own.

    Args:
        name: For logs.
        claim: Takes how many items it may give at most; returns them, and in how many seconds there will
            be more, as far as that is known.
        work: What is done with an item.
        size: How many items are worked on at once.
    """

    def __init__(
        self,
        name: str,
        claim: Claim[Item],
        work: Callable[[Item], Coroutine[Any, Any, None]],
        size: int,
    ) -> None:
        self._name = name
        self._claim = claim
        self._work = work
        self._size = size
        self._woken = asyncio.Event()
        self._foreman: asyncio.Task[None] | None = None
        self._running: dict[asyncio.Task[None], Item] = {}
        self._is_away = False
        self._is_stopping = False

    @property
    def items(self) -> list[Item]:
        """What is being worked on."""
        return list(self._running.values())

    def start(self) -> None:
        """Begin to claim; needs a running event loop."""
        self._foreman = asyncio.create_task(self._hand_out(), name=self._name)

    def wake(self) -> None:
        """Look at once whether there is work."""
        self._woken.set()

    async def stop(self, within: float) -> list[Item]:
        """Claim nothing more, let what is being worked on end within so many seconds, and return what did not."""
        self._is_stopping = True
        self.wake()
        deadline = time.monotonic() + within
        if self._foreman:
            # It is let end by itself: what it claims right now must be known here to be given back.
            await asyncio.wait({self._foreman}, timeout=within)
            self._foreman.cancel()
        if self._running:
            await asyncio.wait(set(self._running), timeout=max(0.0, deadline - time.monotonic()))
        left = dict(self._running)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        return list(left.values())

    async def _hand_out(self) -> None:
        while not self._is_stopping:
            asked = min(self._size - len(self._running), AT_ONCE)
            self._woken.clear()
            items, pause = await self._take(asked) if asked else ((), None)
            for item in items:
                task = asyncio.create_task(self._work(item), name=self._name)
                self._running[task] = item
                task.add_done_callback(self._finished)
            if not len(items) == asked > 0:
                await self._rest(POLL_SECONDS if pause is None else min(POLL_SECONDS, max(LEAST_SECONDS, pause)))

    async def _rest(self, seconds: float) -> None:
        """Wait until there may be work."""
        if self._is_stopping:
            return
        alarm = asyncio.get_running_loop().call_later(seconds, self._woken.set)
        try:
            await self._woken.wait()
        finally:
            alarm.cancel()

    async def _take(self, asked: int) -> tuple[Sequence[Item], float | None]:
        """Claim, whatever goes wrong in it: without a claim nobody is answered any more."""
        (outcome,) = await asyncio.gather(self._claim(asked), return_exceptions=True)
        if isinstance(outcome, BaseException):
            if not self._is_away:
                is_known = isinstance(outcome, ConnectorError)
                logger.error(
                    "%s: nothing can be claimed: %s", self._name, outcome, exc_info=None if is_known else outcome
                )
            self._is_away = True
            return (), None
        self._is_away = False
        return outcome

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self.wake()
        if not task.cancelled() and (error := task.exception()):
            logger.error("%s: work was left undone", self._name, exc_info=error)
