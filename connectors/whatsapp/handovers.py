"""Customers whom a person looks after: the assistant is silent to them until they are released."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from connectors.whatsapp.leases import INSERTS, moment
from connectors.whatsapp.tables import contacts


def hand_over(connection: Connection, contact: str) -> bool:
    """Note that a person looks after a contact from now on, who may never have written; False if one did before."""
    insert = INSERTS[connection.dialect.name](contacts).values(address=contact, handed_over_at=moment(connection))
    fresh = {"handed_over_at": insert.excluded.handed_over_at}
    mine = insert.on_conflict_do_update(
        index_elements=[contacts.c.address], set_=fresh, where=contacts.c.handed_over_at.is_(None)
    )
    return bool(connection.execute(mine).rowcount)


def is_handed_over(connection: Connection, contact: str) -> bool:
    """Tell whether a person looks after a contact."""
    query = select(contacts.c.handed_over_at).where(contacts.c.address == contact)
    return connection.execute(query).scalar_one_or_none() is not None


def handed_over(connection: Connection) -> dict[str, datetime]:
    """Return the contacts whom a person looks after, and since when, the longest first."""
    query = select(contacts.c.address, contacts.c.handed_over_at).where(contacts.c.handed_over_at.is_not(None))
    rows = connection.execute(query.order_by(contacts.c.handed_over_at)).all()
    return {row.address: row.handed_over_at for row in rows}


def release(connection: Connection, addresses: Collection[str]) -> list[str]:
    """Have contacts answered again, from their next message on; return those who had been handed over."""
    named = (contacts.c.address.in_(addresses), contacts.c.handed_over_at.is_not(None))
    released = list(connection.execute(select(contacts.c.address).where(*named)).scalars())
    connection.execute(update(contacts).where(contacts.c.address.in_(released)).values(handed_over_at=None))
    return released
