"""Leases: each contact is worked on by one worker at a time, across all processes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta, timezone

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement

from connectors.whatsapp.tables import contacts

INSERTS = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def moment(connection: Connection) -> datetime:
    """Return what time it is by the one clock that all processes share: the database server's."""
    now = clock(connection)
    if isinstance(now, ColumnElement):
        now = connection.execute(select(now)).scalar_one()
    return now


def clock(connection: Connection) -> datetime | ColumnElement:
    """Return the same to be written by a statement, without a question of its own where a server can tell."""
    return datetime.now(timezone.utc) if connection.dialect.name == "sqlite" else func.clock_timestamp()


class Leases:
    """One kind of work on contacts: who needs it when, and who is at it until when.

    All methods run within the transaction of the connection they are given.

    Args:
        kind: "turn" or "send", as the columns of `contacts` are named.
        seconds: How long a lease lasts unless it is renewed.
    """

    def __init__(self, kind: str, seconds: float) -> None:
        self._due = contacts.c[f"{kind}_due_at"]
        self._owner = contacts.c[f"{kind}_owner"]
        self._until = contacts.c[f"{kind}_leased_until"]
        self._length = timedelta(seconds=seconds)

    @property
    def is_idle(self) -> ColumnElement:
        """The condition that nobody is to look after a contact, nor is at it."""
        return self._due.is_(None)

    def wake(self, connection: Connection, due: Mapping[str, datetime]) -> None:
        """Have contacts looked after when they are due, except those who are to be at another time already."""
        if not due:
            return
        insert = INSERTS[connection.dialect.name](contacts)
        keeping = {self._due.name: func.coalesce(self._due, insert.excluded[self._due.name])}
        upsert = insert.on_conflict_do_update(index_elements=[contacts.c.address], set_=keeping)
        # In one order, so that two processes never wait for each other's rows.
        rows = [{"address": address, self._due.name: when} for address, when in sorted(due.items())]
        connection.execute(upsert, rows)

    def claim(self, connection: Connection, owner: str, limit: int, held: Collection[str] = ()) -> list[str]:
        """Lease at most `limit` contacts who are due and whom nobody works on, the longest due first.

        Args:
            connection: The transaction.
            owner: Who claims; another name at every claim.
            limit: How many at most.
            held: Contacts that this process is working on, whatever became of their leases: while the
                database was away, none could be renewed.
        """
        now = moment(connection)
        free = or_(self._until.is_(None), self._until < now)
        due = (
            select(contacts.c.address)
            .where(self._due <= now, free, contacts.c.address.not_in(held))
            .order_by(self._due)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        claimed: list[str] = list(connection.execute(due).scalars())
        if claimed:
            self._lease(connection, owner, claimed, now)
        return claimed

    def holds(self, connection: Connection, owner: str, contact: str) -> bool:
        """Tell whether the owner's lease of the contact is still its own; nobody takes it before the commit."""
        row = connection.execute(select(self._owner).where(contacts.c.address == contact).with_for_update())
        return bool(row.scalar_one_or_none() == owner)

    def renew(self, connection: Connection, held: Collection[tuple[str, str]]) -> None:
        """Lengthen leases, given as pairs of owner and contact, as far as they are still held."""
        if not held:
            return
        now = moment(connection)
        owners, addresses = zip(*held, strict=True)
        mine = (contacts.c.address.in_(addresses), self._owner.in_(owners))
        connection.execute(update(contacts).where(*mine).values({self._until.name: now + self._length}))

    def release(self, connection: Connection, contact: str, due: datetime | None) -> None:
        """End a lease; the contact is looked after again at `due`, or when it wakes."""
        freed = {self._owner.name: None, self._until.name: None, self._due.name: due}
        connection.execute(update(contacts).where(contacts.c.address == contact).values(freed))

    def next_due(self, connection: Connection) -> float | None:
        """Return in how many seconds a contact is due that nobody works on; None if none is."""
        now = moment(connection)
        free = or_(self._until.is_(None), self._until < now)
        first: datetime | None = connection.execute(select(func.min(self._due)).where(free)).scalar_one()
        return None if first is None else max(0.0, (first - now).total_seconds())

    def _lease(self, connection: Connection, owner: str, addresses: list[str], now: datetime) -> None:
        leased = {self._owner.name: owner, self._until.name: now + self._length}
        connection.execute(update(contacts).where(contacts.c.address.in_(addresses)).values(leased))
