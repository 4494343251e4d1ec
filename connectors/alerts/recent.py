"""Counting what happened lately in this process."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import lru_cache

from connectors.alerts.conditions import WINDOW_SECONDS

# As exact as the window's edge is, and never more of them than fit into it.
_GRAIN_SECONDS = 5.0


class Recent:
    """Counts what happened within a window of time that slides; safe for any thread, and small whatever happens.

    Args:
        seconds: How long the window is.
        clock: Tells the seconds that pass.
    """

    def __init__(self, seconds: float = WINDOW_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._counts: deque[tuple[float, int]] = deque()
        self._lock = threading.Lock()

    def add(self, count: int = 1) -> None:
        """Count something that happens now."""
        with self._lock:
            now = self._clock()
            if self._counts and now - self._counts[-1][0] < _GRAIN_SECONDS:
                since, before = self._counts.pop()
                self._counts.append((since, before + count))
            else:
                self._counts.append((now, count))
            self._forget(now)

    def count(self) -> int:
        """Return how much happened within the window."""
        with self._lock:
            self._forget(self._clock())
            return sum(count for _, count in self._counts)

    def _forget(self, now: float) -> None:
        while self._counts and now - self._counts[0][0] >= self._seconds:
            self._counts.popleft()


@lru_cache(maxsize=1)
def get_refusals() -> Recent:
    """Return this process's count of requests that were not signed as Twilio signs, made at the first call."""
    return Recent()
