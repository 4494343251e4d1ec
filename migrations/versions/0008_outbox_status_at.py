"""Answers found by when something became of them, as the alerts look for them every few seconds."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INDEX = "ix_outbox_status_at"


def upgrade() -> None:
    # PostgreSQL makes it while servers go on writing, which it can outside of a transaction only: what was done
    # before is kept, and so is an index that was not finished, until the next attempt.
    with op.get_context().autocommit_block():
        op.drop_index(INDEX, "outbox", if_exists=True, postgresql_concurrently=True)
        op.create_index(INDEX, "outbox", ["status_at"], postgresql_concurrently=True)


def downgrade() -> None:
    op.drop_index(INDEX, "outbox")
