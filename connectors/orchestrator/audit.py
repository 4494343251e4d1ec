"""The audit: who did what by the admin API, written before it is done, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, Table, Text, insert, select, update
from sqlalchemy.engine import Connection

from connectors.tables import Json, UtcDateTime, metadata
from connectors.whatsapp.leases import moment

admin_audit = Table(
    "admin_audit",
    metadata,
    # SQLite counts up by itself only in a primary key that is called INTEGER.
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("token_name", Text, nullable=False),
    Column("action", Text, nullable=False),
    # The keyed hash of the customer whom it is about.
    Column("subject", Text),
    Column("parameters", Json, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("counts", Json),
)


class Outcome(str, Enum):
    """What came of an action; one that stays `BEGUN` was cut off, and may have had its effect."""

    BEGUN = "begun"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


def begin(
    connection: Connection, token_name: str, action: str, subject: str | None, parameters: Mapping[str, Any]
) -> int:
    """Note that an action is about to be done, and return the note's id.

    Args:
        connection: A transaction of its own, so that the note is kept whatever becomes of the action.
        token_name: Whose token it is done with.
        action: The action's name.
        subject: The keyed hash of the customer whom it is about, if it is about one.
        parameters: What else was asked for, free of personal data.
    """
    row = {
        "at": moment(connection),
        "token_name": token_name,
        "action": action,
        "subject": subject,
        "parameters": dict(parameters),
        "outcome": Outcome.BEGUN.value,
    }
    (note,) = connection.execute(insert(admin_audit).values(row)).inserted_primary_key
    return int(note)


def end(connection: Connection, note: int, outcome: Outcome, counts: Mapping[str, int] | None = None) -> None:
    """Note what came of an action, and how many things of each kind it was done to."""
    ended = {"outcome": outcome.value, "counts": dict(counts) if counts is not None else None}
    connection.execute(update(admin_audit).where(admin_audit.c.id == note).values(ended))


def notes(connection: Connection, limit: int, before: int | None = None) -> list[dict[str, Any]]:
    """Return at most so many notes, the latest first, as far as they are older than the one with the id `before`."""
    query = select(admin_audit).order_by(admin_audit.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(admin_audit.c.id < before)
    return [dict(row) for row in connection.execute(query).mappings()]
