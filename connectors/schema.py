"""Bringing our own tables up to date."""

from __future__ import annotations

import threading

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from connectors.database import PROJECT_ROOT, open_engine, resolve_url
from connectors.errors import SettingsError

# Alembic keeps what it works on in module-level proxies.
_one_at_a_time = threading.Lock()


def prepare(database_url: str) -> None:
    """Make the tables of an SQLite file, so that every `rasa` command works in a fresh clone.

    A database server's tables are its operator's (`make migrate`).
    """
    if resolve_url(database_url).get_backend_name() == "sqlite":
        upgrade(database_url)


def require(database_url: str) -> None:
    """Make sure that a database's tables are up to date.

    Raises:
        SettingsError: they are not; the message says what to do.
        SQLAlchemyError: the database cannot be asked.
    """
    head = ScriptDirectory.from_config(Config(str(PROJECT_ROOT / "alembic.ini"))).get_current_head()
    engine = open_engine(database_url)
    try:
        with engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    if found != head:
        raise SettingsError(f"DATABASE_URL: its tables are at revision {found}, not {head}: run `make migrate`")


def upgrade(database_url: str) -> None:
    """Bring a database's tables up to date; changes nothing where they are."""
    config = Config(str(PROJECT_ROOT / "alembic.ini"))
    config.attributes["database_url"] = database_url
    with _one_at_a_time:
        command.upgrade(config, "head")
