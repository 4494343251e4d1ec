from __future__ import annotations

import json
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy import event, inspect, text

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Rasa's own imports
    from rasa.core.tracker_store import FailSafeTrackerStore
    from rasa.core.tracker_store import TrackerStore as RasaTrackerStore
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.events import BotUttered, SessionStarted, UserUttered
    from rasa.shared.core.trackers import DialogueStateTracker
    from rasa.shared.exceptions import ConnectionException
    from rasa.utils.endpoints import EndpointConfig

    from connectors.tracker_store import TrackerStore, fail_loudly

from connectors import database as databases
from connectors.errors import SettingsError
from connectors.settings import get_settings
from connectors.turn_note import turn_under_way
from tests.integration.connectors.databases import DIALECTS, database

ENDPOINT = EndpointConfig(type="connectors.tracker_store.TrackerStore")
DOMAIN = Domain.empty()


@pytest.fixture(params=DIALECTS)
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrackerStore]:
    with database(request.param, tmp_path, monkeypatch):
        store = RasaTrackerStore.create(ENDPOINT, DOMAIN)
        yield store
        store.engine.dispose()


def use(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    get_settings.cache_clear()


async def test_another_process_goes_on_with_the_conversation(store: TrackerStore) -> None:
    tracker = await store.get_or_create_tracker("ana")
    tracker.update(UserUttered("hola", {"name": "saludo"}), DOMAIN)
    await store.save(tracker)

    other = RasaTrackerStore.create(ENDPOINT, DOMAIN)
    found = await other.retrieve("ana")
    other.engine.dispose()

    assert isinstance(store, TrackerStore)
    assert found is not None
    assert found.latest_message.text == "hola"


async def test_what_is_stored_is_noted_for_the_turn_that_is_under_way(store: TrackerStore) -> None:
    tracker = await store.get_or_create_tracker("ana")
    with turn_under_way("SM1") as note:
        await store.save(tracker)
        before = note.intent
        tracker.update(UserUttered("hola", {"name": "saludo"}), DOMAIN)
        await store.save(tracker)

    assert (before, note.intent) == (None, "saludo")


class Heard:
    """A broker that keeps what it hears."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def publish(self, event: dict[str, Any]) -> None:
        self.events.append(event)


async def test_a_turn_stores_and_publishes_what_is_new_and_reads_the_conversation_once(store: TrackerStore) -> None:
    store.event_broker = heard = Heard()
    reads: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda c, cursor, sql, *_: reads.append(sql.split()[0]))
    for words in ("hola", "una cita", "mañana"):
        reads.clear()
        tracker = await store.get_or_create_tracker("ana")
        tracker.update(UserUttered(words, {"name": "saludo"}), DOMAIN)
        await store.save(tracker)
        tracker.update(BotUttered(words), DOMAIN)
        await store.save(tracker)
    assert reads.count("SELECT") == 1
    with store.engine.connect() as connection:
        stored = [json.loads(row) for row in connection.execute(text("SELECT data FROM events ORDER BY id")).scalars()]

    assert len([one for one in stored if one["event"] == "user"]) == 3
    assert [{"sender_id": "ana", "session_started": None, **one} for one in stored] == heard.events


async def test_a_tracker_that_was_made_elsewhere_is_stored_without_what_is_stored_already(store: TrackerStore) -> None:
    tracker = await store.get_or_create_tracker("ana")
    tracker.update(UserUttered("hola"), DOMAIN)
    await store.save(tracker)
    copy = DialogueStateTracker.from_events("ana", list(tracker.events))
    copy.update(UserUttered("otra"), DOMAIN)
    await store.save(copy)

    found = await store.retrieve("ana")
    assert found is not None
    assert list(found.events) == list(copy.events)


def words(tracker: DialogueStateTracker | None) -> list[str | None]:
    return [event.text for event in tracker.events if isinstance(event, UserUttered)] if tracker else []


async def say(store: TrackerStore, said: str, clock: float, *, anew: bool = False) -> list[str | None]:
    """Store what Ana says to a server with this clock, in a new session perhaps; return what it knew before."""
    tracker = await store.get_or_create_tracker("ana")
    known = words(tracker)
    if anew:
        tracker.update(SessionStarted(timestamp=clock), DOMAIN)
    tracker.update(UserUttered(said, timestamp=clock + 1), DOMAIN)
    await store.save(tracker)
    return known


@pytest.mark.parametrize("apart", [120, -120])
async def test_a_turn_knows_those_before_it_however_far_the_servers_clocks_are_apart(
    store: TrackerStore, apart: float
) -> None:
    now = time.time()
    await say(store, "hola", now, anew=True)
    await say(store, "una cita", now + apart, anew=True)

    assert await say(store, "a las 3", now) == ["una cita"]
    assert await say(store, "sí", now + apart) == ["una cita", "a las 3"]
    assert await say(store, "gracias", now) == ["una cita", "a las 3", "sí"]


async def test_the_last_session_is_one_persons_and_all_of_them_are_to_be_had(store: TrackerStore) -> None:
    await say(store, "hola", 1_000, anew=True)
    await say(store, "una cita", 2_000, anew=True)
    for sender, events in (("bea", [UserUttered("buenas")]), ("eva", [SessionStarted(), UserUttered("oye")])):
        await store.save(DialogueStateTracker.from_events(sender, events))

    assert words(await store.retrieve("ana")) == ["una cita"]
    assert words(await store.retrieve_full_tracker("ana")) == ["hola", "una cita"]
    assert words(await store.retrieve("bea")) == words(await store.retrieve_full_tracker("bea")) == ["buenas"]
    assert words(await store.retrieve("eva")) == ["oye"]


async def test_what_could_not_be_stored_is_stored_the_next_time(
    store: TrackerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = await store.get_or_create_tracker("ana")
    tracker.update(UserUttered("hola"), DOMAIN)
    with monkeypatch.context() as patch:
        patch.setattr(store, "_append", Mock(side_effect=OSError("away")))
        with pytest.raises(OSError, match="away"):
            await store.save(tracker)
    await store.save(tracker)

    found = await store.retrieve("ana")
    assert found is not None
    assert list(found.events) == list(tracker.events)


def test_readers_and_a_writer_of_the_sqlite_file_do_not_wait_for_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database("sqlite", tmp_path, monkeypatch):
        store = RasaTrackerStore.create(ENDPOINT, DOMAIN)
        with store.engine.connect() as writing, store.engine.connect() as reading:
            assert reading.execute(text("PRAGMA journal_mode")).scalar() == "wal"
            assert reading.execute(text("PRAGMA busy_timeout")).scalar() == 10_000
            writing.execute(text("BEGIN IMMEDIATE"))
            assert reading.execute(text("SELECT count(*) FROM events")).scalar() == 0


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bot:hidden@127.0.0.1:1/bot",
        "mysql+nosuchdriver://bot:hidden@127.0.0.1/bot",
        "bot:hidden@127.0.0.1",
        "sqlite:////proc/none/test.db",
    ],
)
def test_a_database_that_cannot_be_used_stops_the_start_and_names_the_variable(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(url, monkeypatch)

    with pytest.raises((ConnectionException, SettingsError), match="DATABASE_URL") as caught:
        RasaTrackerStore.create(ENDPOINT, DOMAIN)
    assert "hidden" not in str(caught.value)
    get_settings.cache_clear()


async def test_a_failing_database_reaches_the_caller_of_a_turn(store: TrackerStore) -> None:
    agent = SimpleNamespace(tracker_store=FailSafeTrackerStore(store), processor=SimpleNamespace(tracker_store=None))
    fail_loudly(agent)
    fail_loudly(agent)
    tracker = await agent.tracker_store.get_or_create_tracker("ana")
    tracker.update(UserUttered("hola"), DOMAIN)
    with store.engine.begin() as connection:
        connection.execute(text("DROP TABLE events"))

    assert agent.processor.tracker_store is agent.tracker_store is store
    with pytest.raises(Exception, match="events"):
        await agent.processor.tracker_store.save(tracker)


def test_the_default_database_lies_in_the_project_wherever_rasa_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(databases, "PROJECT_ROOT", tmp_path / "project")

    url = databases.resolve_url("sqlite:///var/orquestador.db")

    assert url.database == str(tmp_path / "project/var/orquestador.db")
    assert (tmp_path / "project/var").is_dir()
    assert databases.resolve_url(f"sqlite:///{tmp_path}/a.db").database == f"{tmp_path}/a.db"
    assert databases.resolve_url("sqlite://").database is None


def test_rasas_own_schema_is_kept(store: TrackerStore) -> None:
    columns = {column["name"] for column in inspect(store.engine).get_columns("events")}

    assert columns == {"id", "sender_id", "type_name", "timestamp", "intent_name", "action_name", "data"}
