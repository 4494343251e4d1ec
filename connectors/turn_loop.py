"""Where turns are worked on, from the inbox to Twilio: an event loop on a thread of its own.

Rasa understands, predicts and stores in the event loop, some ten milliseconds in one piece, and an answer
takes a millisecond to be sent. On the loop that serves HTTP, every webhook's acknowledgement would wait
behind them.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sanic import Sanic

from connectors.errors import ActionServerUnavailable
from connectors.remote_actions import ActionNotDone
from connectors.right_of_way import RightOfWay

# Seconds after which a thread that computes lets another one in: Python's default is five milliseconds,
# and an acknowledgement needs to be let in several times: for each read, and each write, of its connection.
SWITCH_SECONDS = 0.0002

T = TypeVar("T")


class TurnLoop:
    """Runs coroutines one beside the other, away from the loop that asks for them; starts when first used.

    Attributes:
        right_of_way: what is computed here gives way to whoever enters it.
    """

    def __init__(self) -> None:
        self.right_of_way = RightOfWay()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Return what `work` returns; cancelling this cancels it.

        Raises:
            ActionServerUnavailable: a custom action was not done; nothing of the turn is stored.
        """

        async def coroutine() -> T:
            return await whole(work())

        self._loop = self._loop or _started(self.right_of_way)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine(), self._loop))

    def stop(self) -> None:
        """End the thread, and close the loop; what still runs is not waited for."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._loop = None


async def whole(work: Awaitable[T]) -> T:
    """Return what `work` returns once all its custom actions were done.

    Raises:
        ActionServerUnavailable: one was not done; nothing of the turn is stored.
    """
    try:
        return await work
    except ActionNotDone as exc:
        raise ActionServerUnavailable(str(exc), is_away=exc.is_away) from exc


def turn_loop_of(app: Sanic) -> TurnLoop:
    """Return the turn loop that all channels of a server share, because Rasa's agent is not for two threads."""
    if not hasattr(app.ctx, "turn_loop"):
        sys.setswitchinterval(SWITCH_SECONDS)
        app.ctx.turn_loop = TurnLoop()
    loop: TurnLoop = app.ctx.turn_loop
    return loop


class _Courteous(selectors.DefaultSelector):
    """The selector of an event loop that gives way before each round of callbacks."""

    def __init__(self, right_of_way: RightOfWay) -> None:
        super().__init__()
        self._right_of_way = right_of_way

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(timeout)
        self._right_of_way.give_way()
        return ready


def _started(right_of_way: RightOfWay) -> asyncio.AbstractEventLoop:
    loop = asyncio.SelectorEventLoop(_Courteous(right_of_way))

    def run() -> None:
        loop.run_forever()
        loop.close()

    threading.Thread(target=run, name="turns", daemon=True).start()
    return loop
