"""What every test needs."""

from __future__ import annotations

import os

# Rasa pins SQLAlchemy 1.4, whose notice about 2.0 says nothing about this project.
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")

import pytest

from tests.servers import PostgreSQL, Redis, Unavailable, shared


@pytest.fixture(scope="session")
def postgresql_server() -> PostgreSQL:
    """The PostgreSQL server of this run; not one to stop."""
    try:
        return shared.postgresql_server()
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def redis_server() -> Redis:
    """The Redis server of this run; not one to stop."""
    try:
        return shared.redis_server()
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture
def redis_url(redis_server: Redis) -> str:
    """The address of a Redis that knows nothing."""
    redis_server.flush()
    return redis_server.url
