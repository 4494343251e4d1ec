"""The right of way of webhooks: whoever works on turns waits while one is being taken in.

All threads of a process share one interpreter. A webhook needs it for a quarter of a millisecond, but while
turns compute it would get it for a part of the time only.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

# However many webhooks come, work goes on after so long.
LONGEST_SECONDS = 0.05


class RightOfWay:
    """Who has it enters; who has not gives way before each piece of work."""

    def __init__(self) -> None:
        self._inside = 0
        self._is_clear = threading.Event()
        self._is_clear.set()

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Have the others wait until the end of the block; to be used by one thread only."""
        self._inside += 1
        self._is_clear.clear()
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._is_clear.set()

    @property
    def is_wanted(self) -> bool:
        """Whether somebody is inside."""
        return self._inside > 0

    def give_way(self) -> None:
        """Wait while somebody is inside, for a twentieth of a second at most."""
        self._is_clear.wait(LONGEST_SECONDS)
