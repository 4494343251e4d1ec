"""What keeps a bad day of the business system from becoming ours: few calls at once, none after many failures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from circuitbreaker import CircuitBreaker

from actions.errors import ServiceUnavailable

FAILURES_IN_A_ROW = 10
PAUSE_SECONDS = 5


class Restraint:
    """Lets calls through, some at a time and while the system works.

    Args:
        at_once: how many calls may be under way.
        counts: the exception by which a call says that the system failed.
    """

    def __init__(self, at_once: int, counts: type[Exception]) -> None:
        self._places = asyncio.Semaphore(at_once)
        failures = (counts, ServiceUnavailable, asyncio.CancelledError)
        self._breaker = CircuitBreaker(
            FAILURES_IN_A_ROW, PAUSE_SECONDS, lambda kind, _: issubclass(kind, failures), name="internal_api"
        )

    @asynccontextmanager
    async def kept(self, seconds: float) -> AsyncIterator[None]:
        """Waits for a place, at most so many seconds, and watches what becomes of the call.

        Raises:
            ServiceUnavailable: `circuit_open`, `overloaded` or, without a second left, `timeout`; nothing was sent.
        """
        if self._breaker.opened:
            raise ServiceUnavailable("circuit_open")
        try:
            await asyncio.wait_for(self._places.acquire(), seconds)
        except asyncio.TimeoutError as exc:
            raise ServiceUnavailable("overloaded" if seconds > 0 else "timeout") from exc
        try:
            with self._breaker:
                yield
        finally:
            self._places.release()
