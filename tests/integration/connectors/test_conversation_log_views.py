"""What the log's views and its function say, in SQL as people type it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine

from connectors.database import open_engine
from tests.integration.connectors.databases import database, migrate
from tests.integration.connectors.log_rows import NOON, ask, log, turn
from tests.servers.shared import needs_postgresql
from tests.unit.connectors.conversation_log.rasa_events import called


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url, future=True)
    yield engine
    engine.dispose()


@pytest.fixture
def postgresql(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    with database("postgresql", tmp_path, monkeypatch) as url:
        migrate()
        engine = open_engine(url, future=True)
        yield engine
        engine.dispose()


def test_latency_is_told_for_all_turns_and_for_each_intent(engine: Engine) -> None:
    log(
        engine,
        *(turn(number, processing_time=100 - number) for number in range(100)),
        *(turn(number, intent=None, processing_time=number) for number in range(101, 181)),
        *(turn(number, intent="agendar_cita", processing_time=10 * number) for number in range(181, 201)),
    )

    def row(*values: Any) -> dict[str, Any]:
        return dict(zip(["scope", "intent", "occurrences", "p50", "p95", "p99", "max"], values, strict=True))

    assert ask(engine, "SELECT * FROM latency_stats") == [
        row("overall", None, 200, 100, 1900, 1980, 2000),
        row("intent", "saludo", 100, 50, 95, 99, 100),
        row("intent", "agendar_cita", 20, 1900, 1990, 2000, 2000),
    ]


def of_phrasing(*values: Any) -> dict[str, Any]:
    names = "purpose llm_model llm_verdict llm_reason occurrences avg_llm_ms p95_llm_ms tokens_in tokens_out cost"
    return dict(zip(names.split(), values, strict=True))


def test_phrasing_is_told_by_call_though_a_turns_calls_were_judged_differently(engine: Engine) -> None:
    wrong = called("rejected", "number_added", ms=500, tokens_in=7, tokens_out=0)
    busy = called("skipped", "busy", model=None, ms=0, tokens_in=0, tokens_out=0)
    understood = called(purpose="understanding", subject="agendar_cita", ms=30, tokens_in=40, tokens_out=5)
    summed = {"llm_model": "a/model", "llm_verdict": "mixed", "llm_reason": "number_added", "llm_ms": 500}
    log(
        engine,
        turn(0),
        *(turn(number, llm_calls=[called(ms=number, cost=0.25), called(ms=number + 20)]) for number in range(1, 21)),
        turn(41, llm_calls=[called(ms=41), wrong, busy], tokens_in=9, cost=9.0, **summed),
        turn(42, llm_calls=[busy, wrong, understood]),
    )

    assert ask(engine, "SELECT * FROM phrasing_stats") == [
        of_phrasing("phrasing", "a/model", "accepted", None, 41, 21, 39, 41, 82, 5.0),
        of_phrasing("phrasing", "a/model", "rejected", "number_added", 2, 500, 500, 14, 0, 0.0),
        of_phrasing("phrasing", None, "skipped", "busy", 2, 0, 0, 0, 0, 0.0),
        of_phrasing("understanding", "a/model", "accepted", None, 1, 30, 30, 40, 5, 0.0),
    ]


def test_turns_from_before_calls_were_kept_are_told_by_what_they_came_to(engine: Engine) -> None:
    taken = {"llm_model": "a/model", "llm_verdict": "accepted", "tokens_in": 10, "tokens_out": 3, "cost": 0.25}
    log(
        engine,
        *(turn(number, llm_ms=number, **taken) for number in range(1, 21)),
        *(turn(number, **taken | {"tokens_in": None, "tokens_out": None, "cost": None}) for number in range(21, 41)),
        turn(42, llm_verdict="mixed", llm_reason="number_added"),
        turn(43, llm_calls=[called(ms=100)]),
    )

    assert ask(engine, "SELECT * FROM phrasing_stats") == [
        of_phrasing("phrasing", "a/model", "accepted", None, 41, 15, 20, 201, 62, 5.0),
        of_phrasing("phrasing", None, "mixed", "number_added", 1, None, None, 0, 0, 0.0),
    ]


@pytest.mark.parametrize(("count", "place"), [(1, 1), (19, 19), (20, 19), (21, 20), (60, 57), (140, 133), (1000, 950)])
def test_the_95th_percentile_is_a_calls_own_time(engine: Engine, count: int, place: int) -> None:
    log(engine, turn(1, llm_calls=[called(ms=7 * number) for number in range(count, 0, -1)]))

    (row,) = ask(engine, "SELECT occurrences, p95_llm_ms FROM phrasing_stats")

    assert (row["occurrences"], row["p95_llm_ms"]) == (count, 7 * place)


@pytest.mark.parametrize(
    "view", ["conversation_stats", "intent_stats", "error_stats", "latency_stats", "phrasing_stats"]
)
def test_views_of_an_empty_log_are_empty(engine: Engine, view: str) -> None:
    assert ask(engine, f"SELECT * FROM {view}") == []


def test_a_user_who_writes_on_two_days_counts_on_both_and_once_on_each(engine: Engine) -> None:
    log(engine, turn(1), turn(2), turn(3, user_id="user_2"), turn(24 * 60), turn(24 * 60 + 1))

    assert [row["unique_users"] for row in ask(engine, "SELECT * FROM conversation_stats")] == [1, 2]


@needs_postgresql
def test_the_queries_that_people_know_run_as_they_are_written(postgresql: Engine) -> None:
    failed = {"success": False, "error_type": "api", "error_code": "timeout"}
    now = datetime.now(timezone.utc)
    log(
        postgresql,
        *(turn(number, user_id="user_123", timestamp=now, cost=0.5) for number in range(12)),
        turn(20, **failed),
        turn(21, intent="ayuda", **failed),
    )

    days = ask(postgresql, "SELECT * FROM conversation_stats ORDER BY date DESC;")
    errors = ask(postgresql, "SELECT * FROM error_stats;")
    intents = ask(postgresql, "SELECT * FROM intent_stats;")
    users = ask(postgresql, "SELECT * FROM get_user_conversation_stats('user_123', 30);")
    latest = ask(postgresql, "SELECT * FROM conversation_logs ORDER BY timestamp DESC LIMIT 10;")

    assert [day["date"] for day in days] == sorted({now.date(), NOON.date()}, reverse=True)
    assert sum(day["total_messages"] for day in days) == 14
    assert [(one["error_type"], one["error_code"], one["occurrences"]) for one in errors] == [("api", "timeout", 2)]
    assert [(one["intent"], one["occurrences"]) for one in intents] == [("saludo", 13), ("ayuda", 1)]
    assert [(one["total_messages"], one["success_rate"], one["cost"]) for one in users] == [(12, 1.0, 6.0)]
    assert len(latest) == 10


@needs_postgresql
def test_a_users_rows_are_looked_for_in_their_partition_only(postgresql: Engine) -> None:
    log(postgresql, turn(1))

    with postgresql.connect() as connection:
        plan = connection.execute(text("EXPLAIN SELECT * FROM conversation_logs WHERE user_id = 'user_1'"))
        partitions = {word for (line,) in plan for word in line.split() if word.startswith("conversation_logs_p")}

    assert len({name[: len("conversation_logs_p0")] for name in partitions}) == 1
