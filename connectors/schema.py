"""Bringing our own tables up to date."""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from connectors.database import PROJECT_ROOT, open_engine, resolve_url
from connectors.errors import SettingsError
from connectors.tables import metadata

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
    engine = open_engine(database_url)
    try:
        with engine.connect() as connection:
            check_revision(connection)
    finally:
        engine.dispose()


def check_revision(connection: Connection, *, newer_will_do: bool = False) -> None:
    """Make sure that the tables of a database that answers are up to date.

    Args:
        connection: The database.
        newer_will_do: Whether tables may be of a revision that is not known here: those of the version that is
            about to replace this one, which goes on until then.

    Raises:
        SettingsError: they are not; the message says what to do.
        SQLAlchemyError: the database cannot be asked.
    """
    found, head = MigrationContext.configure(connection).get_current_revision(), _head()
    is_newer = found is not None and found not in _known()
    if found != head and not (newer_will_do and is_newer):
        raise SettingsError(f"DATABASE_URL: its tables are at revision {found}, not {head}: run `make migrate`")


@cache
def _head() -> str | None:
    head: str | None = _scripts().get_current_head()
    return head


@cache
def _known() -> frozenset[str]:
    return frozenset(script.revision for script in _scripts().walk_revisions())


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(Config(str(PROJECT_ROOT / "alembic.ini")))


def upgrade(database_url: str) -> None:
    """Bring a database's tables up to date; changes nothing where they are."""
    config = Config(str(PROJECT_ROOT / "alembic.ini"))
    config.attributes["database_url"] = database_url
    with _one_at_a_time:
        command.upgrade(config, "head")


def is_ours(item: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Tell Alembic (`include_object`) whether a thing in the database is its business.

    Rasa looks after its own table (`events`), and a table's partitions go with the table.
    """
    return kind != "table" or name in metadata.tables
