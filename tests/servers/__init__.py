"""Real PostgreSQL and Redis servers that tests start by themselves, from programs that come as Python packages.

A database of its own for a test, on SQLite and on PostgreSQL::

    from tests.integration.connectors.databases import DIALECTS, database

    @pytest.fixture(params=DIALECTS)
    def url(request, tmp_path, monkeypatch):
        with database(request.param, tmp_path, monkeypatch) as url:  # DATABASE_URL is set to it
            yield url

The fixtures `postgresql_server` and `redis_server` (tests/conftest.py) give the servers that a whole run shares, and
`redis_url` an empty Redis. They start when they are first wanted and skip the test where this machine has no
program for them. `TEST_DATABASE_URL`, when set, names a PostgreSQL that is used instead of ours.

A server of its own, for a test that stops or kills it::

    from tests.servers import PostgreSQL

    with PostgreSQL(durable=True) as server:
        url = server.create_database()
        server.stop()   # or kill(): clients are refused from now on
        server.start()  # the same port, the same data

Servers listen on 127.0.0.1 only, run as `nobody` when we are root, and are gone with their files as soon as the
process that started them has ended, in whatever way (keeper.py).
"""

from tests.servers.postgresql import PostgreSQL
from tests.servers.process import ServerFailed, Unavailable
from tests.servers.redis import Redis

__all__ = ["PostgreSQL", "Redis", "ServerFailed", "Unavailable"]
