"""What the database is too slow to tell is unknown, and keeps nothing else from being told."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from connectors.alerts import watch as watch_module
from connectors.alerts.queries import database_conditions
from connectors.alerts.recent import Recent
from connectors.alerts.watch import Watch
from connectors.database import open_engine
from connectors.whatsapp.tables import inbox
from tests.integration.connectors.alert_world import receiving, settings_of
from tests.integration.connectors.databases import database, migrate
from tests.integration.connectors.log_rows import log, turn
from tests.servers.shared import needs_postgresql

pytestmark = needs_postgresql


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(watch_module, "STATEMENT_SECONDS", 0.2)
    with database("postgresql", tmp_path, monkeypatch) as url:
        migrate()
        engine = open_engine(url, future=True)
        yield engine
        engine.dispose()


def park(engine: Engine) -> None:
    row = {"message_sid": "SM1", "contact": "whatsapp:+5215512345678", "content": {}, "source": "webhook"}
    row |= {"status": "failed", "attempts": 5, "received_at": datetime.now(timezone.utc)}
    with engine.begin() as connection:
        connection.execute(inbox.insert(), [row])


@contextmanager
def slow(engine: Engine, *tables: str) -> Iterator[None]:
    """Have nobody read these tables, for all the time that one gives them."""
    with engine.begin() as connection:
        connection.execute(text(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE"))
        yield


async def health() -> dict[str, object]:
    return {}


async def test_one_slow_query_is_no_database_that_does_not_work(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    log(engine, *(turn(n, success=False, error_type="api", timestamp=datetime.now(timezone.utc)) for n in range(20)))
    with receiving() as receiver:
        settings = settings_of(engine.url.render_as_string(hide_password=False), alert_webhook_url=receiver.url)
        watch = Watch(settings, health, refusals=Recent())  # type: ignore[arg-type]
        await watch.look()
        park(engine)
        with slow(engine, "conversation_logs"), caplog.at_level(logging.WARNING):
            for _ in range(4):
                await watch.look()
        await watch.look()
        await watch.stop()
    assert receiver.titles() == ["🔴 Too many turns fail", "🔴 Messages could not be answered"]
    assert caplog.messages.count("alerts: too slow to tell, and unknown this time: error_rate") == 4


def conditions(engine: Engine) -> tuple[set[str], set[str]]:
    """Return what is found and what is unknown."""
    with engine.connect() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 100"))
        look = database_conditions(connection, settings_of("sqlite://"))
    return set(look.found), set(look.unknown)


def test_each_is_unknown_by_itself_and_a_database_that_tells_nothing_in_time_does_not_work(engine: Engine) -> None:
    park(engine)
    with slow(engine, "outbox"):
        assert conditions(engine) == (
            {"failed_turns"},
            {"inbox_backlog", "outbox_backlog", "send_failures"},
        )
    everything = "conversation_logs", "inbox", "outbox", "contacts"
    with slow(engine, *everything), pytest.raises(OperationalError, match="statement timeout"):
        conditions(engine)
    assert conditions(engine) == ({"failed_turns"}, set())


def test_another_error_is_not_taken_for_slowness(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE conversation_logs CASCADE"))
    with pytest.raises(DBAPIError, match="conversation_logs"):
        conditions(engine)


def test_a_connection_that_is_cut_is_a_database_that_does_not_work(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with engine.begin() as other:
            other.execute(text(f"SELECT pg_terminate_backend({pid})"))
        with pytest.raises(OperationalError):
            database_conditions(connection, settings_of("sqlite://"))
