"""What our tables hold after the day: which answer belongs to which message, and the conversation log."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from connectors.database import open_engine
from connectors.whatsapp.outbox import PATIENCE

Row = dict[str, Any]

SETTLED_SECONDS = 60.0
ANSWERS = text("SELECT turn_sid, twilio_sid, number FROM outbox ORDER BY position")
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
