"""What our tables hold after the day: which answer belongs to which message, and the conversation log."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Engine

from connectors.database import open_engine
from connectors.whatsapp.outbox import PATIENCE

Row = dict[str, Any]

SETTLED_SECONDS = 60.0
ANSWERS = text("SELECT turn_sid, twilio_sid, number FROM outbox ORDER BY position")
ENDED = text("SELECT count(*) FROM inbox WHERE turn_sid = :sid AND status <> 'waiting'")
OF_TURN = text("SELECT twilio_sid FROM outbox WHERE turn_sid = :sid AND number <> :patience")
WAITING = text("SELECT count(*) FROM inbox WHERE status = 'waiting'")
LOG = text("SELECT * FROM conversation_logs ORDER BY timestamp")


@dataclass(frozen=True)
class Tables:
    """The rows of a run.

    Attributes:
        answers: the sids of what was sent for each turn, without requests for patience.
        log: the conversation log's rows, in order.
    """

    answers: dict[str, list[str]]
    log: list[Row]

    @property
    def calls(self) -> list[Row]:
        """All calls of the internal API that the log knows of."""
        return [call for row in self.log for call in calls_of(row)]

    @classmethod
    async def read(cls, database_url: str, turns: int) -> Tables:
        """Reads them once so many turns are logged and nothing is left to be done, or nothing has come for long."""
        give_up = time.monotonic() + SETTLED_SECONDS
        while True:
            tables, waiting = await asyncio.to_thread(_read, database_url)
            if (not waiting and len(tables.log) >= turns) or time.monotonic() > give_up:
                return tables
            await asyncio.sleep(1.0)

    def logged(self) -> Counter[str]:
        """Counts the rows of each message."""
        return Counter(row["message_id"] for row in self.log)


class Sent:
    """Tells from our tables whether a message is answered, and everything that answers it sent."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url

    async def is_empty(self, sid: str, heard: Container[str]) -> bool:
        """Whether the message with that sid is answered and every answer is among those that were heard."""
        return await asyncio.to_thread(self._is_empty, sid, heard)

    @cached_property
    def _engine(self) -> Engine:
        return open_engine(self._url, future=True)

    def _is_empty(self, sid: str, heard: Container[str]) -> bool:
        with self._engine.connect() as connection:
            ended = connection.execute(ENDED, {"sid": sid}).scalar_one()
            sent = connection.execute(OF_TURN, {"sid": sid, "patience": PATIENCE}).scalars().all()
        return bool(ended) and all(one in heard for one in sent)


def calls_of(row: Row) -> Sequence[Row]:
    """Gives the calls of one turn."""
    calls = row["api_calls"]
    found: list[Row] = json.loads(calls) if isinstance(calls, str) else list(calls or ())
    return found


def _read(database_url: str) -> tuple[Tables, int]:
    engine = open_engine(database_url, future=True)
    with engine.connect() as connection:
        answers: dict[str, list[str]] = {}
        for row in connection.execute(ANSWERS).mappings():
            if row["number"] != PATIENCE and row["twilio_sid"]:
                answers.setdefault(row["turn_sid"], []).append(row["twilio_sid"])
        log = [dict(row) for row in connection.execute(LOG).mappings()]
        waiting = int(connection.execute(WAITING).scalar_one())
    engine.dispose()
    return Tables(answers, log), waiting
