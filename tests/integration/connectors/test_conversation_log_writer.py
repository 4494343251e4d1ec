from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from structlog.testing import capture_logs

from connectors.conversation_log.models import conversation_logs
from connectors.conversation_log.spool import Spool
from connectors.conversation_log.writer import LogWriter
from connectors.database import open_engine
from tests.integration.connectors.databases import DIALECTS, database, migrate

ROW: dict[str, Any] = {
    "user_id": "user_1",
    "message": "¿qué tal, señora?",
    "intent": "saludo",
    "confidence": 0.9,
    "entities": [{"entity": "fecha", "value": "mañana"}],
    "action": "utter_saludo",
    "rasa_response": "{}",
    "llm_response": None,
    "response": "¡Hola!",
    "api_calls": [],
    "processing_time": 12,
    "success": True,
    "error_type": None,
    "error_code": None,
    "timestamp": datetime(2026, 11, 24, 15, tzinfo=timezone.utc),
    "channel": "whatsapp",
    "session_id": None,
    "message_id": "SM1",
    "model_version": "abc",
    "tokens_in": None,
    "tokens_out": None,
    "cost": 0.001,
    "llm_model": None,
    "llm_calls": [{"purpose": "phrasing", "verdict": "skipped", "reason": "off", "cost": None}],
}


def to_row(row_id: str) -> dict[str, Any]:
    if row_id == "unreadable":
        raise KeyError(row_id)
    row = {"id": row_id, **ROW}
    return row | {"user_id": None} if row_id == "refused" else row


def wait_until(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < give_up, "it never came to hold"
        time.sleep(0.01)


@pytest.fixture(params=DIALECTS)
def empty(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    with database(request.param, tmp_path, monkeypatch) as url:
        engine = open_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture
def engine(empty: Engine) -> Engine:
    migrate()
    return empty


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


def ids(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(conversation_logs.c.id)).scalars())


def test_writes_what_it_was_handed_before_it_closes(engine: Engine, spool: Spool) -> None:
    written: list[int] = []
    writer = LogWriter(engine, spool, to_row, batch_size=7, on_written=written.append)
    for number in range(50):
        writer.put(f"conv_{number:02}")

    assert writer.close() == 0
    assert sorted(ids(engine)) == [f"conv_{number:02}" for number in range(50)]
    assert (sum(written), writer.dropped, writer.backlog()) == (50, 0, 0)


def test_a_row_comes_back_as_it_was(engine: Engine, spool: Spool) -> None:
    writer = LogWriter(engine, spool, to_row)
    writer.put("conv_1")
    writer.close()

    with engine.connect() as connection:
        (row,) = connection.execute(select(conversation_logs)).mappings()
    assert {name: row[name] for name in ("id", *ROW)} == {"id": "conv_1", **ROW}


@pytest.mark.parametrize("order", [1, -1])
def test_rows_that_waited_since_before_calls_were_kept_go_in_beside_those_of_today(
    order: int, engine: Engine, spool: Spool
) -> None:
    old = {name: value for name, value in ROW.items() if name != "llm_calls"}
    rows = [{"id": f"conv_{number}", **values} for number, values in enumerate([old, ROW, ROW, old, ROW])]
    spool.add(rows[::order])
    with capture_logs() as logs:
        writer = LogWriter(engine, spool, to_row)
        writer.start()
        assert writer.close() == 0

    assert logs == []
    with engine.connect() as connection:
        found = connection.execute(select(conversation_logs.c.id, conversation_logs.c.llm_calls)).mappings()
        kept = {row["id"]: row["llm_calls"] for row in found}
    assert kept == {row["id"]: row.get("llm_calls", []) for row in rows}


def test_a_turn_handed_over_twice_is_written_once(engine: Engine, spool: Spool) -> None:
    writer = LogWriter(engine, spool, to_row)
    again = LogWriter(engine, spool, to_row)
    with capture_logs() as logs:
        for row_id in ("conv_1", "conv_1", "conv_2"):
            writer.put(row_id)
        writer.close()
        again.put("conv_1")
        again.close()

    assert sorted(ids(engine)) == ["conv_1", "conv_2"]
    assert logs == []


def test_a_turn_that_was_begun_anew_takes_the_place_of_the_first_try_and_never_the_reverse(
    engine: Engine, spool: Spool
) -> None:
    def dated(minute: int) -> dict[str, Any]:
        return {"id": "conv_1", **ROW, "processing_time": minute, "timestamp": ROW["timestamp"].replace(minute=minute)}

    def found() -> list[int]:
        with engine.connect() as connection:
            return list(connection.execute(select(conversation_logs.c.processing_time)).scalars())

    for minutes, kept in (([1, 2], 2), ([5], 5), ([4], 5), ([5], 5)):
        writer = LogWriter(engine, spool, dated)
        for minute in minutes:
            writer.put(minute)
        writer.close()
        assert found() == [kept]


def test_what_has_settled_is_on_disk_without_a_database(empty: Engine, spool: Spool) -> None:
    writer = LogWriter(empty, spool, to_row, retry_delay_s=60)
    writer.put("conv_1")
    writer.put("conv_2")
    writer.settle()

    assert [row["id"] for row in spool.first(10).values()] == ["conv_1", "conv_2"]
    assert writer.backlog() == 2
    writer.close()


def test_rows_wait_while_the_database_takes_none(empty: Engine, spool: Spool) -> None:
    writer = LogWriter(empty, spool, to_row, retry_delay_s=0.01)
    with capture_logs() as logs:
        writer.put("conv_1")
        wait_until(lambda: any(entry["event"] == "conversation_log.unavailable" for entry in logs))
        writer.put("conv_2")
        migrate()
        wait_until(lambda: any(entry["event"] == "conversation_log.recovered" for entry in logs))

    assert writer.close() == 0
    assert sorted(ids(empty)) == ["conv_1", "conv_2"]
    assert [entry["event"] for entry in logs].count("conversation_log.unavailable") == 1


def test_what_is_left_on_disk_at_the_end_is_written_by_the_next_process(empty: Engine, tmp_path: Path) -> None:
    writer = LogWriter(empty, Spool(tmp_path / "spool"), to_row, batch_size=2, retry_delay_s=0.01)
    with capture_logs() as logs:
        for number in range(5):
            writer.put(f"conv_{number}")
        assert writer.close() == 0
    assert {"event": "conversation_log.left_on_disk", "rows": 5, "log_level": "warning"} in logs

    migrate()
    following = LogWriter(empty, Spool(tmp_path / "spool"), to_row)
    following.start()
    wait_until(lambda: len(ids(empty)) == 5)
    following.close()

    assert sorted(ids(empty)) == [f"conv_{number}" for number in range(5)]


def test_one_bad_turn_takes_no_other_with_it(engine: Engine, spool: Spool) -> None:
    writer = LogWriter(engine, spool, to_row)
    with capture_logs() as logs:
        for row_id in ("conv_1", "refused", "unreadable", "conv_2"):
            writer.put(row_id)
        writer.close()

    assert sorted(ids(engine)) == ["conv_1", "conv_2"]
    assert {entry["event"] for entry in logs} == {
        "conversation_log.refused_row",
        "conversation_log.unreadable_turn",
    }
    assert spool.waiting() == 0


def test_what_the_disk_has_no_room_for_is_dropped_and_told(empty: Engine, tmp_path: Path) -> None:
    dropped: list[int] = []
    spool = Spool(tmp_path / "spool", capacity=2)
    writer = LogWriter(empty, spool, to_row, retry_delay_s=0.01, on_dropped=dropped.append)
    with capture_logs() as logs:
        for number in range(4):
            writer.put(f"conv_{number}")
            writer.settle()
        migrate()
        wait_until(lambda: any(entry["event"] == "conversation_log.recovered" for entry in logs))
        writer.close()

    assert sorted(ids(empty)) == ["conv_0", "conv_1"]
    assert writer.dropped == sum(dropped) == 2
    assert {"event": "conversation_log.dropping", "waiting": 2, "log_level": "error"} in logs


def test_without_a_disk_rows_go_by_memory(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file where the folder should be")
    writer = LogWriter(engine, Spool(tmp_path / "spool"), to_row)
    with capture_logs() as logs:
        for number in range(5):
            writer.put(f"conv_{number}")
        wait_until(lambda: len(ids(engine)) == 5)

    assert writer.close() == 0
    assert "conversation_log.no_disk" in {entry["event"] for entry in logs}


def test_without_disk_and_database_it_says_how_much_is_lost(empty: Engine, tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file where the folder should be")
    writer = LogWriter(empty, Spool(tmp_path / "spool"), to_row, retry_delay_s=0.01)
    with capture_logs() as logs:
        for number in range(5):
            writer.put(f"conv_{number}")
        lost = writer.close()

    assert lost == 5
    assert {"event": "conversation_log.lost", "rows": 5, "log_level": "error"} in logs


def test_no_error_quotes_a_value_of_a_row(empty: Engine, spool: Spool) -> None:
    writer = LogWriter(empty, spool, to_row, retry_delay_s=0.01)
    with capture_logs() as logs:
        writer.put("conv_1")
        writer.close()
    with pytest.raises(SQLAlchemyError) as caught, empty.begin() as connection:
        connection.execute(conversation_logs.insert(), [to_row("conv_1")])

    assert "señora" not in f"{logs} {caught.value}"
