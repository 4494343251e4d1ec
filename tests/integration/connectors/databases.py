"""Databases for tests: SQLite always, PostgreSQL where `TEST_DATABASE_URL` names one."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from connectors.settings import get_settings

ROOT = Path(__file__).resolve().parents[3]
TEST_DATABASE_URL = os.environ.get("TEST_DATABASE_URL")

DIALECTS = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.skipif(not TEST_DATABASE_URL, reason="TEST_DATABASE_URL is unset")),
]


@contextmanager
def database(dialect: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Make `DATABASE_URL` name an empty database that is gone afterwards."""
    with _sqlite(folder) if dialect == "sqlite" else _postgresql() as url:
        monkeypatch.setenv("DATABASE_URL", url)
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


@contextmanager
def _postgresql() -> Iterator[str]:
    assert TEST_DATABASE_URL
    schema = f"test_{uuid.uuid4().hex}"
    engine = create_engine(TEST_DATABASE_URL, future=True)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    url = make_url(TEST_DATABASE_URL).update_query_dict({"options": f"-csearch_path={schema}"})
    yield url.render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()
