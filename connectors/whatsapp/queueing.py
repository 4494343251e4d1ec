"""Keeping each contact's work in order while contacts do not wait for one another."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, TypeVar

logger = logging.getLogger(__name__)

Key = TypeVar("Key")
Item = TypeVar("Item")


class ContactQueue(Generic[Item]):
    """Gives out items oldest first, and of each contact only one at a time."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Item]] = {}
        self._ready: asyncio.Queue[str] = asyncio.Queue()
        self._settled = asyncio.Event()
        self._settled.set()

    def put(self, contact: str, item: Item) -> None:
        """Add an item behind all others of its contact."""
        self._settled.clear()
        if contact in self._waiting:
            self._waiting[contact].append(item)
        else:
            self._waiting[contact] = deque([item])
            self._ready.put_nowait(contact)

    async def claim(self) -> Item:
        """Wait for an item of a contact that nobody works on, and return it.

        The contact stays claimed until `release`.
        """
        contact = await self._ready.get()
        return self._waiting[contact].popleft()

    def release(self, contact: str) -> None:
        """Let the contact's next item be claimed."""
        if self._waiting[contact]:
            self._ready.put_nowait(contact)
            return
        del self._waiting[contact]
        if not self._waiting:
            self._settled.set()

    async def settled(self) -> None:
        """Wait until nothing waits and nothing is claimed."""
        await self._settled.wait()


class Recent(OrderedDict[Key, Item]):
    """A dictionary that forgets its oldest entries beyond `size`."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def __setitem__(self, key: Key, value: Item) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        while len(self) > self._size:
            self.popitem(last=False)


class Crew(Generic[Item]):
    """Works on what `claim` gives, each item in a task of its own, `size` at a time."""

    def __init__(
        self,
        name: str,
        claim: Callable[[], Awaitable[Item]],
        work: Callable[[Item], Coroutine[Any, Any, None]],
        size: int,
    ) -> None:
        self._name = name
        self._claim = claim
        self._work = work
        self._free = asyncio.Semaphore(size)
        self._foreman: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to claim; needs a running event loop."""
        self._foreman = asyncio.create_task(self._hand_out(), name=self._name)

    async def stop(self) -> None:
        """Claim nothing more, and cancel what is still being worked on."""
        tasks = [task for task in (self._foreman, *self._running) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _hand_out(self) -> None:
        while True:
            await self._free.acquire()
            task = asyncio.create_task(self._work(await self._claim()), name=self._name)
            self._running.add(task)
            task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._free.release()
        if not task.cancelled() and (error := task.exception()):
            logger.error("%s: work was left undone", self._name, exc_info=error)
