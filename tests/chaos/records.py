"""What the tables say about a contact, read past the code that writes them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from connectors.database import open_engine

Row = dict[str, Any]

INBOX = """SELECT position, message_sid, turn_sid, status, attempts, error, source FROM inbox
    WHERE contact = :contact ORDER BY position"""
OUTBOX = """SELECT position, turn_sid, number, status, twilio_sid, attempts, error_code FROM outbox
    WHERE contact = :contact ORDER BY position"""
LOGGED = text(
    "SELECT message_id, success, error_type, error_code FROM conversation_logs WHERE message_id IN :sids"
).bindparams(bindparam("sids", expanding=True))
KEPT = text("SELECT count(*) FROM inbox WHERE message_sid IN :sids").bindparams(bindparam("sids", expanding=True))
UNDONE = text("SELECT count(*) FROM inbox WHERE status = 'waiting' AND contact IN :contacts").bindparams(
    bindparam("contacts", expanding=True)
)
UNSENT = text("SELECT count(*) FROM outbox WHERE status IN ('waiting', 'posting') AND contact IN :contacts").bindparams(
    bindparam("contacts", expanding=True)
)


@dataclass(frozen=True)
class ContactRecords:
    """The rows of one contact, in the order in which they were written."""

    inbox: list[Row]
    outbox: list[Row]
    log: list[Row]


class Records:
    """Reads the tables of a running system."""

    def __init__(self, database_url: str) -> None:
        self._engine: Engine = open_engine(database_url, future=True)

    def close(self) -> None:
        """Closes the connections."""
        self._engine.dispose()

    async def unfinished(self, numbers: Sequence[str], sids: Sequence[str]) -> int | None:
        """Counts what is still to be done for these contacts, who wrote these messages.

        None while the tables cannot be read.
        """
        return await asyncio.to_thread(self._unfinished, numbers, sids)

    async def of(self, number: str, sids: Sequence[str]) -> ContactRecords:
        """Gives the rows about one contact, and the log's about the messages with those sids."""
        return await asyncio.to_thread(self._of, number, sids)

    async def turns(self, number: str) -> list[list[str]]:
        """Gives the MessageSids of each turn of a contact."""
        turns: dict[str, list[str]] = {}
        for row in await asyncio.to_thread(self._inbox, number):
            turns.setdefault(row["turn_sid"], []).append(row["message_sid"])
        return list(turns.values())

    def _unfinished(self, numbers: Sequence[str], sids: Sequence[str]) -> int | None:
        values = {"contacts": [_address(number) for number in numbers], "sids": list(sids)}
        try:
            with self._engine.connect() as connection:
                kept, undone, unsent = (
                    int(connection.execute(statement, values).scalar_one()) for statement in (KEPT, UNDONE, UNSENT)
                )
        except SQLAlchemyError:
            return None
        return len(sids) - kept + undone + unsent

    def _of(self, number: str, sids: Sequence[str]) -> ContactRecords:
        with self._engine.connect() as connection:
            outbox = connection.execute(text(OUTBOX), {"contact": _address(number)})
            log = connection.execute(LOGGED, {"sids": list(sids)})
            return ContactRecords(
                self._inbox(number), *([dict(row) for row in rows.mappings()] for rows in (outbox, log))
            )

    def _inbox(self, number: str) -> list[Row]:
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(INBOX), {"contact": _address(number)}).mappings()]


def _address(number: str) -> str:
    return f"whatsapp:{number}"
