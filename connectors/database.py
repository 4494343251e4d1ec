"""The way to our databases: one reading of `DATABASE_URL` for all who use it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection, Engine, ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from connectors.errors import SettingsError
from connectors.setting_values import database

PROJECT_ROOT = Path(__file__).resolve().parent.parent
_BUSY_TIMEOUT_MS = 10_000
# A connection that the network dropped without a word is noticed in seconds, not in hours:
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
_SERVER_PATIENCE = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
    # After a failover the address, or one of several, may lead to a server that only reads: that is no place for us.
    "target_session_attrs": "read-write",
}
# A server that only reads, that shuts down, that crashed, or is just starting: another connection may lead to a
# better one, this one will not.
_LOST_SERVER = {"25006", "57P01", "57P02", "57P03"}
# The same for the server: a process of ours that froze, or lost its power, in the middle of a transaction would
# hold its locks, and with them all other processes, until somebody ends it by hand.
_LOST_CLIENT = {
    "idle_in_transaction_session_timeout": "15000",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
LOCK_SECONDS = 5.0
"""How long a statement waits for a lock; no transaction of ours takes so long."""


def resolve_url(url: str, *, lock_seconds: float = LOCK_SECONDS) -> URL:
    """Return the URL with what its database needs.

    A relative SQLite path is taken from the project's root and its folder made; a PostgreSQL server gets
    time limits, unless the URL has its own.

    Args:
        url: The database.
        lock_seconds: How long PostgreSQL waits for a lock; 0 is as long as it takes.

    Raises:
        SettingsError: it is no URL of a database that can be used; the message does not quote it.
    """
    try:
        resolved = database(url)
    except ValueError as exc:
        raise SettingsError(f"DATABASE_URL: {exc}") from None
    if resolved.get_backend_name() == "postgresql":
        options = _server_options(resolved, lock_seconds)
        return resolved.set(query={**_SERVER_PATIENCE, **resolved.query, "options": options})
    if resolved.get_backend_name() != "sqlite" or resolved.database in {None, "", ":memory:"}:
        return resolved
    path = PROJECT_ROOT / str(resolved.database)
    path.parent.mkdir(parents=True, exist_ok=True)
    return resolved.set(database=str(path))


def open_engine(url: str, *, lock_seconds: float = LOCK_SECONDS, **options: Any) -> Engine:
    """Return an engine for the URL that connects when first used and keeps values out of its errors.

    Args:
        url: The database.
        lock_seconds: How long PostgreSQL waits for a lock; 0 is as long as it takes.
        options: What else `create_engine` takes.
    """
    defaults = {
        "hide_parameters": True,
        "json_serializer": partial(json.dumps, ensure_ascii=False),
        "pool_pre_ping": True,
    }
    engine = create_engine(resolve_url(url, lock_seconds=lock_seconds), **{**defaults, **options})
    share_sqlite_file(engine)
    leave_lost_server(engine)
    return engine


def open_writer_engine(url: str) -> Engine:
    """Return an engine with one connection, whose commits are on disk when they return.

    Its transactions take SQLite's write lock when they begin: one that read first and wrote later would
    fail at once, instead of waiting, when somebody else wrote in between.
    """
    options: dict[str, Any] = {"pool_size": 1, "max_overflow": 0, "pool_pre_ping": False, "future": True}
    if resolve_url(url).get_backend_name() == "sqlite":
        options |= {"poolclass": QueuePool, "connect_args": {"check_same_thread": False}}
    engine = open_engine(url, **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _write_durably)
        event.listen(engine, "begin", _begin_immediately)
    return engine


def leave_lost_server(engine: Engine) -> None:
    """Have connections given up that PostgreSQL, in whatever language, says it can do nothing more for.

    The driver alone knows a connection that is closed, and English words: one that a failover left on a server
    that only reads would be kept for good.
    """
    if engine.dialect.name == "postgresql":
        event.listen(engine, "handle_error", _tell_lost_server)


def sqlstate(error: object) -> str | None:
    """Return PostgreSQL's code for a driver's error, None where there is none."""
    # https://www.postgresql.org/docs/current/errcodes-appendix.html
    code: str | None = getattr(error, "pgcode", None)
    return code


def only_reads(error: DBAPIError) -> bool:
    """Tell whether PostgreSQL failed because it only reads: a statement, or the connection that `resolve_url` wants."""
    # Whoever cannot connect gets no code; these words are libpq's and always English.
    is_refused = any(words in str(error.orig) for words in ("session is read-only", "server is in hot standby mode"))
    return is_refused or sqlstate(error.orig) == "25006"


def share_sqlite_file(engine: Engine) -> None:
    """Let readers and one writer of an SQLite file work at once, and writers wait for each other.

    Other databases need nothing of the kind.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)


def _tell_lost_server(context: ExceptionContext) -> None:
    if sqlstate(context.original_exception) in _LOST_SERVER:
        context.is_disconnect = True


def _server_options(url: URL, lock_seconds: float) -> str:
    ours = {**_LOST_CLIENT, "lock_timeout": str(round(lock_seconds * 1000))}
    theirs = url.normalized_query.get("options", ())
    # Of what is said twice the server takes the last.
    return " ".join([*(f"-c {name}={value}" for name, value in ours.items()), *theirs])


def _set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # With a write-ahead log this loses no commit but one of the last instant before a power cut.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _write_durably(connection: Any, _record: Any) -> None:
    # Python's driver would begin transactions by itself, and later.
    connection.isolation_level = None
    connection.execute("PRAGMA synchronous = FULL")


def _begin_immediately(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
