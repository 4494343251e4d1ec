"""The writer: rows on their way into the database, on a thread of its own."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError, StatementError

from connectors.conversation_log.models import conversation_logs
from connectors.write_queue import turn_to_write

logger = structlog.get_logger(__name__)

T = TypeVar("T")
Row = Mapping[str, Any]

_INSERTS = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_LONGEST_DELAY_FACTOR = 60


class LogWriter(Generic[T]):
    """Writes what it is handed in the order of arrival, in batches, once.

    Args:
        engine: The database, SQLite or PostgreSQL.
        to_row: Makes a row of what was handed over; called on the writer's thread.
        capacity: How much may wait while the database is away; what comes on top is dropped and counted.
        batch_size: The most rows of one transaction.
        retry_delay_s: Seconds to wait after a failure, doubled while it lasts, up to sixty times that.
        flush_timeout_s: Seconds that `close` waits for the last rows.
    """

    def __init__(
        self,
        engine: Engine,
        to_row: Callable[[T], Row],
        *,
        capacity: int = 10_000,
        batch_size: int = 200,
        retry_delay_s: float = 0.5,
        flush_timeout_s: float = 5.0,
    ) -> None:
        self._engine = engine
        self._to_row = to_row
        self._capacity = capacity
        self._batch_size = batch_size
        self._retry_delay_s = retry_delay_s
        self._flush_timeout_s = flush_timeout_s
        self._waiting: deque[T] = deque()
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._in_hand = 0
        self._dropped = 0

    def put(self, item: T) -> bool:
        """Queue an item without waiting; False when it was dropped because too many wait already."""
        with self._changed:
            if len(self._waiting) >= self._capacity or self._closing.is_set():
                self._dropped += 1
                if self._dropped == 1:
                    logger.error("conversation_log.dropping", waiting=len(self._waiting))
                return False
            self._waiting.append(item)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="conversation-log", daemon=True)
                self._thread.start()
            self._changed.notify()
            return True

    def close(self) -> int:
        """Write what waits, stop for good, and return how many items were lost."""
        with self._changed:
            self._closing.set()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(self._flush_timeout_s)
        self._engine.dispose()
        with self._changed:
            lost = len(self._waiting) + self._in_hand + self._dropped
            self._waiting.clear()
            self._in_hand = self._dropped = 0
        if lost:
            logger.error("conversation_log.lost", rows=lost)
        return lost

    def _run(self) -> None:
        while batch := self._next_batch():
            rows = [row for item in batch if (row := self._row(item)) is not None]
            if not self._write_until_done(rows):
                return

    def _next_batch(self) -> list[T]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing.is_set())
            self._in_hand = min(self._batch_size, len(self._waiting))
            return [self._waiting.popleft() for _ in range(self._in_hand)]

    def _row(self, item: T) -> Row | None:
        try:
            return self._to_row(item)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as exc:
            # The error's own words may quote the user.
            logger.error("conversation_log.unreadable_turn", error=type(exc).__name__)
            return None

    def _write_until_done(self, rows: Sequence[Row]) -> bool:
        """Insert rows however long it takes; False when the writer is closed before it could."""
        delay, failures = self._retry_delay_s, 0
        while not self._write(rows, first_try=failures == 0):
            failures += 1
            if self._closing.wait(delay) and failures > 1:
                return False
            delay = min(delay * 2, self._retry_delay_s * _LONGEST_DELAY_FACTOR)
        with self._changed:
            self._in_hand = 0
            dropped, self._dropped = self._dropped, 0
        if failures or dropped:
            logger.warning("conversation_log.recovered", rows=len(rows), dropped=dropped)
        return True

    def _write(self, rows: Sequence[Row], *, first_try: bool) -> bool:
        """Insert rows that are not there yet; False when the database takes none now."""
        if not rows:
            return True
        try:
            with turn_to_write(self._engine.url), self._engine.begin() as connection:
                insert = _INSERTS[connection.dialect.name](conversation_logs).on_conflict_do_nothing()
                connection.execute(insert, list(rows))
        except (SQLAlchemyError, ValueError) as exc:
            # Parameters are hidden by the engine; what is left is the database's own complaint.
            reason = str(getattr(exc, "orig", None) or type(exc).__name__)
            if not _is_about_a_row(exc):
                if first_try:
                    logger.error("conversation_log.unavailable", error=reason)
                return False
            if len(rows) > 1:
                return all(self._write([row], first_try=first_try) for row in rows)
            logger.error("conversation_log.refused_row", id=rows[0].get("id"), error=type(exc).__name__)
        return True


def _is_about_a_row(exc: Exception) -> bool:
    # A bare StatementError is a value that could not be made ready for the database.
    return isinstance(exc, DataError | IntegrityError | ValueError) or type(exc) is StatementError
