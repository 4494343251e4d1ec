"""What a PostgreSQL server is told with each connection, so that no process stops the others for long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import context
from rasa.core.tracker_store import TrackerStore as RasaTrackerStore
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig
from sqlalchemy import text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from connectors import database as module
from connectors.database import open_engine, open_writer_engine, resolve_url
from connectors.errors import DatabaseUnavailable
from connectors.group_commit import GroupCommit
from tests.integration.connectors.databases import database, migrate
from tests.servers.shared import needs_postgresql

PATIENCE = {
    "idle_in_transaction_session_timeout": "15s",
    "lock_timeout": "5s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
pytestmark = needs_postgresql


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with database("postgresql", tmp_path, monkeypatch) as url:
        yield url


def shown(engine: Engine, *names: str) -> dict[str, str]:
    with engine.connect() as connection:
        return {name: connection.execute(text(f"SHOW {name}")).scalar_one() for name in names}


def with_options(url: str, options: str) -> str:
    return make_url(url).update_query_dict({"options": options}, append=True).render_as_string(hide_password=False)


def test_every_engine_tells_the_server_how_long_it_may_be_kept_waiting(url: str) -> None:
    store = RasaTrackerStore.create(EndpointConfig(type="connectors.tracker_store.TrackerStore"), Domain.empty())
    for engine in (open_engine(url), open_writer_engine(url), store.engine):  # type: ignore[attr-defined]
        assert shown(engine, *PATIENCE) == PATIENCE
        engine.dispose()


def test_options_of_the_urls_own_are_kept_and_win(url: str) -> None:
    engine = open_engine(with_options(url, "-csearch_path=elsewhere -c lock_timeout=2000"))
    names = ("search_path", "lock_timeout", "idle_in_transaction_session_timeout")
    assert list(shown(engine, *names).values()) == ["elsewhere", "2s", "15s"]
    engine.dispose()


def test_an_sqlite_url_gets_no_options() -> None:
    assert resolve_url("sqlite:////tmp/a.db").query == {}


def test_a_process_that_freezes_in_a_transaction_gives_its_locks_back(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(module._LOST_CLIENT, "idle_in_transaction_session_timeout", "500")
    frozen, other = open_writer_engine(url), open_writer_engine(url)
    with other.begin() as connection:
        connection.execute(text("CREATE TABLE notes (word TEXT PRIMARY KEY)"))
        connection.execute(text("INSERT INTO notes VALUES ('a')"))

    with pytest.raises(DBAPIError) as thawed, frozen.begin() as holding:  # noqa: PT012 -- the rest is what fails
        holding.execute(text("UPDATE notes SET word = 'frozen'"))
        with other.begin() as connection:
            connection.execute(text("UPDATE notes SET word = 'b'"))
        holding.execute(text("UPDATE notes SET word = 'too late'"))

    assert thawed.value.connection_invalidated
    with other.begin() as connection:
        assert connection.execute(text("SELECT word FROM notes")).scalars().all() == ["b"]
    for engine in (frozen, other):
        engine.dispose()


async def test_whoever_meets_a_lock_that_is_held_keeps_the_others_of_its_batch_from_nothing(
    url: str,
) -> None:
    holder = open_writer_engine(url)
    with holder.begin() as connection:
        connection.execute(text("CREATE TABLE notes (word TEXT PRIMARY KEY, n INTEGER)"))
        connection.execute(text("INSERT INTO notes VALUES ('held', 0), ('free', 0)"))
    commit = GroupCommit(open_writer_engine(with_options(url, "-c lock_timeout=300")))
    with holder.begin() as holding:
        holding.execute(text("SELECT 1 FROM notes WHERE word = 'held' FOR UPDATE"))
        update = text("UPDATE notes SET n = n + 1 WHERE word = :word")
        began = time.monotonic()
        held, free = (
            commit.run(lambda c, w=word: c.execute(update, {"word": w}).rowcount, order=word)  # type: ignore[misc]
            for word in ("held", "free")
        )
        assert await free == 1
        with pytest.raises(DatabaseUnavailable):
            await held
        assert time.monotonic() - began < 3
    assert await commit.insist(lambda c: c.execute(update, {"word": "held"}).rowcount) == 1
    await commit.close()
    holder.dispose()


def test_a_migration_waits_for_a_lock_as_long_as_it_takes(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, str]] = []

    def look() -> None:
        bind = context.get_bind()
        seen.append({name: bind.execute(text(f"SHOW {name}")).scalar_one() for name in PATIENCE})

    monkeypatch.setattr(context, "run_migrations", look)
    migrate()
    assert seen == [{**PATIENCE, "lock_timeout": "0"}]


@pytest.mark.parametrize("code", ["25006", "57P01", "57P02", "57P03"])
def test_a_server_that_can_do_no_more_for_a_connection_cuts_it_off_in_whatever_words(code: str, url: str) -> None:
    store = RasaTrackerStore.create(EndpointConfig(type="connectors.tracker_store.TrackerStore"), Domain.empty())
    fail = text(f"DO $$ BEGIN RAISE EXCEPTION 'ya no' USING ERRCODE = '{code}'; END $$")
    for engine in (open_engine(url), open_writer_engine(url), store.engine):  # type: ignore[attr-defined]
        with engine.connect() as connection, pytest.raises(DBAPIError) as caught:
            connection.execute(fail)
        assert caught.value.connection_invalidated
        engine.dispose()


def test_a_connection_is_made_only_to_a_server_that_takes_writes(url: str) -> None:
    only_reading = "-c default_transaction_read_only=on"
    engine = open_engine(with_options(url, only_reading))
    with pytest.raises(OperationalError, match="read-only"):
        engine.connect()
