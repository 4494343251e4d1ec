"""The spool: rows on disk, in order, from the end of their turn until they are in the database."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from connectors.errors import SpoolUnavailable

FILE = "conversation_log.db"

T = TypeVar("T")
Row = Mapping[str, Any]

# A position is never given twice: what one process removes must not be what another has just added.
_TABLE = "CREATE TABLE IF NOT EXISTS rows (position INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT, content TEXT)"
_BUSY_SECONDS = 5.0


class Spool:
    """Keeps redacted rows in a file that survives the process and may be shared by several.

    A row is safe from the end of the process as soon as `add` returns; a power cut may take those of the last
    instant. Every method may be called from any thread.

    Args:
        folder: Where the file lies; made at the first use.
        capacity: How many rows it takes.
    """

    def __init__(self, folder: Path, capacity: int = 100_000) -> None:
        self._folder = folder
        self._capacity = capacity
        self._connection: sqlite3.Connection | None = None
        self._one_at_a_time = threading.Lock()

    @property
    def exists(self) -> bool:
        """Whether somebody ever kept a row in the folder."""
        return (self._folder / FILE).exists()

    def add(self, rows: Sequence[Row]) -> int:
        """Keep rows after those that are there, and return how many did not fit.

        Raises:
            SpoolUnavailable: the disk does not take them.
        """

        def add(connection: sqlite3.Connection) -> int:
            room = max(0, self._capacity - _waiting(connection))
            kept = [(row.get("user_id"), json.dumps(row, ensure_ascii=False, default=_written)) for row in rows[:room]]
            connection.executemany("INSERT INTO rows (user_id, content) VALUES (?, ?)", kept)
            return len(rows) - len(kept)

        return self._transact(add) if rows else 0

    def first(self, count: int) -> dict[int, dict[str, Any]]:
        """Return the oldest rows by their positions.

        Raises:
            SpoolUnavailable: the disk does not give them.
        """

        def first(connection: sqlite3.Connection) -> dict[int, dict[str, Any]]:
            found = connection.execute("SELECT position, content FROM rows ORDER BY position LIMIT ?", (count,))
            return {position: _read(content) for position, content in found}

        return self._transact(first)

    def remove(self, positions: Collection[int]) -> None:
        """Forget rows that are in the database.

        Raises:
            SpoolUnavailable: the disk does not let them go; they will be written again, to the same rows.
        """

        def remove(connection: sqlite3.Connection) -> None:
            connection.executemany("DELETE FROM rows WHERE position = ?", [(position,) for position in positions])

        if positions:
            self._transact(remove)

    def forget(self, user_id: str, *, dry_run: bool = False) -> int:
        """Remove what waits of one user, and return how many rows that is.

        Raises:
            SpoolUnavailable: the disk does not let them go.
        """

        def forget(connection: sqlite3.Connection) -> int:
            (count,) = connection.execute("SELECT count(*) FROM rows WHERE user_id = ?", (user_id,)).fetchone()
            if not dry_run:
                connection.execute("DELETE FROM rows WHERE user_id = ?", (user_id,))
            return int(count)

        return self._transact(forget) if self.exists else 0

    def waiting(self) -> int:
        """Return about how many rows wait.

        Raises:
            SpoolUnavailable: the disk does not tell.
        """
        return self._transact(_waiting) if self.exists else 0

    def close(self) -> None:
        """Close the file."""
        with self._one_at_a_time:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._one_at_a_time:
            try:
                self._connection = connection = self._connection or self._opened()
                with connection:
                    return work(connection)
            except (sqlite3.Error, OSError) as exc:
                # Opened again next time: the file may have been moved away, or its disk mounted anew.
                if self._connection is not None:
                    self._connection.close()
                    self._connection = None
                raise SpoolUnavailable(f"LOG_SPOOL_FOLDER: {type(exc).__name__}: {exc}") from exc

    def _opened(self) -> sqlite3.Connection:
        self._folder.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._folder / FILE, timeout=_BUSY_SECONDS, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(_TABLE)
        return connection


def _waiting(connection: sqlite3.Connection) -> int:
    # Counting would read them all; rows leave at the front, so the ends tell.
    (waiting,) = connection.execute("SELECT coalesce(max(position) - min(position) + 1, 0) FROM rows").fetchone()
    return int(waiting)


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    # NumPy's numbers know their plain value.
    return value.item() if hasattr(value, "item") else str(value)


def _read(content: str) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(content)
    return row | {"timestamp": datetime.fromisoformat(row["timestamp"])}
