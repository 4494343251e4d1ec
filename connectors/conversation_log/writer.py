"""The writer: rows on their way into the database, by the disk, on a thread of its own."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError, StatementError

from connectors.conversation_log.models import conversation_logs
from connectors.conversation_log.spool import Spool
from connectors.errors import SpoolUnavailable
from connectors.write_queue import turn_to_write

logger = structlog.get_logger(__name__)

T = TypeVar("T")
Row = Mapping[str, Any]

_INSERTS = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_LONGEST_DELAY_FACTOR = 10
# Rows that the disk does not take are held in memory, and no more of them.
_HELD_IN_MEMORY = 10_000


class LogWriter(Generic[T]):
    """Writes what it is handed in the order of arrival, in batches, each row once.

    What was handed over is on disk when `settle` returns, and waits there while the database is away, beyond the
    end of the process too. A row whose id is there already takes its place, unless it is older.

    Args:
        engine: The database, SQLite or PostgreSQL.
        spool: Where rows wait on disk.
        to_row: Makes a row of what was handed over; never called on the thread that calls `put`.
        batch_size: The most rows of one transaction.
        batch_delay_s: Seconds that the first row waits for others; a turn that is just being stored goes before.
        retry_delay_s: Seconds to wait after a failure, doubled while it lasts, up to ten times that.
        flush_timeout_s: Seconds that `close` waits for the last rows.
        on_written: Told how many rows a transaction brought into the database.
        on_dropped: Told how many rows are lost, because neither database nor disk had room for them.
    """

    def __init__(
        self,
        engine: Engine,
        spool: Spool,
        to_row: Callable[[T], Row],
        *,
        batch_size: int = 200,
        batch_delay_s: float = 0.05,
        retry_delay_s: float = 0.5,
        flush_timeout_s: float = 5.0,
        on_written: Callable[[int], None] = lambda _: None,
        on_dropped: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._engine = engine
        self._spool = spool
        self._to_row = to_row
        self._batch_size = batch_size
        self._batch_delay_s = batch_delay_s
        self._retry_delay_s = retry_delay_s
        self._flush_timeout_s = flush_timeout_s
        self._on_written = on_written
        self._on_dropped = on_dropped
        self._fresh: deque[T] = deque()
        self._held: list[Row] = []
        self._changed = threading.Condition()
        self._settling = threading.Lock()
        self._has_come = False
        self._is_closing = False
        self._thread: threading.Thread | None = None
        self.dropped = 0
        """How many rows are lost, because neither database nor disk had room for them."""

    def start(self) -> None:
        """Begin with what an earlier process left on disk; without this, the first `put` does."""
        with self._changed:
            self._start()

    def put(self, item: T) -> None:
        """Take an item without waiting; it is safe once `settle` has returned."""
        with self._changed:
            self._fresh.append(item)
            self._has_come = True
            self._start()
            self._changed.notify_all()

    def settle(self) -> None:
        """Wait until all that was put is on disk; what the disk does not take is held in memory."""
        # Held until the rows are on disk, so that who comes second does not return before.
        with self._settling:
            with self._changed:
                items = list(self._fresh)
                self._fresh.clear()
            rows = [*self._held, *(row for item in items if (row := self._row(item)) is not None)]
            if rows:
                self._keep(rows)

    def backlog(self) -> int:
        """Return about how many rows are not in the database yet."""
        try:
            return len(self._fresh) + len(self._held) + self._spool.waiting()
        except SpoolUnavailable:
            return len(self._fresh) + len(self._held)

    def close(self) -> int:
        """Write what waits, stop for good, and return how many rows are lost; the others are on disk."""
        self.settle()
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(self._flush_timeout_s)
        self._engine.dispose()
        with self._settling:
            lost, self._held = len(self._held), []
        if lost:
            logger.error("conversation_log.lost", rows=lost)
        elif waiting := self.backlog():
            logger.warning("conversation_log.left_on_disk", rows=waiting)
        self._spool.close()
        return lost

    def _start(self) -> None:
        if self._thread is None and not self._is_closing:
            self._thread = threading.Thread(target=self._run, name="conversation-log", daemon=True)
            self._thread.start()

    def _row(self, item: T) -> Row | None:
        try:
            return self._to_row(item)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as exc:
            # The error's own words may quote the user.
            logger.error("conversation_log.unreadable_turn", error=type(exc).__name__)
            return None

    def _keep(self, rows: list[Row]) -> None:
        try:
            dropped = self._spool.add(rows)
            self._held = []
        except SpoolUnavailable as exc:
            if not self._held:
                logger.error("conversation_log.no_disk", error=str(exc))
            self._held, dropped = rows[:_HELD_IN_MEMORY], max(0, len(rows) - _HELD_IN_MEMORY)
        if dropped:
            if not self.dropped:
                logger.error("conversation_log.dropping", waiting=self.backlog())
            self.dropped += dropped
            self._on_dropped(dropped)

    def _run(self) -> None:
        failures = 0
        while True:
            # Whatever comes after this is known to be the end has been kept before: what is left is tried once more.
            is_end = self._is_closing
            self.settle()
            positions, rows = self._oldest()
            if rows and self._write(rows, first_try=failures == 0):
                self._is_written(positions, rows, after=failures)
                failures = 0
            elif is_end:
                return
            elif rows:
                self._wait(min(2**failures, _LONGEST_DELAY_FACTOR) * self._retry_delay_s)
                failures += 1
            else:
                self._wait_for_more()

    def _wait_for_more(self) -> None:
        """Wait until something has come, and what comes with it, or until the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._has_come or self._is_closing)
            self._has_come = False
            self._changed.wait_for(lambda: self._is_closing, self._batch_delay_s)

    def _wait(self, seconds: float) -> None:
        """Wait so long, keeping what comes; not beyond the end."""
        until = time.monotonic() + seconds
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._fresh or self._is_closing, max(0.0, until - time.monotonic()))
                if self._is_closing or time.monotonic() >= until:
                    return
            self.settle()

    def _oldest(self) -> tuple[Sequence[int], Sequence[Row]]:
        try:
            found = self._spool.first(self._batch_size) if self._spool.exists else {}
        except SpoolUnavailable:
            found = {}
        if found:
            return list(found), list(found.values())
        with self._settling:
            return (), self._held[: self._batch_size]

    def _is_written(self, positions: Sequence[int], rows: Sequence[Row], *, after: int) -> None:
        self._on_written(len(rows))
        if after:
            logger.warning("conversation_log.recovered", rows=len(rows), dropped=self.dropped)
        if not positions:
            with self._settling:
                self._held = self._held[len(rows) :]
            return
        try:
            self._spool.remove(positions)
        except SpoolUnavailable as exc:
            logger.error("conversation_log.no_disk", error=str(exc))
            time.sleep(self._retry_delay_s)

    def _write(self, rows: Sequence[Row], *, first_try: bool) -> bool:
        """Bring rows into the database; False when it takes none now."""
        # One statement must not meet the same row twice; the later one counts.
        rows = list({row["id"]: row for row in rows}.values())
        try:
            with turn_to_write(self._engine.url), self._engine.begin() as connection:
                connection.execute(_upsert(connection.dialect.name), rows)
        except (SQLAlchemyError, ValueError) as exc:
            # Parameters are hidden by the engine; what is left is the database's own complaint.
            reason = str(getattr(exc, "orig", None) or type(exc).__name__)
            if not _is_about_a_row(exc):
                if first_try:
                    logger.error("conversation_log.unavailable", error=reason)
                return False
            if len(rows) > 1:
                return all([self._write([row], first_try=first_try) for row in rows])  # noqa: C419 -- every one is tried
            logger.error("conversation_log.refused_row", id=rows[0].get("id"), error=type(exc).__name__)
        return True


def _upsert(dialect: str) -> Any:
    """Return what inserts a row, or puts it in the place of an earlier one: a turn that was begun anew counts."""
    insert = _INSERTS[dialect](conversation_logs)
    key = list(conversation_logs.primary_key)
    changed = {column.name: insert.excluded[column.name] for column in conversation_logs.c if column not in key}
    newer = insert.excluded.timestamp >= conversation_logs.c.timestamp
    return insert.on_conflict_do_update(index_elements=key, set_=changed, where=newer)


def _is_about_a_row(exc: Exception) -> bool:
    # A bare StatementError is a value that could not be made ready for the database.
    return isinstance(exc, DataError | IntegrityError | ValueError) or type(exc) is StatementError
