from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text
from structlog.testing import capture_logs

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Rasa's own imports
    from connectors.conversation_log.broker import ConversationLogBroker
    from connectors.conversation_log.consumer import Gathering, Offsets, consume
from connectors.database import open_engine
from connectors.errors import SettingsError
from connectors.settings import get_settings
from tests.chaos.log_publisher import events
from tests.integration.connectors.databases import DIALECTS, ROOT, database, migrate

# Reading endpoints, Rasa uses what Python will take away.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(params=DIALECTS)
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with database(request.param, tmp_path, monkeypatch) as url:
        migrate()
        yield url


def logged(url: str) -> list[int]:
    engine = open_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT message_id FROM conversation_logs ORDER BY message_id")).scalars()
        numbers = [int(sid.removeprefix("SM")) for sid in found]
    engine.dispose()
    return numbers


def bodies(*numbers: int) -> list[bytes]:
    return [json.dumps(event).encode() for number in numbers for event in events(number)]


async def test_what_is_done_with_is_what_belongs_to_a_finished_turn(url: str) -> None:
    broker = ConversationLogBroker.of(get_settings())
    gathering: Gathering[str] = Gathering(broker)
    first, second = bodies(1), bodies(2)

    # Two conversations, one within the other.
    assert gathering.take(first[0], "1.0") == []
    assert gathering.take(second[0], "2.0") == []
    assert [gathering.take(body, f"2.{n}") for n, body in enumerate(second[1:], 1)] == [
        [],
        [],
        ["2.0", "2.1", "2.2", "2.3"],
    ]
    assert [gathering.take(body, f"1.{n}") for n, body in enumerate(first[1:], 1)] == [
        [],
        [],
        ["1.0", "1.1", "1.2", "1.3"],
    ]
    await broker.close()

    assert logged(url) == [1, 2]


async def test_what_comes_again_makes_no_second_row(url: str) -> None:
    for _ in range(2):
        broker = ConversationLogBroker.of(get_settings())
        gathering: Gathering[int] = Gathering(broker)
        for body in bodies(1, 2)[:-1]:
            gathering.take(body, 0)
        await broker.close()

    assert logged(url) == [1, 2]


async def test_what_is_no_event_is_reported_and_does_not_come_again(url: str) -> None:
    broker = ConversationLogBroker.of(get_settings())
    gathering: Gathering[int] = Gathering(broker)
    with capture_logs() as logs:
        assert [gathering.take(body, n) for n, body in enumerate((b"no JSON", b"[1]", b"\xff"))] == [[0], [1], [2]]
    await broker.close()

    assert [entry["event"] for entry in logs] == ["conversation_log.unreadable_event"] * 3


def test_a_partition_is_read_again_from_the_oldest_message_that_is_not_done_with() -> None:
    offsets = Offsets()
    for offset in (5, 6, 7):
        offsets.take(0, offset)
    offsets.take(1, 90)

    assert offsets.finish(0, 6) == 5
    assert offsets.finish(0, 5) == 7
    assert offsets.finish(0, 7) == 8
    assert offsets.finish(1, 90) == 91


@pytest.mark.parametrize("described", [None, {"type": "sql"}, {"type": "connectors.x.Y"}])
async def test_another_broker_is_refused_by_name(url: str, tmp_path: Path, described: Any) -> None:
    endpoints = tmp_path / "endpoints.yml"
    endpoints.write_text(yaml.safe_dump({"event_broker": described} if described else {}))
    broker = ConversationLogBroker.of(get_settings())

    with pytest.raises(SettingsError, match="pika or kafka"):
        await consume(endpoints, broker, asyncio.Event())
    await broker.close()


def test_what_rasas_kafka_broker_publishes_is_written_once(tmp_path: Path) -> None:
    variables = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path}/log.db",
        "LOG_SPOOL_FOLDER": str(tmp_path / "log_spool"),
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }
    command = (sys.executable, "-W", "ignore", "-m", "tests.integration.connectors.kafka_to_log", str(tmp_path))

    done = subprocess.run(command, env=variables, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)

    assert done.stdout.splitlines()[-1] == "logged: " + " ".join(map(str, range(30)))
