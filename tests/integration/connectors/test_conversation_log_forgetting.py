"""Of a person who is forgotten nothing stays, and of everybody else everything."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine

from connectors.conversation_log.forgetting import forget, is_under_way
from connectors.conversation_log.spool import Spool
from connectors.database import open_writer_engine
from connectors.whatsapp.inbox import Inbox
from connectors.whatsapp.leases import Leases
from connectors.whatsapp.tables import contacts, inbox, outbox
from privacy.identity import user_key
from tests.integration.connectors.databases import database, migrate
from tests.integration.connectors.log_rows import ask, log, turn
from tests.servers.shared import needs_postgresql

ANA = "whatsapp:+5215512345678"
BETO = "whatsapp:+5215587654321"
CARLA = "rest:carla"
KEY = "a key"
NOW = datetime(2026, 11, 24, 15, tzinfo=timezone.utc)
TABLES = ("conversation_logs", "inbox", "outbox", "contacts", "events")
ONE_EACH = dict.fromkeys(TABLES, 1)
NONE = dict.fromkeys(TABLES, 0)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_writer_engine(database_url)
    fill(engine)
    yield engine
    engine.dispose()


def fill(engine: Engine) -> None:
    """Puts a row about each of three people into every table."""
    with engine.begin() as connection:
        columns = "id INTEGER PRIMARY KEY, sender_id TEXT, timestamp FLOAT, data TEXT"
        connection.execute(text(f"CREATE TABLE events ({columns})"))
        for number, sender in enumerate((ANA, BETO, CARLA)):
            fixed = {"contact": sender, "content": {"body": f"words of {sender}"}, "attempts": 0}
            sid = f"SM{number}"
            arrived = {"message_sid": sid, "status": "answered", "source": "webhook", "received_at": NOW}
            sent = {"turn_sid": sid, "number": 0, "status": "sent", "created_at": NOW, "status_at": NOW}
            connection.execute(inbox.insert().values(**fixed, **arrived))
            connection.execute(outbox.insert().values(**fixed, **sent))
            connection.execute(contacts.insert().values(address=sender, handed_over_at=NOW))
            values = f"({number}, '{sender}', 1.0, 'data of {sender}')"
            connection.execute(text(f"INSERT INTO events (id, sender_id, timestamp, data) VALUES {values}"))
    log(engine, *(turn(number, user_id=user_key(who, KEY)) for number, who in enumerate((ANA, BETO, CARLA))))


def forgotten(engine: Engine, address: str, **options: Any) -> dict[str, int]:
    with engine.begin() as connection:
        return forget(connection, address, KEY, **options)


def left(engine: Engine) -> dict[str, int]:
    return {name: ask(engine, f"SELECT count(*) AS n FROM {name}")[0]["n"] for name in TABLES}


@pytest.mark.parametrize(
    ("address", "sender"),
    [
        ("+5215512345678", ANA),
        (" +52 1 (55) 1234-5678 ", ANA),
        ("whatsapp:+5215512345678", ANA),
        ("rest:carla", CARLA),
    ],
)
def test_everything_of_a_contact_goes_and_nothing_of_others(engine: Engine, address: str, sender: str) -> None:
    assert forgotten(engine, address) == {**ONE_EACH, "opt_outs_kept": 0}

    assert left(engine) == dict.fromkeys(TABLES, 2)
    assert {row["address"] for row in ask(engine, "SELECT address FROM contacts")} == {ANA, BETO, CARLA} - {sender}
    assert {row["sender_id"] for row in ask(engine, "SELECT sender_id FROM events")} == {ANA, BETO, CARLA} - {sender}
    for name in ("inbox", "outbox"):
        assert sender not in {row["contact"] for row in ask(engine, f"SELECT contact FROM {name}")}
    gone = user_key(sender, KEY)
    assert gone not in {row["user_id"] for row in ask(engine, "SELECT user_id FROM conversation_logs")}
    assert forgotten(engine, address) == {**NONE, "opt_outs_kept": 0}


def test_what_twilio_may_tell_of_again_stays_known_by_its_id_alone(engine: Engine) -> None:
    lately = {"message_sid": "SM9", "status": "waiting", "source": "webhook", "received_at": datetime.now(timezone.utc)}
    with engine.begin() as connection:
        connection.execute(inbox.insert().values(contact=ANA, content={"body": "words"}, attempts=0, **lately))

    assert forgotten(engine, ANA)["inbox"] == 2

    (kept,) = ask(engine, "SELECT * FROM inbox WHERE message_sid IN ('SM0', 'SM9')")
    assert (kept["message_sid"], kept["contact"], kept["status"]) == ("SM9", "", "forgotten")
    assert "words" not in str(kept)
    # Twilio's list is compared by these.
    with engine.connect() as connection:
        assert "SM9" in Inbox(Leases("turn", 15), 0.5).known(connection, NOW)
    assert forgotten(engine, ANA)["inbox"] == 0


def test_who_has_opted_out_stays_opted_out_and_nothing_else_stays(engine: Engine) -> None:
    with engine.begin() as connection:
        busy = {"turn_due_at": NOW, "turn_owner": "a", "turn_leased_until": NOW, "send_due_at": NOW}
        values = {**busy, "opted_out_at": NOW}
        connection.execute(contacts.update().where(contacts.c.address == ANA).values(values))

    assert forgotten(engine, ANA) == {**ONE_EACH, "contacts": 0, "opt_outs_kept": 1}

    with engine.begin() as connection:
        row = connection.execute(contacts.select().where(contacts.c.address == ANA)).mappings().one()
    assert {name: value for name, value in row.items() if value is not None} == {"address": ANA, "opted_out_at": NOW}


def test_a_dry_run_counts_the_same_and_deletes_nothing(engine: Engine, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.add([turn(7, user_id=user_key(ANA, KEY))])
    counts = forgotten(engine, ANA, dry_run=True, spool=spool)

    assert left(engine) == dict.fromkeys(TABLES, 3)
    assert spool.waiting() == 1
    assert counts == {"spool": 1, **ONE_EACH, "opt_outs_kept": 0} == forgotten(engine, ANA, spool=spool)
    assert spool.waiting() == 0
    spool.close()


def test_what_waits_for_the_log_goes_too_and_of_others_stays(engine: Engine, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.add([turn(number, user_id=user_key(who, KEY)) for number, who in enumerate((ANA, BETO, ANA))])

    assert forgotten(engine, ANA, spool=spool)["spool"] == 2

    assert [row["user_id"] for row in spool.first(10).values()] == [user_key(BETO, KEY)]
    spool.close()


def test_a_database_that_rasa_never_used_is_no_obstacle(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE events"))

    assert "events" not in forgotten(engine, ANA)


def test_the_words_are_gone_from_the_file_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with database("sqlite", tmp_path, monkeypatch) as url:
        migrate()
        engine = open_writer_engine(url)
        fill(engine)
        forgotten(engine, ANA)
        with engine.connect() as connection:
            file = Path(str(connection.engine.url.database))
        raw = engine.raw_connection()
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.close()
        engine.dispose()

    content = file.read_bytes()
    assert b"data of " + BETO.encode() in content
    assert ANA.encode() not in content


def test_somebody_is_under_way_while_turns_or_messages_of_theirs_are_due(engine: Engine) -> None:
    def tell() -> list[bool]:
        with engine.begin() as connection:
            return [is_under_way(connection, who) for who in ("+5215512345678", BETO, "rest:nobody")]

    assert tell() == [False, False, False]
    for column in ("turn_due_at", "send_due_at"):
        with engine.begin() as connection:
            connection.execute(contacts.update().where(contacts.c.address == ANA).values({column: NOW}))
        assert tell() == [True, False, False]
        with engine.begin() as connection:
            connection.execute(contacts.update().values({column: None}))


@needs_postgresql
def test_forgetting_waits_for_whoever_is_at_work_for_the_contact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database("postgresql", tmp_path, monkeypatch) as url:
        migrate()
        engine, other = open_writer_engine(url), open_writer_engine(url)
        fill(engine)
        forgetting = threading.Thread(target=forgotten, args=(other, ANA))
        with engine.begin() as connection:
            mine = contacts.c.address == ANA
            connection.execute(contacts.select().where(mine).with_for_update())
            forgetting.start()
            _until_somebody_waits(connection)
            # Had the other one begun with the inbox, each would now wait for the other.
            connection.execute(inbox.update().where(inbox.c.contact == ANA).values(status="answered"))
        forgetting.join()

        assert left(engine) == dict.fromkeys(TABLES, 2)
        engine.dispose()
        other.dispose()


def _until_somebody_waits(connection: Any) -> None:
    give_up = time.monotonic() + 20
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while not connection.execute(waiting).scalar_one():
        assert time.monotonic() < give_up, "nobody ever waited"
        time.sleep(0.01)
