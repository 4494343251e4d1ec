"""The queue of those who write to one SQLite file, which takes one writer at a time.

SQLite itself lets writers ask again and again, with pauses of up to a tenth of a second in between, and
whoever asks at the right moment is next. Within this process they stand in a queue instead.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache

from sqlalchemy.engine import URL


class WriteQueue:
    """Lets one thread write at a time, the urgent before the others."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._urgent = 0
        self._is_taken = False

    @contextmanager
    def turn(self, *, urgent: bool = False, seconds: float | None = None) -> Iterator[None]:
        """Wait for the turn to write, and have it until the end of the block.

        Raises:
            TimeoutError: it does not come within the seconds.
        """
        with self._changed:
            self._urgent += urgent
            is_next = self._changed.wait_for(lambda: not self._is_taken and (urgent or not self._urgent), seconds)
            self._urgent -= urgent
            if not is_next:
                # The others may have waited for this one only.
                self._changed.notify_all()
                raise TimeoutError
            self._is_taken = True
        try:
            yield
        finally:
            with self._changed:
                self._is_taken = False
                self._changed.notify_all()


def turn_to_write(database: URL, *, urgent: bool = False, seconds: float | None = None) -> AbstractContextManager[None]:
    """Return the context in which this process may write to an engine's database; a server needs no queue.

    Entering it raises TimeoutError where the turn does not come within the seconds.
    """
    if database.get_backend_name() != "sqlite":
        return nullcontext()
    return _queue(str(database.database)).turn(urgent=urgent, seconds=seconds)


@cache
def _queue(path: str) -> WriteQueue:
    return WriteQueue()
