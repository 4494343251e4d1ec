from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timezone
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, Table, inspect, text
from sqlalchemy.engine import Engine

from connectors.conversation_log.models import conversation_logs
from connectors.database import open_engine
from connectors.errors import SettingsError
from connectors.schema import check_revision, is_ours
from connectors.tables import metadata
from tests.integration.connectors.databases import DIALECTS, ROOT, database, migrate, unmigrate
from tests.unit.connectors.conversation_log.rasa_events import called

VIEWS = {"conversation_stats", "error_stats", "intent_stats", "latency_stats", "phrasing_stats"}


@pytest.fixture(params=DIALECTS)
def engine(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    with database(request.param, tmp_path, monkeypatch) as url:
        engine = open_engine(url)
        yield engine
        engine.dispose()


def row(row_id: str, **values: Any) -> dict[str, Any]:
    return {
        "id": row_id,
        "user_id": "user_1",
        "message": "hola",
        "intent": "saludo",
        "confidence": 0.5,
        "entities": [],
        "rasa_response": "{}",
        "api_calls": [],
        "processing_time": 10,
        "success": True,
        "error_type": None,
        "error_code": None,
        "timestamp": datetime(2026, 11, 24, 15, tzinfo=timezone.utc),
        **values,
    }


def query(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(found) for found in connection.execute(text(sql))]


def test_the_schema_is_what_the_code_expects(engine: Engine) -> None:
    migrate()

    with engine.connect() as connection:
        known = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": is_ours})
        assert compare_metadata(known, metadata) == []
    assert set(inspect(engine).get_view_names()) == VIEWS


def test_rasas_table_is_none_of_alembics_business(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE events (id INTEGER)"))
    migrate()

    command.check(Config(str(ROOT / "alembic.ini"), stdout=StringIO()))


def test_down_undoes_up_and_leaves_rasas_table_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE events (id INTEGER)"))
    migrate()
    unmigrate()

    assert set(inspect(engine).get_table_names()) == {"events", "alembic_version"}
    assert inspect(engine).get_view_names() == []
    migrate()
    assert "conversation_logs" in inspect(engine).get_table_names()


def test_the_views_count_what_happened(engine: Engine) -> None:
    migrate()
    failure = {
        "success": False,
        "error_type": "api",
        "error_code": "service_unavailable",
        "intent": "agendar_cita",
    }
    with engine.begin() as connection:
        connection.execute(
            conversation_logs.insert(),
            [
                row("conv_1"),
                row("conv_2", user_id="user_2", confidence=1.0, processing_time=31),
                row("conv_3", **failure),
                row("conv_4", **failure | {"timestamp": datetime(2026, 11, 25, 23, 59, tzinfo=timezone.utc)}),
                row("conv_5", **failure | {"error_type": "rasa", "error_code": "no_answer"}),
            ],
        )

    days = query(
        engine,
        "SELECT date, total_messages, unique_users, successful, failed, avg_processing_time, "
        "max_processing_time FROM conversation_stats ORDER BY date DESC",
    )
    assert [(str(day), *rest) for day, *rest in days] == [
        (str(date(2026, 11, 25)), 1, 1, 0, 1, 10, 10),
        (str(date(2026, 11, 24)), 4, 2, 2, 2, 15, 31),
    ]
    assert query(engine, "SELECT error_type, error_code, occurrences, affected_users FROM error_stats") == [
        ("api", "service_unavailable", 2, 1),
        ("rasa", "no_answer", 1, 1),
    ]
    assert query(engine, "SELECT intent, occurrences, avg_confidence, successful, failed FROM intent_stats") == [
        ("agendar_cita", 3, 0.5, 0, 3),
        ("saludo", 2, 0.75, 2, 0),
    ]


def test_the_log_is_in_partitions_by_user_and_its_rows_stay_up_and_down(engine: Engine) -> None:
    config = Config(str(ROOT / "alembic.ini"))
    migrate("0003")
    rows = [row(f"conv_{number}", user_id=f"user_{number}", entities=[{"entity": "fecha"}]) for number in range(40)]
    old = Table("conversation_logs", MetaData(), autoload_with=engine)
    with engine.begin() as connection:
        connection.execute(old.insert(), rows)
    kept = query(engine, "SELECT id, user_id, entities, timestamp, success FROM conversation_logs ORDER BY id")

    migrate()
    with engine.begin() as connection:
        connection.execute(conversation_logs.insert(), [row("conv_0", user_id="user_new"), row("conv_new")])

    assert inspect(engine).get_pk_constraint("conversation_logs")["constrained_columns"] == ["id", "user_id"]
    up = query(engine, "SELECT id, user_id, entities, timestamp, success FROM conversation_logs ORDER BY id, user_id")
    assert [found for found in up if "new" not in found[0] + found[1]] == kept
    if engine.dialect.name == "postgresql":
        used = query(engine, "SELECT DISTINCT CAST(tableoid AS regclass) FROM conversation_logs")
        assert len(used) == 8

    command.downgrade(config, "0003")

    down = query(engine, "SELECT id, user_id, entities, timestamp, success FROM conversation_logs ORDER BY id")
    assert inspect(engine).get_pk_constraint("conversation_logs")["constrained_columns"] == ["id"]
    assert [found for found in down if found[0] not in {"conv_0", "conv_new"}] == kept[1:]
    assert len(down) == 41
    assert query(engine, "SELECT total_messages FROM conversation_stats") == [(41,)]
    names = [found["name"] for found in inspect(engine).get_columns("conversation_logs")]
    assert names == old.columns.keys()
    assert {index["name"] for index in inspect(engine).get_indexes("conversation_logs")} == {
        "ix_conversation_logs_intent",
        "ix_conversation_logs_success",
        "ix_conversation_logs_timestamp",
        "ix_conversation_logs_user_id_timestamp",
    }


def test_calls_come_to_the_log_and_go_and_every_row_of_before_is_there_and_counted(engine: Engine) -> None:
    config = Config(str(ROOT / "alembic.ini"))
    phrased = {"llm_model": "a/model", "llm_verdict": "accepted", "llm_ms": 40, "tokens_in": 5, "tokens_out": 1}
    by_turn = "SELECT llm_model, llm_verdict, occurrences, avg_llm_ms, tokens_in FROM phrasing_stats"
    migrate("0006")
    old = Table("conversation_logs", MetaData(), autoload_with=engine)
    rows = [row(f"conv_{number}", user_id=f"user_{number}", cost=0.5, **phrased) for number in range(40)]
    with engine.begin() as connection:
        connection.execute(old.insert(), rows)
    kept = query(engine, "SELECT * FROM conversation_logs ORDER BY id")
    counted = query(engine, by_turn)

    migrate()
    # A server of before, which goes on for a while.
    with engine.begin() as connection:
        connection.execute(old.insert(), [row("conv_new", **phrased)])
        connection.execute(
            conversation_logs.insert(), [row("conv_newer", llm_calls=[called(), called("skipped", "off")])]
        )

    assert query(engine, "SELECT * FROM conversation_logs WHERE id NOT LIKE '%new%' ORDER BY id") == [
        (*values, [] if engine.dialect.name == "postgresql" else "[]") for values in kept
    ]
    assert query(engine, "SELECT purpose, llm_verdict, llm_reason, occurrences FROM phrasing_stats") == [
        ("phrasing", "accepted", None, 42),
        ("phrasing", "skipped", "off", 1),
    ]

    command.downgrade(config, "0006")

    assert query(engine, "SELECT * FROM conversation_logs WHERE id NOT LIKE '%new%' ORDER BY id") == kept
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM conversation_logs WHERE id LIKE '%new%'"))
    assert query(engine, by_turn) == counted == [("a/model", "accepted", 40, 40, 200)]
    migrate()
    assert query(engine, "SELECT purpose, occurrences FROM phrasing_stats") == [("phrasing", 40)]


def test_the_command_line_migrates_quietly_and_again(tmp_path: Path) -> None:
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/new/test.db"}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "alembic", "upgrade", "head"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout + done.stderr == ""
    assert (tmp_path / "new/test.db").exists()


@pytest.mark.parametrize(
    ("revision", "works", "starts"), [("0008", True, True), ("0007", False, False), ("9001", True, False)]
)
def test_a_server_that_works_goes_on_when_its_successor_has_migrated_and_none_starts_so(
    engine: Engine, revision: str, works: bool, starts: bool
) -> None:
    migrate()
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})

    assert _is_well(engine, newer_will_do=True) is works
    assert _is_well(engine, newer_will_do=False) is starts


def _is_well(engine: Engine, *, newer_will_do: bool) -> bool:
    try:
        with engine.connect() as connection:
            check_revision(connection, newer_will_do=newer_will_do)
    except SettingsError:
        return False
    return True
