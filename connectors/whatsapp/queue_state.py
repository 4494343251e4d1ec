"""How much waits in the channel's queues, and for how long: a look at them that touches nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from connectors.whatsapp.delivery import UNSENT
from connectors.whatsapp.inbox import InboxStatus
from connectors.whatsapp.leases import moment
from connectors.whatsapp.tables import contacts, inbox, outbox

_WAITING = inbox.c.status == InboxStatus.WAITING.value
_UNSENT = outbox.c.status.in_(UNSENT)


@dataclass(frozen=True)
class QueueState:
    """The queues at one moment, those of all servers on the same database; ages are in seconds, 0 where nothing waits.

    Attributes:
        inbox: messages that wait for their turn, or whose turn is under way.
        parked: messages whose turns failed too often.
        outbox: answers that Twilio has not taken.
        handed_over: contacts whom a person looks after.
    """

    inbox: int
    inbox_age: float
    parked: int
    outbox: int
    outbox_age: float
    handed_over: int


def queue_state(connection: Connection) -> QueueState:
    """Return how much waits."""
    query = select(
        _count(inbox, _WAITING),
        _oldest(inbox.c.received_at, _WAITING),
        _count(inbox, inbox.c.status == InboxStatus.FAILED.value),
        _count(outbox, _UNSENT),
        _oldest(outbox.c.created_at, _UNSENT),
        _count(contacts, contacts.c.handed_over_at.is_not(None)),
    )
    waiting, since, parked, unsent, unsent_since, handed_over = connection.execute(query).one()
    now = moment(connection)
    return QueueState(waiting, _age(since, now), parked, unsent, _age(unsent_since, now), handed_over)


def _count(table: object, condition: object) -> object:
    return select(func.count()).select_from(table).where(condition).scalar_subquery()


def _oldest(column: object, condition: object) -> object:
    return select(func.min(column)).where(condition).scalar_subquery()


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
