"""Patience: what a customer is told once whose turn takes long."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.engine import Connection

from connectors.whatsapp.inbox import ClaimedTurn, Inbox
from connectors.whatsapp.outbox import PATIENCE, Outbox, OutgoingMessage
from connectors.whatsapp.tables import contacts


class Patience:
    """Asks for patience ahead of a turn's answers.

    Args:
        inbox: Tells whose turn it is.
        outbox: Where the request goes.
        text: The request.
    """

    def __init__(self, inbox: Inbox, outbox: Outbox, text: str) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._text = text

    def ask(self, connection: Connection, turn: ClaimedTurn) -> bool:
        """Put the request into the outbox, once for all runs of a turn; return False where nobody must be asked.

        That is after the turn, when another one works on it, and where the customer wants no messages or has a
        person to talk to.
        """
        # Whoever ends the turn needs the same row: the answers come before this, or after it, and never between.
        if not self._inbox.leases.holds(connection, turn.owner, turn.contact):
            return False
        row = select(contacts.c.opted_out_at, contacts.c.handed_over_at).where(contacts.c.address == turn.contact)
        if any(connection.execute(row).one()) or self._inbox.is_leaving(connection, turn.contact):
            return False
        self._outbox.add(connection, [OutgoingMessage(turn.sid, PATIENCE, turn.contact, self._text)])
        return True
