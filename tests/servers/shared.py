"""The servers that all tests of a run share, each started when the first test wants it."""

from __future__ import annotations

import atexit
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.servers.postgresql import PostgreSQL, find_postgresql
from tests.servers.process import Unavailable
from tests.servers.redis import Redis, find_redis

TEST_DATABASE_URL = os.environ.get("TEST_DATABASE_URL")


def _reason_without(find: Callable[[], Path]) -> str:
    try:
        find()
    except Unavailable as reason:
        return str(reason)
    return ""


NO_POSTGRESQL = "" if TEST_DATABASE_URL else _reason_without(find_postgresql)
NO_REDIS = _reason_without(find_redis)

needs_postgresql = pytest.mark.skipif(bool(NO_POSTGRESQL), reason=NO_POSTGRESQL or "never")
needs_redis = pytest.mark.skipif(bool(NO_REDIS), reason=NO_REDIS or "never")

DIALECTS = ["sqlite", pytest.param("postgresql", marks=needs_postgresql)]


@cache
def postgresql_server() -> PostgreSQL:
    """Gives the PostgreSQL server of this run, which is fast and not crash-safe; leave it running.

    Raises:
        Unavailable: there is none for this machine.
    """
    server = PostgreSQL().__enter__()
    atexit.register(server.close)
    return server


@cache
def redis_server() -> Redis:
    """Gives the Redis server of this run; leave it running.

    Raises:
        Unavailable: there is none for this machine.
    """
    server = Redis().__enter__()
    atexit.register(server.close)
    return server


@contextmanager
def postgresql_database() -> Iterator[str]:
    """Give the URL of an empty PostgreSQL database, which is gone afterwards.

    Where `TEST_DATABASE_URL` names a database, it is a new schema in that one instead.
    """
    if TEST_DATABASE_URL:
        with _schema(TEST_DATABASE_URL) as url:
            yield url
        return
    server = postgresql_server()
    url = server.create_database()
    yield url
    server.drop_database(url)


@contextmanager
def _schema(database: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    engine = create_engine(database, future=True)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    url = make_url(database).update_query_dict({"options": f"-csearch_path={name}"})
    yield url.render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    engine.dispose()
