"""What an operator does with the log at a terminal."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from connectors.conversation_log.spool import Spool
from connectors.database import open_engine
from connectors.settings import SANDBOX_LOG_KEY, get_settings
from privacy.identity import user_key
from tests.integration.connectors.databases import ROOT, database
from tests.integration.connectors.log_rows import ask, log, turn
from tests.servers.shared import needs_postgresql
from tests.unit.connectors.conversation_log.rasa_events import called

NUMBER = "+5215512345678"
ANA = user_key(f"whatsapp:{NUMBER}", SANDBOX_LOG_KEY)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url, future=True)
    yield engine
    engine.dispose()


def run(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Does what an operator does at a terminal."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "connectors.conversation_log", *arguments],
        cwd=ROOT,
        env={
            "DATABASE_URL": url,
            "LOG_SPOOL_FOLDER": str(get_settings().log_spool),
            "PATH": "",
            "PYTHONUTF8": "1",
            "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def command(url: str, *arguments: str) -> str:
    done = run(url, *arguments)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def ago(days: float) -> datetime:
    return datetime.now(timezone.utc) - timedelta(days=days)


def test_days_intents_errors_latency_and_phrasing_are_shown(engine: Engine, database_url: str) -> None:
    failed = {"success": False, "error_type": "api", "error_code": "timeout"}
    log(engine, turn(1, timestamp=ago(1), llm_calls=[called(ms=40)]), turn(2, timestamp=ago(9), **failed))

    said = command(database_url, "stats", "--days", "3")

    tables = {block.split("\n")[0]: block.split("\n")[1:] for block in said.strip().split("\n\n")}
    assert list(tables) == ["conversation_stats", "intent_stats", "error_stats", "latency", "phrasing"]
    assert tables["conversation_stats"][1].split() == [str(ago(1).date()), "1", "1", "1", "0", "10", "10"]
    assert tables["intent_stats"][1].split() == ["saludo", "1", "0.5", "1", "0", "10"]
    assert tables["error_stats"] == ["  nothing"]
    assert tables["phrasing"][1].split()[:6] == ["phrasing", "a/model", "accepted", "–", "1", "40"]
    assert "timeout" in command(database_url, "stats", "--days", "30")


def test_a_contacts_turns_are_summed_up_by_their_number(engine: Engine, database_url: str) -> None:
    log(engine, turn(1, user_id=ANA, timestamp=ago(1)), turn(2, user_id=ANA, timestamp=ago(9)), turn(3))

    said = dict(line.split(maxsplit=1) for line in command(database_url, "user", NUMBER, "--days", "3").splitlines())

    assert (said["user_id"], said["total_messages"], said["success_rate"]) == (ANA, "1", "1")
    assert said["most_common_intent"] == "saludo"


def test_turns_are_listed_by_filter_page_by_page(engine: Engine, database_url: str) -> None:
    failed = {"success": False, "error_type": "api", "error_code": "timeout", "response": "Perdón,\nno pude."}
    log(
        engine,
        turn(1, message="Quiero una cita"),
        turn(2, user_id=ANA, intent="agendar_cita", **failed),
        turn(3, user_id=ANA, intent="agendar_cita"),
    )

    assert command(database_url, "logs", "--failed") == (
        f"2026-11-24T12:02:00Z  {ANA}  agendar_cita 0.5  api: timeout  10 ms\n"
        "    > hola\n    < Perdón,\n    < no pude.\n"
    )
    assert "Quiero una cita" in command(database_url, "logs", "--text", "CITA", "--intent", "saludo")
    assert len(command(database_url, "logs", "--user", NUMBER, "--json").splitlines()) == 2
    first = run(database_url, "logs", "--limit", "2", "--json")
    cursor = first.stderr.split("--cursor ")[1].strip()
    second = command(database_url, "logs", "--limit", "2", "--json", "--cursor", cursor)
    ids = [json.loads(line)["id"] for line in (first.stdout + second).splitlines()]
    assert ids == ["conv_0003", "conv_0002", "conv_0001"]


def test_what_is_older_than_the_retention_is_deleted(engine: Engine, database_url: str) -> None:
    log(engine, turn(1, timestamp=ago(366)), turn(2, timestamp=ago(40)), turn(3, timestamp=ago(1)))

    assert "1 rows would be deleted." in command(database_url, "prune", "--dry-run")
    assert len(ask(engine, "SELECT id FROM conversation_logs")) == 3
    assert "1 rows were deleted." in command(database_url, "prune")
    assert "1 rows were deleted." in command(database_url, "prune", "--days", "30")
    assert [row["id"] for row in ask(engine, "SELECT id FROM conversation_logs")] == ["conv_0003"]


def test_a_contact_is_forgotten_with_what_waits_for_the_log(engine: Engine, database_url: str) -> None:
    log(engine, turn(1, user_id=ANA), turn(2))
    spool = Spool(get_settings().log_spool)
    spool.add([turn(3, user_id=ANA)])

    assert "2 rows would be deleted." in command(database_url, "forget", NUMBER, "--dry-run")
    assert "2 rows were deleted." in command(database_url, "forget", NUMBER)

    assert spool.waiting() == 0
    spool.close()
    assert [row["id"] for row in ask(engine, "SELECT id FROM conversation_logs")] == ["conv_0002"]
    nothing = run(database_url, "forget", NUMBER)
    assert (nothing.returncode, "0 rows were deleted." in nothing.stdout) == (1, True)


def test_what_makes_no_sense_is_refused_in_one_line(engine: Engine, database_url: str) -> None:
    refused = run(database_url, "logs", "--cursor", "x")
    assert (refused.returncode, refused.stderr) == (1, "logs: this is no cursor of a page of the log\n")
    for arguments in (["prune", "--days", "6"], ["stats", "--days", "0"], ["logs", "--limit", "x"], ["forget"]):
        done = run(database_url, *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr


@needs_postgresql
def test_a_server_without_the_tables_is_said_to_need_a_migration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database("postgresql", tmp_path, monkeypatch) as url:
        done = run(url, "stats")

    assert done.returncode == 1
    assert done.stderr.startswith("stats: DATABASE_URL: its tables are at revision None")
    assert "`make migrate`" in done.stderr
