"""Where Rasa works: an event loop on a thread of its own.

Rasa understands, predicts and stores in the event loop, some ten milliseconds in one piece. On the loop
that serves HTTP, every webhook's acknowledgement would wait behind the turns that are being worked on.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sanic import Sanic

from connectors.errors import ActionServerUnavailable
from connectors.remote_actions import ActionNotDone

# Seconds after which a thread that computes lets another one in: Python's default is five milliseconds,
# and an acknowledgement needs to be let in several times.
SWITCH_SECONDS = 0.001

T = TypeVar("T")


class TurnLoop:
    """Runs coroutines one beside the other, away from the loop that asks for them; starts when first used."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Return what `work` returns; cancelling this cancels it.

        Raises:
            ActionServerUnavailable: a custom action was not done; nothing of the turn is stored.
        """

        async def coroutine() -> T:
            try:
                return await work()
            except ActionNotDone as exc:
                raise ActionServerUnavailable(str(exc)) from exc

        self._loop = self._loop or _started()
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine(), self._loop))

    def stop(self) -> None:
        """End the thread; what still runs is not waited for."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._loop = None


def turn_loop_of(app: Sanic) -> TurnLoop:
    """Return the turn loop that all channels of a server share, because Rasa's agent is not for two threads."""
    if not hasattr(app.ctx, "turn_loop"):
        sys.setswitchinterval(SWITCH_SECONDS)
        app.ctx.turn_loop = TurnLoop()
    loop: TurnLoop = app.ctx.turn_loop
    return loop


def _started() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="turns", daemon=True).start()
    return loop
