"""Inbox and outbox on a real database, with a clock that tests set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import literal, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.sql import ColumnElement

from connectors.database import open_writer_engine
from connectors.whatsapp import inbox as inbox_module
from connectors.whatsapp import leases as leases_module
from connectors.whatsapp.inbound import InboundMessage
from connectors.whatsapp.inbox import Arrival, Inbox
from connectors.whatsapp.leases import Leases
from connectors.whatsapp.outbox import Outbox
from tests.integration.connectors.databases import database, migrate

ANA = "whatsapp:+5215512345678"
BEA = "whatsapp:+5215587654321"
OURS = "whatsapp:+15005550006"
LEASE_SECONDS = 15

T = TypeVar("T")


@dataclass
class Stores:
    """The stores, and what they take for the present time."""

    engine: Engine
    inbox: Inbox
    outbox: Outbox
    now: datetime = datetime(2026, 11, 24, 15, tzinfo=timezone.utc)

    def do(self, work: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Return what `work` returns, done and committed in a transaction."""
        with self.engine.begin() as connection:
            return work(connection, *arguments, **named)

    def add(self, *messages: InboundMessage) -> list[bool]:
        """Put messages into the inbox at once, and expect their contacts."""
        are_new = self.do(self.inbox.add, [Arrival(message) for message in messages])
        self.do(self.inbox.expect, {message.sender for message in messages})
        return are_new

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def rows(self, query: str) -> list[Any]:
        """Return what the database answers."""
        with self.engine.begin() as connection:
            return list(connection.execute(text(query)))


@contextmanager
def stores(
    dialect: str, folder: Path, monkeypatch: pytest.MonkeyPatch, burst_seconds: float = 0, template: str | None = None
) -> Iterator[Stores]:
    """Give empty stores."""
    with database(dialect, folder, monkeypatch) as url:
        migrate()
        engine = open_writer_engine(url)
        inbox = Inbox(Leases("turn", LEASE_SECONDS), burst_seconds)
        made = Stores(engine, inbox, Outbox(Leases("send", LEASE_SECONDS), template))

        def clock(connection: Connection) -> datetime | ColumnElement:
            return made.now if dialect == "sqlite" else literal(made.now)

        for module in (inbox_module, leases_module):
            monkeypatch.setattr(module, "clock", clock)
        yield made
        engine.dispose()


def message(sid: str, body: str = "hola", sender: str = ANA, **fields: Any) -> InboundMessage:
    """Return a customer's message."""
    return InboundMessage(sid, sender, OURS, body, **fields)
