"""Whether a database takes writes: one is begun, and taken back."""

from __future__ import annotations

import uuid
from datetime import datetime, timezone

from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from connectors.database import only_reads
from connectors.errors import DatabaseUnavailable
from connectors.whatsapp.tables import reconciliations
from connectors.write_queue import turn_to_write

TAKES_NO_WRITES = "takes no writes"
# Together less than the two seconds that a look at health or metrics may take.
QUEUE_SECONDS = 0.9
WRITE_SECONDS = 0.8


def prove_writes(engine: Engine) -> None:
    """Make sure, within two seconds, that the database takes writes; nothing of it stays.

    Raises:
        DatabaseUnavailable: it takes none, although it may answer.
        SQLAlchemyError: there is no way to it.
    """
    try:
        _write(engine)
    except DBAPIError as exc:
        if not exc.connection_invalidated:
            raise
        # This connection may have been left on a server whose place another one took.
        _write(engine)


def _write(engine: Engine) -> None:
    try:
        connecting = engine.connect()
    except DBAPIError as exc:
        if only_reads(exc):
            raise DatabaseUnavailable(TAKES_NO_WRITES) from None
        raise
    with connecting as connection:
        try:
            with turn_to_write(engine.url, urgent=True, seconds=QUEUE_SECONDS):
                _insert_and_take_back(connection)
        except TimeoutError:
            raise DatabaseUnavailable(TAKES_NO_WRITES) from None
        except SQLAlchemyError as exc:
            if getattr(exc, "connection_invalidated", False):
                raise
            raise DatabaseUnavailable(TAKES_NO_WRITES) from None


def _insert_and_take_back(connection: Connection) -> None:
    transaction = connection.begin()
    try:
        milliseconds = round(WRITE_SECONDS * 1000)
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {milliseconds}")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text(f"SET LOCAL statement_timeout = {milliseconds}"))
        # A key of its own each time: servers that look at once do not wait for each other.
        row = {"address": f"health:{uuid.uuid4().hex}", "looked_until": datetime.now(timezone.utc)}
        connection.execute(reconciliations.insert(), row)
    finally:
        transaction.rollback()
