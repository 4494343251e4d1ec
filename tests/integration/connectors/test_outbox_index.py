"""What is asked again and again of an outbox of years does not read all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from connectors.alerts.queries import refusals
from connectors.conversation_log.retention import prune
from connectors.database import open_engine
from connectors.whatsapp.tables import outbox
from tests.integration.connectors.alert_world import settings_of
from tests.integration.connectors.databases import DIALECTS, database, migrate

ANSWERS = 20_000
EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}


@pytest.fixture(params=DIALECTS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with database(request.param, tmp_path, monkeypatch) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    migrate("0007")
    engine = open_engine(database_url, future=True)
    yield engine
    engine.dispose()


def answers(engine: Engine) -> None:
    """Send one an hour, the last one now."""
    row = {"number": 0, "contact": "whatsapp:+5215512345678", "content": {}, "status": "delivered", "attempts": 1}
    now = datetime.now(timezone.utc)
    moments = [now - timedelta(hours=ago) for ago in reversed(range(ANSWERS))]
    rows = [
        {**row, "turn_sid": f"SM{number}", "created_at": moment, "status_at": moment}
        for number, moment in enumerate(moments)
    ]
    with engine.begin() as connection:
        connection.execute(outbox.insert(), rows)


@contextmanager
def asked_of_the_outbox(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Give what the outbox is asked."""
    asked: list[tuple[str, Any]] = []

    def note(connection: object, cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if "FROM outbox" in statement and not statement.startswith("EXPLAIN"):
            asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def look_for_refusals(engine: Engine) -> None:
    with engine.connect() as connection:
        refusals(connection, settings_of("sqlite://"))


def prune_what_is_older_than_two_years(engine: Engine) -> None:
    prune(engine, 2 * 365)


@pytest.mark.parametrize("ask", [look_for_refusals, prune_what_is_older_than_two_years])
def test_it_is_found_by_its_time(engine: Engine, ask: Callable[[Engine], None]) -> None:
    answers(engine)
    migrate()
    with engine.begin() as connection:
        connection.execute(text("ANALYZE outbox"))
    with asked_of_the_outbox(engine) as asked:
        ask(engine)
    assert asked

    for statement, parameters in asked[:2]:  # Prune repeats itself, and asks for contacts then.
        with engine.connect() as connection:
            explain = EXPLAIN[engine.dialect.name] + statement
            plan = "\n".join(str(tuple(line)) for line in connection.exec_driver_sql(explain, parameters))
        assert "ix_outbox_status_at" in plan, plan


def test_an_index_that_was_not_finished_is_made_anew(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE INDEX ix_outbox_status_at ON outbox (status)"))
    migrate()

    with engine.connect() as connection:
        definition = {
            "sqlite": "SELECT sql FROM sqlite_master WHERE name = 'ix_outbox_status_at'",
            "postgresql": "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_outbox_status_at'",
        }[engine.dialect.name]
        assert "(status_at)" in connection.execute(text(definition)).scalar_one()
