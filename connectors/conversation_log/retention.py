"""Letting go of what is old: log rows, and what the channel and Rasa keep of conversations long over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from sqlalchemy import and_, delete, exists, func, inspect, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.expression import TableClause

from connectors.conversation_log.models import conversation_logs
from connectors.tables import rasa_events
from connectors.whatsapp.delivery import UNSENT
from connectors.whatsapp.inbox import InboxStatus
from connectors.whatsapp.tables import contacts, inbox, outbox
from connectors.write_queue import turn_to_write

BATCH = 1000


@dataclass(frozen=True)
class _Expired:
    """Rows that may go.

    Attributes:
        order: the column by which they go, the first ones first; an index has it.
        condition: what makes them such rows.
    """

    table: TableClause
    order: ColumnElement
    condition: ColumnElement

    def count(self, connection: Connection) -> int:
        return int(connection.execute(select(func.count()).select_from(self.table).where(self.condition)).scalar_one())

    def delete_some(self, connection: Connection, most: int) -> tuple[int, bool]:
        """Return how many rows went, and whether there may be more; those of one place go together."""
        ordered = select(self.order).where(self.condition).order_by(self.order)
        first = connection.execute(ordered.limit(1)).scalar_one_or_none()
        if first is None:
            return 0, False
        last = connection.execute(ordered.offset(most - 1).limit(1)).scalar_one_or_none()
        # Between two ends, so that a server that has not noticed the deletions yet takes the index all the same.
        some = [self.condition, self.order >= first, *([] if last is None else [self.order <= last])]
        return int(connection.execute(delete(self.table).where(*some)).rowcount), last is not None


def prune(
    engine: Engine, days: int, *, dry_run: bool = False, batch: int = BATCH, now: datetime | None = None
) -> dict[str, int]:
    """Delete what is older than so many days, and return how many rows of each table that was.

    It goes from the conversation log, from Rasa's `events`, and from what is finished in inbox and outbox; what
    still waits stays. Then contacts go of whom nothing is left and nothing noted: an opt-out stays. Each batch is
    a transaction of its own, so that nobody waits long for it, and a run that is cut short can be repeated.

    Args:
        engine: The database.
        days: How many, at least a week: what Twilio may bring once more must still be known.
        dry_run: Only count. Contacts are those of whom nothing is left already.
        batch: About how many rows go in one transaction.
        now: The present time, aware.
    """
    before = (now or datetime.now(timezone.utc)) - timedelta(days=days)
    counts = {}
    with engine.connect() as connection:
        expired = list(_expired(connection, before))
    for rows in expired:
        if dry_run:
            with engine.connect() as connection:
                counts[rows.table.name] = rows.count(connection)
        else:
            counts[rows.table.name] = sum(_batches(engine, rows, batch))
    return counts


def _batches(engine: Engine, rows: _Expired, batch: int) -> Iterator[int]:
    may_be_more = True
    while may_be_more:
        with turn_to_write(engine.url), engine.begin() as connection:
            deleted, may_be_more = rows.delete_some(connection, batch)
        yield deleted


def _expired(connection: Connection, before: datetime) -> Iterator[_Expired]:
    log = conversation_logs.c
    yield _Expired(conversation_logs, log.timestamp, log.timestamp < before)
    if inspect(connection).has_table(rasa_events.name):
        yield _Expired(rasa_events, rasa_events.c.id, rasa_events.c.timestamp < before.timestamp())
    is_done = and_(inbox.c.status != InboxStatus.WAITING.value, inbox.c.received_at < before)
    yield _Expired(inbox, inbox.c.position, is_done)
    is_sent = and_(outbox.c.status.not_in(UNSENT), outbox.c.status_at < before)
    yield _Expired(outbox, outbox.c.status_at, is_sent)
    noted = [column.is_(None) for column in contacts.c if column is not contacts.c.address]
    unknown = [~exists().where(table.c.contact == contacts.c.address) for table in (inbox, outbox)]
    yield _Expired(contacts, contacts.c.address, and_(*noted, *unknown))
