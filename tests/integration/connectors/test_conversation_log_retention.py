"""What is old goes from every table, what is not done stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from connectors.conversation_log.retention import prune
from connectors.database import open_writer_engine
from connectors.whatsapp.tables import contacts, inbox, outbox
from tests.integration.connectors.log_rows import ask, log, turn

NOW = datetime(2026, 11, 24, 15, tzinfo=timezone.utc)
OLD, FRESH = NOW - timedelta(days=31), NOW - timedelta(days=29)
NOTHING = {"conversation_logs": 0, "inbox": 0, "outbox": 0, "contacts": 0}


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_writer_engine(database_url)
    yield engine
    engine.dispose()


def write(engine: Engine, *statements: Any) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)


def make_events(engine: Engine, *rows: tuple[str, datetime]) -> None:
    write(engine, text("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, timestamp FLOAT, data TEXT)"))
    for number, (sender, moment) in enumerate(rows):
        values = f"({number}, '{sender}', {moment.timestamp()}, '{{}}')"
        write(engine, text(f"INSERT INTO events (id, sender_id, timestamp, data) VALUES {values}"))


def incoming(sid: str, status: str, moment: datetime, contact: str = "whatsapp:+5215500000001") -> Any:
    fixed = {"content": {}, "attempts": 1, "source": "webhook", "received_at": moment}
    return inbox.insert().values(message_sid=sid, contact=contact, status=status, **fixed)


def outgoing(sid: str, status: str, moment: datetime, contact: str = "whatsapp:+5215500000001") -> Any:
    fixed = {"content": {}, "number": 0, "attempts": 1, "created_at": moment, "status_at": moment}
    return outbox.insert().values(turn_sid=sid, contact=contact, status=status, **fixed)


def test_what_is_older_goes_and_what_is_younger_stays(engine: Engine) -> None:
    log(engine, turn(1, timestamp=OLD), turn(2, timestamp=FRESH))
    make_events(engine, ("a", OLD), ("a", FRESH))
    write(
        engine,
        *(incoming(f"SM{status}old", status, OLD) for status in ("answered", "failed", "limited", "handed_over")),
        incoming("SMnew", "answered", FRESH),
        *(outgoing(f"SM{status}old", status, OLD) for status in ("sent", "failed", "read")),
        outgoing("SMnew", "sent", FRESH),
    )

    counts = prune(engine, 30, now=NOW)

    assert counts == {"conversation_logs": 1, "events": 1, "inbox": 4, "outbox": 3, "contacts": 0}
    assert [row["id"] for row in ask(engine, "SELECT id FROM conversation_logs")] == ["conv_0002"]
    assert [row["id"] for row in ask(engine, "SELECT id FROM events")] == [1]
    assert [row["message_sid"] for row in ask(engine, "SELECT message_sid FROM inbox")] == ["SMnew"]
    assert [row["turn_sid"] for row in ask(engine, "SELECT turn_sid FROM outbox")] == ["SMnew"]
    assert prune(engine, 30, now=NOW) == {**NOTHING, "events": 0}


def test_what_still_waits_stays_however_old_it_is(engine: Engine) -> None:
    write(
        engine,
        incoming("SM1", "waiting", OLD),
        outgoing("SM2", "waiting", OLD),
        outgoing("SM3", "posting", OLD),
    )

    assert prune(engine, 30, now=NOW) == NOTHING


def test_contacts_go_of_whom_nothing_is_left_and_nothing_is_noted(engine: Engine) -> None:
    gone, fresh, away, held, due = (f"whatsapp:+521550000000{number}" for number in range(5))
    write(
        engine,
        contacts.insert().values(address=gone),
        contacts.insert().values(address=fresh),
        contacts.insert().values(address=away, opted_out_at=OLD),
        contacts.insert().values(address=held, handed_over_at=OLD),
        contacts.insert().values(address=due, turn_due_at=NOW),
        incoming("SM1", "answered", OLD, gone),
        outgoing("SM1", "read", OLD, gone),
        outgoing("SM2", "read", FRESH, fresh),
    )

    assert prune(engine, 30, now=NOW) == {**NOTHING, "inbox": 1, "outbox": 1, "contacts": 1}
    left = {row["address"] for row in ask(engine, "SELECT address FROM contacts")}
    assert left == {fresh, away, held, due}


def test_a_dry_run_counts_the_same_and_deletes_nothing(engine: Engine) -> None:
    log(engine, *(turn(number, timestamp=OLD) for number in range(3)))
    make_events(engine, ("a", OLD))

    assert prune(engine, 30, now=NOW, dry_run=True) == {**NOTHING, "conversation_logs": 3, "events": 1}
    assert len(ask(engine, "SELECT id FROM conversation_logs")) == 3
    assert len(ask(engine, "SELECT id FROM events")) == 1


def test_each_batch_is_a_transaction_of_its_own(engine: Engine) -> None:
    log(
        engine,
        *(turn(number, timestamp=OLD - timedelta(hours=number), user_id=f"user_{number}") for number in range(25)),
    )
    done: list[str | int] = []

    @event.listens_for(engine, "after_cursor_execute")
    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith("DELETE FROM conversation_logs"):
            done.append(cursor.rowcount)

    @event.listens_for(engine, "commit")
    def note_end(connection: Any) -> None:
        if done:
            done.append("committed")

    assert prune(engine, 30, batch=10, now=NOW)["conversation_logs"] == 25
    assert done[:6] == [10, "committed", 10, "committed", 5, "committed"]


def test_a_database_that_rasa_never_used_is_pruned_too(engine: Engine) -> None:
    assert prune(engine, 30, now=NOW) == NOTHING
