"""The tables of the channel: who writes, what came in, and what goes out."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, UniqueConstraint

from connectors.tables import Json, UtcDateTime, metadata

# SQLite counts up by itself only in a primary key that is called INTEGER.
Position = BigInteger().with_variant(Integer(), "sqlite")

contacts = Table(
    "contacts",
    metadata,
    Column("address", Text, primary_key=True),
    # When somebody should look after the contact's turns, or sends; NULL while nothing waits.
    Column("turn_due_at", UtcDateTime),
    Column("turn_owner", Text),
    Column("turn_leased_until", UtcDateTime),
    Column("send_due_at", UtcDateTime),
    Column("send_owner", Text),
    Column("send_leased_until", UtcDateTime),
    Column("opted_out_at", UtcDateTime),
    # Since when a person looks after the contact instead of the assistant.
    Column("handed_over_at", UtcDateTime),
    Index("ix_contacts_turn_due_at", "turn_due_at"),
    Index("ix_contacts_send_due_at", "send_due_at"),
)

reconciliations = Table(
    "reconciliations",
    metadata,
    # Our own address: a row for each number.
    Column("address", Text, primary_key=True),
    # Every message that Twilio received before then is in the inbox.
    Column("looked_until", UtcDateTime, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("position", Position, primary_key=True, autoincrement=True),
    Column("message_sid", Text, nullable=False, unique=True),
    Column("contact", Text, nullable=False),
    Column("content", Json, nullable=False),
    Column("status", Text, nullable=False),
    # The MessageSid of the first message of the turn that this one belongs to, once it belongs to one.
    Column("turn_sid", Text),
    Column("attempts", Integer, nullable=False, default=0),
    Column("error", Text),
    Column("source", Text, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Index("ix_inbox_contact_status_position", "contact", "status", "position"),
    Index("ix_inbox_status", "status"),
    Index("ix_inbox_turn_sid", "turn_sid"),
    Index("ix_inbox_received_at", "received_at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("position", Position, primary_key=True, autoincrement=True),
    Column("turn_sid", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("contact", Text, nullable=False),
    Column("content", Json, nullable=False),
    Column("status", Text, nullable=False),
    Column("twilio_sid", Text, unique=True),
    Column("error_code", Integer),
    Column("attempts", Integer, nullable=False, default=0),
    Column("attempted_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("status_at", UtcDateTime, nullable=False),
    UniqueConstraint("turn_sid", "number", name="uq_outbox_turn_sid_number"),
    Index("ix_outbox_contact_position", "contact", "position"),
    Index("ix_outbox_status", "status"),
    Index("ix_outbox_status_at", "status_at"),
)
