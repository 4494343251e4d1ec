"""The database: its engine, and transactions that read or write."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, func, select
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from sandbox.internal_api.models import Base, Business
from sandbox.internal_api.seed import seed
from sandbox.internal_api.state import replace
from sandbox.settings import Settings

# Any constant will do: it only has to be the same in every process that writes to this schema.
_WRITERS_LOCK = 8090
_BUSY_TIMEOUT_MS = 15_000


class Database:
    """Opens the schema at first use, seeded when empty; safe to use from many threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opening = threading.Lock()
        self._engine: Engine | None = None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that sees one consistent state and keeps nothing."""
        with Session(self.engine(), future=True) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose transaction no other writer overlaps; an exception undoes it."""
        writer = self.engine().execution_options(serialised=True)
        with Session(writer, future=True) as session, session.begin():
            yield session

    def engine(self) -> Engine:
        """Return the engine of a schema that exists and is not empty."""
        with self._opening:
            if self._engine is None:
                engine = _create_engine(self._settings.sandbox_database_url)
                writer = engine.execution_options(serialised=True)
                with Session(writer, future=True) as session, session.begin():
                    Base.metadata.create_all(session.connection())
                    _fill(session, self._settings)
                self._engine = engine
        return self._engine

    def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        with self._opening:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None


def next_number(session: Session, column: Any, first: int) -> int:
    """Return the number after the greatest in use; call it in a writing transaction only."""
    greatest: int | None = session.scalar(select(func.max(column)))
    return first if greatest is None else greatest + 1


def _fill(session: Session, settings: Settings) -> None:
    business = session.get(Business, 1)
    if business is None:
        replace(session, seed(settings.business_timezone))
    elif "business_timezone" in settings.__fields_set__:
        business.timezone = settings.business_timezone


def _create_engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        engine: Engine = create_engine(url, future=True, pool_size=20, pool_pre_ping=True)
        event.listen(engine, "begin", _begin_postgresql)
        return engine
    Path(make_url(url).database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        future=True,
        poolclass=QueuePool,
        pool_size=20,
        connect_args={"check_same_thread": False, "timeout": _BUSY_TIMEOUT_MS / 1000},
    )
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes too late for a transaction that reads first and then writes.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    serialised = connection.get_execution_options().get("serialised")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if serialised else "BEGIN")


def _begin_postgresql(connection: Any) -> None:
    if connection.get_execution_options().get("serialised"):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK})")
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
