from __future__ import annotations

import threading
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


def ids(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(conversation_logs.c.id)).scalars())


def test_writes_what_it_was_handed_before_it_closes(engine: Engine) -> None:
    writer = LogWriter(engine, to_row, batch_size=7)
    for number in range(50):
        assert writer.put(f"conv_{number:02}")

    assert writer.close() == 0
    assert sorted(ids(engine)) == [f"conv_{number:02}" for number in range(50)]


def test_a_row_comes_back_as_it_was(engine: Engine) -> None:
    writer = LogWriter(engine, to_row)
    writer.put("conv_1")
    writer.close()

    with engine.connect() as connection:
        (row,) = connection.execute(select(conversation_logs)).mappings()
    assert dict(row) == {"id": "conv_1", **ROW}


def test_a_turn_handed_over_twice_is_written_once(engine: Engine) -> None:
    writer = LogWriter(engine, to_row)
    again = LogWriter(engine, to_row)
    with capture_logs() as logs:
        for row_id in ("conv_1", "conv_1", "conv_2"):
            writer.put(row_id)
        writer.close()
        again.put("conv_1")
        again.close()

    assert sorted(ids(engine)) == ["conv_1", "conv_2"]
    assert logs == []


def test_rows_wait_while_the_database_takes_none(empty: Engine) -> None:
    writer = LogWriter(empty, to_row, retry_delay_s=0.01)
    with capture_logs() as logs:
        writer.put("conv_1")
        wait_until(lambda: any(entry["event"] == "conversation_log.unavailable" for entry in logs))
        writer.put("conv_2")
        migrate()
        wait_until(lambda: any(entry["event"] == "conversation_log.recovered" for entry in logs))

    assert writer.close() == 0
    assert sorted(ids(empty)) == ["conv_1", "conv_2"]
    assert [entry["event"] for entry in logs].count("conversation_log.unavailable") == 1


def test_closing_without_a_database_says_how_much_is_lost(empty: Engine) -> None:
    writer = LogWriter(empty, to_row, batch_size=2, retry_delay_s=0.01)
    with capture_logs() as logs:
        for number in range(5):
            writer.put(f"conv_{number}")
        lost = writer.close()

    assert lost == 5
    assert {"event": "conversation_log.lost", "rows": 5, "log_level": "error"} in logs


def test_one_bad_turn_takes_no_other_with_it(engine: Engine) -> None:
    writer = LogWriter(engine, to_row)
    with capture_logs() as logs:
        for row_id in ("conv_1", "refused", "unreadable", "conv_2"):
            writer.put(row_id)
        writer.close()

    assert sorted(ids(engine)) == ["conv_1", "conv_2"]
    assert {entry["event"] for entry in logs} == {
        "conversation_log.refused_row",
        "conversation_log.unreadable_turn",
    }


def test_what_exceeds_the_bound_is_dropped_without_waiting_and_told(engine: Engine) -> None:
    held, working = threading.Event(), threading.Event()

    def to_row_when_let(row_id: str) -> dict[str, Any]:
        working.set()
        held.wait()
        return to_row(row_id)

    writer = LogWriter(engine, to_row_when_let, capacity=2)
    with capture_logs() as logs:
        writer.put("conv_0")
        working.wait()
        taken = [writer.put(f"conv_{number}") for number in range(1, 5)]
        held.set()
        wait_until(lambda: any(entry["event"] == "conversation_log.recovered" for entry in logs))
        writer.close()

    assert taken == [True, True, False, False]
    assert sorted(ids(engine)) == ["conv_0", "conv_1", "conv_2"]
    assert {"event": "conversation_log.recovered", "rows": 1, "dropped": 2, "log_level": "warning"} in logs


def test_no_error_quotes_a_value_of_a_row(empty: Engine) -> None:
    writer = LogWriter(empty, to_row, retry_delay_s=0.01)
    with capture_logs() as logs:
        writer.put("conv_1")
        writer.close()
    with pytest.raises(SQLAlchemyError) as caught, empty.begin() as connection:
        connection.execute(conversation_logs.insert(), [to_row("conv_1")])

    assert "señora" not in f"{logs} {caught.value}"
