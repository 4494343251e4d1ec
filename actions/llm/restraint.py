"""When the model is not asked at all: it has failed again and again, too many wait for it, or it would refuse us."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from circuitbreaker import CircuitBreaker
from limits import RateLimitItemPerMinute

from actions.errors import PhrasingError
from actions.llm.openrouter import ModelError
from actions.llm.shared import Shared

FAILURES_IN_A_ROW = 5
PAUSE_SECONDS = 10
OFF_SECONDS = 600.0
"""How long nothing is asked of a model that refuses our key, or has no credit left for us; then one call tries."""

logger = logging.getLogger(__name__)


class Restraint:
    """Lets calls to the model through while it serves us, so many at once and a minute.

    Args:
        at_once: how many calls may be under way.
        per_minute: how many a minute, with all processes that share a Redis; None for as many as one likes.
        shared: where they are counted.
        clock: gives seconds.

    Attributes:
        trouble: `key` or `credit` while the model is switched off for it.
    """

    def __init__(
        self, at_once: int, per_minute: int | None, shared: Shared, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._free = at_once
        self._limit = RateLimitItemPerMinute(per_minute) if per_minute else None
        self._shared = shared
        self._clock = clock
        self._off_until = 0.0
        self._breaker = CircuitBreaker(
            FAILURES_IN_A_ROW, PAUSE_SECONDS, lambda kind, _: issubclass(kind, ModelError), name="llm"
        )
        self.trouble: str | None = None

    async def check(self) -> None:
        """Takes one of the minute's calls.

        Raises:
            PhrasingError: `off`, `breaker`, `busy` or `rate_limit`: the model is not to be asked.
        """
        if self._clock() < self._off_until:
            raise PhrasingError("off")
        if self._breaker.opened:
            raise PhrasingError("breaker")
        if self._free <= 0:
            raise PhrasingError("busy")
        if self._limit and not await self._shared.take(self._limit):
            raise PhrasingError("rate_limit")

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Holds a place while the model is asked, and learns from what comes of it."""
        self._free -= 1
        try:
            with self._breaker:
                yield
        except ModelError as error:
            # A failure of any other kind says nothing of key and credit.
            if error.trouble:
                self._switch(error.trouble)
            raise
        else:
            self._switch(None)
        finally:
            self._free += 1

    def _switch(self, trouble: str | None) -> None:
        if trouble:
            self._off_until = self._clock() + OFF_SECONDS
        if trouble != self.trouble:
            what = f"is off: {trouble}" if trouble else "is on again"
            logger.log(logging.ERROR if trouble else logging.INFO, "The language model %s", what)
        self.trouble = trouble
