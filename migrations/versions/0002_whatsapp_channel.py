"""The WhatsApp channel's contacts, inbox and outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("address", sa.Text, primary_key=True),
        sa.Column("turn_due_at", MOMENT),
        sa.Column("turn_owner", sa.Text),
        sa.Column("turn_leased_until", MOMENT),
        sa.Column("send_due_at", MOMENT),
        sa.Column("send_owner", sa.Text),
        sa.Column("send_leased_until", MOMENT),
        sa.Column("opted_out_at", MOMENT),
    )
    op.create_index("ix_contacts_turn_due_at", "contacts", ["turn_due_at"])
    op.create_index("ix_contacts_send_due_at", "contacts", ["send_due_at"])
    op.create_table(
        "reconciliations",
        sa.Column("address", sa.Text, primary_key=True),
        sa.Column("looked_until", MOMENT, nullable=False),
    )
    op.create_table(
        "inbox",
        sa.Column("position", POSITION, primary_key=True, autoincrement=True),
        sa.Column("message_sid", sa.Text, nullable=False, unique=True),
        sa.Column("contact", sa.Text, nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("turn_sid", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
    )
    op.create_index("ix_inbox_contact_status_position", "inbox", ["contact", "status", "position"])
    op.create_index("ix_inbox_status", "inbox", ["status"])
    op.create_index("ix_inbox_turn_sid", "inbox", ["turn_sid"])
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"])
    op.create_table(
        "outbox",
        sa.Column("position", POSITION, primary_key=True, autoincrement=True),
        sa.Column("turn_sid", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("contact", sa.Text, nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("twilio_sid", sa.Text, unique=True),
        sa.Column("error_code", sa.Integer),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("attempted_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("status_at", MOMENT, nullable=False),
        sa.UniqueConstraint("turn_sid", "number", name="uq_outbox_turn_sid_number"),
    )
    op.create_index("ix_outbox_contact_position", "outbox", ["contact", "position"])
    op.create_index("ix_outbox_status", "outbox", ["status"])


def downgrade() -> None:
    op.drop_table("outbox")
    op.drop_table("inbox")
    op.drop_table("reconciliations")
    op.drop_table("contacts")
