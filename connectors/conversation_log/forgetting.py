"""Forgetting a person: everything that is kept under one address."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Protocol

from sqlalchemy import delete, func, inspect, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.expression import TableClause

from connectors.conversation_log.models import conversation_logs
from connectors.tables import rasa_events
from connectors.whatsapp.inbox import InboxStatus
from connectors.whatsapp.leases import moment
from connectors.whatsapp.tables import contacts, inbox, outbox
from privacy.identity import user_key

OPT_OUTS_KEPT = "opt_outs_kept"
SPOOL = "spool"
# Twilio's list, or a webhook that comes twice, may tell of a message for so long: until then its sid stays known.
TOLD_AGAIN = timedelta(hours=25)

_NUMBER = re.compile(r"\+[1-9]\d{5,14}")
# What people put between the digits of a number.
_SEPARATORS = re.compile(r"[\s().\-]")


class WaitingRows(Protocol):
    """Rows on their way into the log (`connectors.conversation_log.spool.Spool`)."""

    def forget(self, user_id: str, *, dry_run: bool = False) -> int:
        """Remove what waits of one user, and return how many rows that is."""
        ...


def sender_of(address: str) -> str:
    """Return the conversation id for an address: +52 1 55 1234 5678 is on WhatsApp, anything else is an id."""
    bare = _SEPARATORS.sub("", address.strip().removeprefix("whatsapp:"))
    return f"whatsapp:{bare}" if _NUMBER.fullmatch(bare) else address.strip()


def forget(
    connection: Connection, address: str, log_key: str, dry_run: bool = False, spool: WaitingRows | None = None
) -> dict[str, int]:
    """Delete all that is kept of one contact, and return how many rows of each table that was.

    Of somebody who has opted out the address and that remain, counted under `opt_outs_kept`: without it they
    would be written to again. Of the last day's messages Twilio's ids remain, and nothing else: without them what
    was forgotten would be found in Twilio's list and answered. What is under way at this moment may still be
    written afterwards; then forget again.

    Args:
        connection: The database, in a transaction of the caller's.
        address: A number, a WhatsApp address, or another channel's conversation id.
        log_key: The key of the users' hashes in the log.
        dry_run: Only count.
        spool: Rows that wait for the log, if they are to be forgotten too; counted under `spool`.

    Raises:
        SpoolUnavailable: the spool does not let go of its rows; nothing was deleted yet.
    """
    sender = sender_of(address)
    user_id = user_key(sender, log_key)
    # First: what waits there is on its way into the log.
    counts = {} if spool is None else {SPOOL: spool.forget(user_id, dry_run=dry_run)}
    if connection.dialect.name == "sqlite":
        # Otherwise the words would stay in the file until others need their place.
        connection.exec_driver_sql("PRAGMA secure_delete = ON").close()
    # Who works for a contact locks their row first, so it is done here.
    connection.execute(select(contacts.c.address).where(contacts.c.address == sender).with_for_update())
    mine: list[tuple[TableClause, ColumnElement]] = [
        (conversation_logs, conversation_logs.c.user_id == user_id),
        (inbox, inbox.c.contact == sender),
        (outbox, outbox.c.contact == sender),
        (contacts, (contacts.c.address == sender) & contacts.c.opted_out_at.is_(None)),
    ]
    if inspect(connection).has_table(rasa_events.name):
        mine.append((rasa_events, rasa_events.c.sender_id == sender))
    counts[inbox.name] = _blank(connection, sender, dry_run)
    for table, condition in mine:
        counts[table.name] = counts.get(table.name, 0) + _delete(connection, table, condition, dry_run)
    opted_out = (contacts.c.address == sender) & contacts.c.opted_out_at.is_not(None)
    counts[OPT_OUTS_KEPT] = _count(connection, contacts, opted_out)
    if not dry_run:
        others = [column.name for column in contacts.c if column.name not in {"address", "opted_out_at"}]
        connection.execute(update(contacts).where(opted_out).values(dict.fromkeys(others)))
    return counts


def is_under_way(connection: Connection, address: str) -> bool:
    """Tell whether the assistant is at work for a contact, so that more will be written about them."""
    due = contacts.c.turn_due_at.is_not(None) | contacts.c.send_due_at.is_not(None)
    query = select(func.count()).select_from(contacts).where(contacts.c.address == sender_of(address), due)
    return bool(connection.execute(query).scalar_one())


def _delete(connection: Connection, table: TableClause, condition: ColumnElement, dry_run: bool) -> int:
    if dry_run:
        return _count(connection, table, condition)
    return int(connection.execute(delete(table).where(condition)).rowcount)


def _blank(connection: Connection, sender: str, dry_run: bool) -> int:
    """Leave of the last day's messages their sids alone; return how many there were."""
    if dry_run:
        # They are counted with the others.
        return 0
    lately = (inbox.c.contact == sender, inbox.c.received_at >= moment(connection) - TOLD_AGAIN)
    nothing: dict[str, object] = {"contact": "", "content": {}, "status": InboxStatus.FORGOTTEN.value}
    nothing |= {"turn_sid": None, "error": None}
    return int(connection.execute(update(inbox).where(*lately).values(nothing)).rowcount)


def _count(connection: Connection, table: TableClause, condition: ColumnElement) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(condition)).scalar_one())
