"""Sending no faster than Twilio takes messages of one sender."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from limits import RateLimitItemPerSecond

from connectors.settings import Settings
from connectors.whatsapp.limiting import Counts
from privacy import user_key

SHORTEST_WAIT_SECONDS = 0.02


class Pacer:
    """Gives out turns to send, first come, first served, so many a second.

    The turns of this process are spaced evenly. With shared counts all replicas together keep to the rate,
    by the clock of Redis; while Redis is away each of them keeps to it alone.

    Args:
        settings: the rate, the sender, and where Redis is.
        counts: kept elsewhere than the settings say.
        clock: in seconds; it never goes back.
        sleep: waits for so many of these seconds.
    """

    def __init__(
        self,
        settings: Settings,
        counts: Counts | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._counts = counts or Counts(settings.redis_url)
        self._limit = RateLimitItemPerSecond(settings.whatsapp_sends_per_second)
        self._sender = user_key(settings.twilio_phone_number, settings.log_key)
        self._gap = 1 / settings.whatsapp_sends_per_second
        self._clock = clock
        self._sleep = sleep
        self._free_at = clock()
        # It is handed over in the order in which it was asked for, past those who gave up.
        self._line = asyncio.Lock()

    async def turn(self) -> None:
        """Return when the next message may be sent; take a turn for each attempt."""
        async with self._line:
            while not await self._may_go():
                pass
            self._free_at = max(self._free_at, self._clock() + self._gap)

    async def aclose(self) -> None:
        """Close the connections to Redis."""
        await self._counts.aclose()

    def pause(self, seconds: float) -> None:
        """Let this process send nothing for so many seconds, as Twilio asked; a longer pause stays."""
        self._free_at = max(self._free_at, self._clock() + seconds)

    async def _may_go(self) -> bool:
        wait = self._free_at - self._clock()
        if wait > 0:
            await self._sleep(wait)
            return False
        if self._counts.are_shared and not await self._counts.take(self._limit, "sends", self._sender):
            await self._sleep(max(self._gap, SHORTEST_WAIT_SECONDS))
            return False
        # A pause may have begun while Redis was asked.
        return self._free_at <= self._clock()
