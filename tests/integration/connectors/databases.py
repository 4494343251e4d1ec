"""Databases for tests: SQLite, and PostgreSQL where there is one for this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from connectors.settings import get_settings
from tests.servers.shared import DIALECTS, postgresql_database

ROOT = Path(__file__).resolve().parents[3]
__all__ = ["DIALECTS", "ROOT", "database", "migrate", "unmigrate"]


@contextmanager
def database(dialect: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Make `DATABASE_URL` name an empty database that is gone afterwards."""
    with _sqlite(folder) if dialect == "sqlite" else postgresql_database() as url:
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("LOG_SPOOL_FOLDER", str(folder / "log_spool"))
        get_settings.cache_clear()
        yield url
    get_settings.cache_clear()


def migrate(revision: str = "head") -> None:
    config = Config(str(ROOT / "alembic.ini"))
    command.upgrade(config, revision)


def unmigrate() -> None:
    command.downgrade(Config(str(ROOT / "alembic.ini")), "base")


@contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder}/new/folder/test.db"
