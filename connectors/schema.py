"""Bringing our own tables up to date."""

from __future__ import annotations

from alembic import command
from alembic.config import Config

from connectors.database import PROJECT_ROOT


def upgrade() -> None:
    """Bring the tables of `DATABASE_URL` up to date; changes nothing where they are."""
    command.upgrade(Config(str(PROJECT_ROOT / "alembic.ini")), "head")
