"""What the conversation log's views and pages cost with 100,000 turns in it.

Milliseconds, the median of some runs; a page has fifty turns. `--turns 20000` measures with fewer.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.engine import Connection, Engine

from connectors.conversation_log.model_calls import summed_up
from connectors.conversation_log.models import conversation_logs
from connectors.conversation_log.queries import LONGEST_PAGE, LogFilter, page, stats, user_stats
from connectors.database import open_engine
from connectors.schema import upgrade
from tests.servers import PostgreSQL

TURNS = 100_000
USERS = 2_000
DAYS = 90
RUNS = 7
BATCH = 2_000
INTENTS = ("saludo", "agendar_cita", "consultar_paquetes", "consultar_horarios", "informar", "afirmar", "ayuda")
VIEWS = ("conversation_stats", "intent_stats", "error_stats", "latency_stats", "phrasing_stats")
PAGE = 50
PAGES = {
    "all turns": LogFilter(),
    "one intent": LogFilter(intent=INTENTS[0]),
    "failures": LogFilter(success=False),
}
ANSWER = "Perfecto, tu cita quedó para el martes 24 de noviembre a las 15:00. ¿Quieres que te mande un recordatorio? "
UNDERSTOOD = json.dumps(
    {
        "intent": {"name": "agendar_cita", "confidence": 0.93},
        "intent_ranking": [{"name": f"intent_{n}", "confidence": 0.1234567} for n in range(10)],
        "entities": [{"entity": "fecha", "value": "mañana", "confidence": 0.91}],
        "actions": ["agendar_cita_form", "action_agendar_cita", "action_listen"],
    }
)


def main(arguments: Sequence[str]) -> None:
    """Prints a line for each view and page, with a column for each database."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench log_views", description=__doc__)
    parser.add_argument("--turns", type=int, default=TURNS, help=f"how many turns there are ({TURNS})")
    turns = parser.parse_args(arguments).turns
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as folder, PostgreSQL(durable=True) as server:
        measured = [_measure(url, turns) for url in (server.create_database(), f"sqlite:///{folder}/log.db")]
    sys.stdout.write(f"{'':<40}{'postgresql':>12}{'sqlite':>12}  ms\n")
    for name in measured[0]:
        sys.stdout.write(f"{name:<40}{measured[0][name]:>12.1f}{measured[1][name]:>12.1f}\n")


def _measure(url: str, turns: int) -> dict[str, float]:
    upgrade(url)
    engine = open_engine(url, future=True)
    _fill(engine, turns)
    with engine.connect() as connection:
        works: dict[str, Callable[[], object]] = {view: partial(_read, connection, view) for view in VIEWS}
        works["stats of the last 30 days"] = partial(stats, connection, 30)
        user = connection.execute(select(conversation_logs.c.user_id).limit(1)).scalar_one()
        works["user_stats of the last 30 days"] = partial(user_stats, connection, user, 30)
        for name, wanted in PAGES.items():
            for place, cursor in _cursors(connection, wanted).items():
                works[f"page of {name}, {place}"] = partial(page, connection, wanted, PAGE, cursor)
        times = {name: statistics.median(_time(work) for _ in range(RUNS)) for name, work in works.items()}
    engine.dispose()
    return times


def _cursors(connection: Connection, wanted: LogFilter) -> dict[str, str | None]:
    """Gives the cursors of the first page, of one in the middle and of the last one."""
    cursors: list[str | None] = [None]
    while following := page(connection, wanted, LONGEST_PAGE, cursors[-1]).next_cursor:
        cursors.append(following)
    return {"first": None, "middle": cursors[len(cursors) // 2], "last": cursors[-1]}


def _read(connection: Connection, view: str) -> None:
    connection.execute(text(f"SELECT * FROM {view}")).all()


def _time(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _fill(engine: Engine, turns: int) -> None:
    rows = _rows(turns)
    while batch := list(islice(rows, BATCH)):
        with engine.begin() as connection:
            connection.execute(conversation_logs.insert(), batch)
    if engine.dialect.name == "postgresql":
        # As autovacuum does by itself after a while.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE conversation_logs"))


def _rows(turns: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(1)
    start = datetime.now(timezone.utc) - timedelta(days=DAYS)
    for number in range(turns):
        failed = chance.random() < 0.06
        calls = [_call(chance) for _ in range(chance.choice((0, 1, 1, 2)))]
        user = min(int(chance.expovariate(4 / USERS)), USERS)
        yield {
            "id": f"conv_{chance.getrandbits(96):024x}",
            "user_id": f"user_{user:020x}",
            "message": "Quiero agendar una cita para mañana a las 3pm",
            "intent": chance.choices(INTENTS, weights=range(len(INTENTS), 0, -1))[0],
            "confidence": chance.random(),
            "entities": [{"entity": "fecha", "value": "mañana", "confidence": 0.91}],
            "action": "action_agendar_cita",
            "rasa_response": UNDERSTOOD,
            "llm_response": ANSWER if calls else None,
            "response": ANSWER,
            "api_calls": [{"method": "GET", "path": "/v1/slots", "status": 200, "ms": 31, "success": True}] * 2,
            "processing_time": int(chance.lognormvariate(6, 0.8)),
            "success": not failed,
            "error_type": chance.choice(("api", "rasa", "validation", "llm")) if failed else None,
            "error_code": chance.choice(("timeout", "no_answer", "service_unavailable")) if failed else None,
            "timestamp": start + timedelta(days=DAYS) * number / turns,
            "channel": "whatsapp",
            "session_id": f"session_{user:06x}{number // 5000:018x}",
            "message_id": f"SM{number:032x}",
            "model_version": "a" * 32,
            "llm_calls": calls,
            **summed_up([calls]),
        }


def _call(chance: random.Random) -> dict[str, Any]:
    verdict = chance.choice(("accepted", "accepted", "accepted", "rejected"))
    return {
        "purpose": "phrasing",
        "subject": "utter_cita_agendada",
        "verdict": verdict,
        "reason": None if verdict == "accepted" else chance.choice(("word_added", "fact_lost", "timeout")),
        "model": chance.choice(("meta-llama/llama-3.1-8b-instruct:free", "other/model")),
        "ms": int(chance.lognormvariate(6, 0.5)),
        "tokens_in": chance.randrange(200, 400),
        "tokens_out": chance.randrange(20, 90),
        "cost": chance.random() / 1000,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
