"""Pages of the log and what is asked of it, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from connectors.conversation_log.queries import LogFilter, Page, page, stats, user_stats
from connectors.database import open_engine
from tests.integration.connectors.log_rows import NOON, ask, log, turn
from tests.unit.connectors.conversation_log.rasa_events import called

ALL = LogFilter()
EVER = 36_500


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url, future=True)
    yield engine
    engine.dispose()


def read(engine: Engine, wanted: LogFilter = ALL, limit: int = 100, cursor: str | None = None) -> Page:
    with engine.connect() as connection:
        return page(connection, wanted, limit, cursor)


def found(engine: Engine, **wanted: Any) -> list[int]:
    return [int(row["id"].removeprefix("conv_")) for row in read(engine, LogFilter(**wanted)).rows]


def all_pages(engine: Engine, wanted: LogFilter, limit: int) -> list[list[str]]:
    pages, cursor = [], None
    while True:
        one = read(engine, wanted, limit, cursor)
        pages.append([row["id"] for row in one.rows])
        cursor = one.next_cursor
        if cursor is None:
            return pages


def test_pages_go_from_the_newest_to_the_oldest_and_end(engine: Engine) -> None:
    log(engine, *(turn(number) for number in range(5)))

    assert all_pages(engine, ALL, 2) == [["conv_0004", "conv_0003"], ["conv_0002", "conv_0001"], ["conv_0000"]]
    assert all_pages(engine, ALL, 5) == [[f"conv_000{number}" for number in (4, 3, 2, 1, 0)]]
    assert all_pages(engine, LogFilter(intent="ayuda"), 2) == [[]]


def test_turns_of_the_same_moment_are_each_on_one_page(engine: Engine) -> None:
    users = [f"user_{number}" for number in range(12)]
    log(engine, *(turn(number, timestamp=NOON, user_id=user) for number, user in enumerate(users)))

    pages = all_pages(engine, ALL, 5)

    assert [len(one) for one in pages] == [5, 5, 2]
    assert [row_id for one in pages for row_id in one] == [f"conv_{number:04}" for number in range(11, -1, -1)]


def test_turns_that_come_in_meanwhile_neither_repeat_nor_hide_others(engine: Engine) -> None:
    log(engine, *(turn(number) for number in range(4)))
    first = read(engine, limit=2)
    log(engine, turn(9), turn(10), turn(11))

    second = read(engine, limit=2, cursor=first.next_cursor)

    assert [row["id"] for row in first.rows + second.rows] == [f"conv_000{number}" for number in (3, 2, 1, 0)]
    assert second.next_cursor is None


def test_microseconds_are_kept_in_a_cursor(engine: Engine) -> None:
    moments = [NOON + timedelta(microseconds=micro) for micro in (1, 2, 3)]
    log(engine, *(turn(number, timestamp=moment) for number, moment in enumerate(moments)))

    assert [len(one) for one in all_pages(engine, ALL, 1)] == [1, 1, 1]


def test_filters_go_together(engine: Engine) -> None:
    failed = {"success": False, "error_type": "api", "error_code": "timeout"}
    log(
        engine,
        turn(1),
        turn(2, user_id="user_2", channel="rest"),
        turn(3, intent="agendar_cita", session_id="session_1"),
        turn(4, intent="agendar_cita", **failed),
        turn(5, user_id="user_2", intent="agendar_cita", **failed | {"error_type": "rasa"}),
    )

    assert found(engine, user_id="user_2") == [5, 2]
    assert found(engine, intent="agendar_cita") == [5, 4, 3]
    assert found(engine, success=False) == [5, 4]
    assert found(engine, success=True) == [3, 2, 1]
    assert found(engine, channel="rest") == [2]
    assert found(engine, error_type="api") == [4]
    assert found(engine, session_id="session_1") == [3]
    assert found(engine, since=NOON + timedelta(minutes=2), until=NOON + timedelta(minutes=4)) == [3, 2]
    assert found(engine, user_id="user_2", intent="agendar_cita", success=False) == [5]
    assert found(engine, user_id="user_1", channel="rest") == []
    wanted = LogFilter(intent="agendar_cita", success=False)
    assert all_pages(engine, wanted, 1) == [["conv_0005"], ["conv_0004"]]


def test_a_moment_in_another_zone_is_the_same_moment(engine: Engine) -> None:
    log(engine, turn(0), turn(1))
    mexico = timezone(timedelta(hours=-6))

    assert found(engine, since=datetime(2026, 11, 24, 6, 1, tzinfo=mexico)) == [1]


def test_words_are_found_in_message_and_answer_in_any_case(engine: Engine) -> None:
    log(
        engine,
        turn(1, message="¿QUÉ DÍA TIENEN MAÑANA?", response=None),
        turn(2, message="hola", response="Mañana a las tres"),
        turn(3, message="otra cosa", response="nada"),
    )

    assert found(engine, text="mañana") == [2, 1]
    assert found(engine, text="MAÑANA A") == [2]
    assert found(engine, text="¿qué día") == [1]
    assert found(engine, text="ADIÓS") == []


def test_every_sign_in_words_means_itself(engine: Engine) -> None:
    signs = [*"%_*?[]^-\\.(){}|+$#'\" \t~&", "[a", "a]", "[^x]", "(?i)", "***=", "\\d", "\\"]
    rows = [turn(number, message=f"uno{sign}dos") for number, sign in enumerate(signs)]
    log(engine, *rows, turn(98, message="unoxdos"), turn(99, message="uno1dos"))

    assert {sign: found(engine, text=f"uno{sign}dos") for sign in signs} == {
        sign: [number for number in range(len(signs) - 1, -1, -1) if signs[number] == sign] for sign in signs
    }


def test_what_no_text_can_hold_is_looked_for_in_vain_without_an_error(engine: Engine) -> None:
    log(engine, turn(1))

    assert found(engine, intent="\x00x") == found(engine, text="\ud83d") == found(engine, user_id="\x00") == []


def test_a_page_has_from_one_to_five_hundred_turns(engine: Engine) -> None:
    log(engine, *(turn(number) for number in range(501)))

    assert [len(read(engine, limit=limit).rows) for limit in (-1, 0, 1, 500, 501, 10**9)] == [1, 1, 1, 500, 500, 500]


def test_json_knows_all_that_is_answered(engine: Engine) -> None:
    log(
        engine,
        turn(1, entities=[{"entity": "fecha", "value": "mañana"}], cost=0.25, llm_calls=[called(cost=0.25)]),
        turn(2, success=False, error_type="api", error_code="timeout"),
    )
    rows = read(engine).rows
    with engine.connect() as connection:
        answers = rows, stats(connection, EVER), user_stats(connection, "user_1", EVER)

    assert tuple(json.loads(json.dumps(answers))) == answers
    assert rows[1]["timestamp"] == "2026-11-24T12:01:00+00:00"
    assert rows[1]["entities"] == [{"entity": "fecha", "value": "mañana"}]
    assert {"id", "message", "llm_verdict", "llm_reason", "llm_ms"} <= set(rows[1])
    assert rows[1]["llm_calls"] == [called(cost=0.25)]


def test_statistics_of_all_time_say_what_the_views_say(engine: Engine) -> None:
    log(engine, *_mixed())
    with engine.connect() as connection:
        said = stats(connection, EVER)

    for name, view in {
        "conversation_stats": "conversation_stats",
        "intent_stats": "intent_stats",
        "error_stats": "error_stats",
        "latency": "latency_stats",
        "phrasing": "phrasing_stats",
    }.items():
        rows = [{key: _comparable(value) for key, value in row.items()} for row in ask(engine, f"SELECT * FROM {view}")]
        assert len(rows) > 1
        assert [{key: _comparable(value) for key, value in row.items()} for row in said[name]] == rows


def _mixed() -> list[dict[str, Any]]:
    rows = []
    for number in range(60):
        failed = number % 7 == 0
        llm = {"llm_model": "ab"[number % 2], "llm_verdict": "taken", "llm_ms": number * 3, "cost": number / 8}
        llm |= {"tokens_in": number, "tokens_out": 2 * number}
        calls = [called(ms=number * n, cost=n / 8, model="ab"[n % 2]) for n in range(number % 3)]
        rows.append(
            turn(
                number,
                user_id=f"user_{number % 9}",
                intent=[None, "saludo", "agendar_cita", "ayuda"][number % 4],
                processing_time=number * number % 101,
                timestamp=NOON + timedelta(hours=number),
                success=not failed,
                error_type="api" if failed else None,
                error_code=f"code_{number % 2}" if failed else None,
                session_id=f"session_{number % 10}",
                **({} if number % 5 == 0 else llm),
                llm_calls=calls,
            )
        )
    return rows


def _comparable(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, float):
        return pytest.approx(value)
    # SQLite's own words for a moment.
    return value.replace(" ", "T").replace(".000000", "+00:00") if isinstance(value, str) else value


def test_statistics_count_the_last_days_only(engine: Engine) -> None:
    now = datetime.now(timezone.utc)
    ages = [timedelta(minutes=1), timedelta(days=2), timedelta(days=9)]
    failed = {"success": False, "error_type": "api", "error_code": "timeout", "llm_model": "m"}
    failed |= {"llm_calls": [called()]}
    log(engine, *(turn(number, timestamp=now - age, **failed) for number, age in enumerate(ages)))

    with engine.connect() as connection:
        said = {days: stats(connection, days) for days in (1, 3, 10)}

    for days, count in {1: 1, 3: 2, 10: 3}.items():
        assert said[days]["days"] == days
        assert said[days]["latency"][0]["occurrences"] == count
        assert sum(row["total_messages"] for row in said[days]["conversation_stats"]) == count
        for name in ("intent_stats", "error_stats", "phrasing"):
            assert [row["occurrences"] for row in said[days][name]] == [count]


def test_an_empty_log_has_empty_statistics(engine: Engine) -> None:
    with engine.connect() as connection:
        said = stats(connection, 30)
        user = user_stats(connection, "user_1", 30)

    assert [value for value in said.values() if isinstance(value, list)] == [[]] * 5
    assert (user["total_messages"], user["successful"], user["success_rate"], user["cost"]) == (0, 0, None, 0)


def test_a_users_statistics_are_theirs_alone(engine: Engine) -> None:
    now = datetime.now(timezone.utc).replace(microsecond=0)
    mine = {"session_id": "session_1", "tokens_in": 100, "tokens_out": 20, "cost": 0.5}
    log(
        engine,
        turn(1, timestamp=now - timedelta(days=40)),
        turn(2, timestamp=now - timedelta(days=3), processing_time=20, **mine),
        turn(3, timestamp=now - timedelta(days=2), intent="agendar_cita", processing_time=31, **mine),
        turn(4, timestamp=now - timedelta(days=1), intent="agendar_cita", processing_time=40, session_id="session_2"),
        turn(5, timestamp=now - timedelta(days=1), intent=None, processing_time=10, success=False, error_type="api"),
        turn(6, timestamp=now - timedelta(hours=1), user_id="user_2", intent="saludo"),
    )

    with engine.connect() as connection:
        said = user_stats(connection, "user_1", 30)

    assert said == {
        "days": 30,
        "user_id": "user_1",
        "total_messages": 4,
        "successful": 3,
        "failed": 1,
        "success_rate": 0.75,
        "avg_processing_time": 25,
        "most_common_intent": "agendar_cita",
        "sessions": 2,
        "first_message": (now - timedelta(days=3)).isoformat(),
        "last_message": (now - timedelta(days=1)).isoformat(),
        "tokens_in": 200,
        "tokens_out": 40,
        "cost": 1.0,
    }
    if engine.dialect.name == "postgresql":
        (row,) = ask(engine, "SELECT * FROM get_user_conversation_stats('user_1', 30)")
        assert {key: getattr(value, "isoformat", lambda value=value: value)() for key, value in row.items()} == {
            key: value for key, value in said.items() if key != "days"
        }


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (ALL, "timestamp_id"),
        (LogFilter(user_id="user_1"), "user_id_timestamp_id"),
        (LogFilter(intent="saludo"), "intent_timestamp_id"),
        (LogFilter(session_id="session_1"), "session_id_timestamp_id"),
        (LogFilter(success=False), "failed"),
    ],
)
def test_a_page_anywhere_is_read_from_an_index_in_its_order(engine: Engine, wanted: LogFilter, index: str) -> None:
    log(engine, *(turn(number, session_id="session_1", success=False) for number in range(5)))
    cursor = read(engine, wanted, 2).next_cursor

    plan = _plan(engine, wanted, cursor)

    assert not [word for word in ("TEMP B-TREE", "Sort  (", "SCAN", "Seq Scan") if word in plan], plan
    if engine.dialect.name == "sqlite":
        assert f"USING INDEX ix_conversation_logs_{index} " in plan


def _plan(engine: Engine, wanted: LogFilter, cursor: str | None) -> str:
    asked: list[tuple[str, Any]] = []

    def listen(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", listen)
    read(engine, wanted, 2, cursor)
    event.remove(engine, "before_cursor_execute", listen)
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            # So few rows are read faster in a heap than by an index.
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        rows = connection.exec_driver_sql(explain + asked[-1][0], asked[-1][1]).all()
    return "\n".join(str(row[-1]) for row in rows)
