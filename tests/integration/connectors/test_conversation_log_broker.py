from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Rasa's own imports
    from rasa.core.brokers.broker import EventBroker
    from rasa.core.tracker_store import FailSafeTrackerStore, TrackerStore
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, UserUttered
    from rasa.utils.endpoints import EndpointConfig

from connectors.conversation_log.broker import ConversationLogBroker
from connectors.conversation_log.models import conversation_logs
from connectors.conversation_log.spool import Spool
from connectors.database import open_engine
from connectors.settings import get_settings
from tests.integration.connectors.databases import DIALECTS, database, migrate

BROKER = EndpointConfig(type="connectors.conversation_log.broker.ConversationLogBroker")
STORE = EndpointConfig(type="connectors.tracker_store.TrackerStore")
SENDER = "whatsapp:+5215512345678"
DOMAIN = Domain.empty()


def said(text: str, sid: str) -> list[Event]:
    """Give the events of a message and its answer."""
    return [
        UserUttered(
            text,
            {"name": "saludo", "confidence": 0.9},
            input_channel="whatsapp",
            metadata={"message_sid": sid, "model_id": "m1"},
        ),
        ActionExecuted("utter_saludo"),
        BotUttered("¡Hola! Escríbeme a ana@gmail.com", metadata={"turn": {"action": "utter_saludo"}}),
        ActionExecuted("action_listen"),
    ]


@pytest.fixture(params=DIALECTS)
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with database(request.param, tmp_path, monkeypatch) as url:
        yield url


def rows(url: str) -> list[dict[str, Any]]:
    engine = open_engine(url)
    with engine.connect() as connection:
        found = [dict(row) for row in connection.execute(select(conversation_logs)).mappings()]
    engine.dispose()
    return found


async def converse(store: TrackerStore, events: list[Event]) -> None:
    tracker = await store.get_or_create_tracker(SENDER, append_action_listen=False)
    tracker.update_with_events(events, DOMAIN)
    await store.save(tracker)


async def test_rasa_writes_every_turn_of_a_conversation_once(url: str) -> None:
    migrate()
    broker = await EventBroker.create(BROKER)
    store = TrackerStore.create(STORE, DOMAIN, broker)

    await converse(store, [ActionExecuted("action_session_start"), SessionStarted(), *said("hola", "SM1")])
    await converse(store, said("soy ana@gmail.com", "SM2"))
    await broker.close()

    first, second = sorted(rows(url), key=lambda row: row["message_id"])
    assert (first["message"], second["message"]) == ("hola", "soy [email]")
    assert first["response"] == second["response"] == "¡Hola! Escríbeme a [email]"
    assert first["action"] == "utter_saludo"
    assert first["success"]
    assert first["user_id"] == second["user_id"]
    assert first["session_id"] == second["session_id"] is not None


async def test_a_store_that_falls_back_publishes_again_without_a_second_row(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate()
    broker = await EventBroker.create(BROKER)
    store = TrackerStore.create(STORE, DOMAIN, broker)
    await converse(store, [SessionStarted(), *said("hola", "SM1")])

    def fail(*_: object) -> None:
        raise ConnectionError("the database went away")

    monkeypatch.setattr(store, "_additional_events", fail)
    await converse(FailSafeTrackerStore(store), said("adiós", "SM2"))
    await broker.close()

    assert sorted(row["message_id"] for row in rows(url)) == ["SM1", "SM2"]


async def test_publishing_neither_fails_nor_connects_without_a_database(url: str) -> None:
    broker = ConversationLogBroker.of(get_settings())
    with capture_logs() as logs:
        for event in said("hola", "SM1"):
            broker.publish({"sender_id": SENDER, **event.as_dict()})
        for unreadable in ({}, {"event": "user", "timestamp": "soon"}, {"event": "user", "parse_data": 3}):
            broker.publish(unreadable)
        broker.publish({"event": "action", "name": "action_listen"})
        await broker.close()

    assert "conversation_log.unavailable" in {entry["event"] for entry in logs}
    assert "hola" not in str(logs)


async def test_closing_writes_the_turn_that_was_never_finished(url: str) -> None:
    migrate()
    broker = await EventBroker.create(BROKER)
    broker.publish({"sender_id": SENDER, **said("hola", "SM1")[0].as_dict()})
    await asyncio.gather(broker.close(), broker.close())

    (row,) = rows(url)
    assert (row["message"], row["success"], row["error_code"]) == ("hola", False, "no_answer")


async def test_logging_can_be_turned_off(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGGING_ENABLED", "false")
    get_settings.cache_clear()

    assert await EventBroker.create(BROKER) is None


async def test_a_fresh_sqlite_file_needs_no_migration_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with database("sqlite", tmp_path, monkeypatch) as url:
        broker = await EventBroker.create(BROKER)
        store = TrackerStore.create(STORE, DOMAIN, broker)

        await converse(store, [SessionStarted(), *said("hola", "SM1")])
        await broker.close()

        assert [row["message_id"] for row in rows(url)] == ["SM1"]


async def test_a_turn_is_on_disk_before_its_tracker_is_stored(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Without tables the log cannot be written; the tracker store's own table is made by itself.
    broker = ConversationLogBroker.of(get_settings())
    # The writer's own thread would bring the row to the disk too, now or a moment later.
    monkeypatch.setattr(broker._writer, "_start", lambda: None)
    store = TrackerStore.create(STORE, DOMAIN, broker)
    spool = Spool(get_settings().log_spool)
    seen: list[int] = []
    begin = store.engine.begin

    def begin_noting() -> Any:
        seen.append(spool.waiting())
        return begin()

    monkeypatch.setattr(store.engine, "begin", begin_noting)
    await converse(store, [SessionStarted(), *said("hola soy ana@gmail.com", "SM1")])

    assert seen == [1]
    (row,) = spool.first(1).values()
    assert row["message"] == "hola soy [email]"
    await broker.close()


async def test_a_new_broker_writes_what_the_last_one_left(url: str) -> None:
    broker = ConversationLogBroker.of(get_settings())
    for event in said("hola", "SM1"):
        broker.publish({"sender_id": SENDER, **event.as_dict()})
    await broker.close()
    migrate()

    following = await EventBroker.create(BROKER)
    give_up = asyncio.get_running_loop().time() + 20
    while not rows(url):
        assert asyncio.get_running_loop().time() < give_up
        await asyncio.sleep(0.02)
    await following.close()

    assert [row["message_id"] for row in rows(url)] == ["SM1"]
