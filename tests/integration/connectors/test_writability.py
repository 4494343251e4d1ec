"""A database that answers and takes no writes is not well, for whoever asks."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import make_url

from connectors.alerts.watch import Watch
from connectors.database import open_engine
from connectors.metrics import Metrics
from connectors.orchestrator.health import Health, Part
from connectors.orchestrator.parts import Parts
from connectors.present import Observer
from connectors.write_queue import turn_to_write
from tests.integration.connectors.alert_world import settings_of


@contextmanager
def no_writes(url: str) -> Iterator[None]:
    """Keep a database from taking writes: by another one's on SQLite, on PostgreSQL by making it read-only."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(str(make_url(url).database), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
        return
    only_read(url, "on")
    yield
    only_read(url, "off")


def only_read(url: str, wish: str) -> None:
    writes_anyway = {"options": "-c default_transaction_read_only=off"}
    engine = open_engine(url, isolation_level="AUTOCOMMIT", connect_args=writes_anyway)
    with engine.connect() as connection:
        name = make_url(url).database
        connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {wish}'))
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
    engine.dispose()


@pytest.fixture
def parts(database_url: str) -> Parts:
    assistant: Any = SimpleNamespace()
    return Parts(settings_of(database_url), assistant)


def rows(url: str) -> int:
    engine = open_engine(url, future=True)
    with engine.connect() as connection:
        count: int = connection.execute(text("SELECT count(*) FROM reconciliations")).scalar_one()
    engine.dispose()
    return count


async def test_health_says_so_in_time_and_leaves_nothing_behind(database_url: str, parts: Parts) -> None:
    assert (await parts._database()).ok
    with no_writes(database_url):
        began = time.monotonic()
        found = await parts._database()
        assert (found.ok, found.error) == (False, "takes no writes")
        assert time.monotonic() - began < 2
    assert (await parts._database()).ok
    assert rows(database_url) == 0
    await parts.aclose()


async def test_a_writer_of_this_process_that_keeps_its_turn_is_not_waited_for(database_url: str, parts: Parts) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("only SQLite has a queue")
    over, begun = threading.Event(), threading.Event()

    def keep() -> None:
        with turn_to_write(parts._engine.url):
            begun.set()
            over.wait(10)

    keeping = asyncio.create_task(asyncio.to_thread(keep))
    await asyncio.to_thread(begun.wait)
    assert (await parts._database()).error == "takes no writes"
    over.set()
    await keeping
    assert (await parts._database()).ok
    await parts.aclose()


async def test_a_connection_that_was_left_on_a_server_that_only_reads_proves_nothing(
    database_url: str, parts: Parts
) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("only servers are replaced")
    with parts._engine.connect() as connection:
        connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
        connection.connection.commit()
    assert (await parts._database()).ok
    await parts.aclose()


async def test_a_table_that_is_locked_is_not_waited_for(database_url: str, parts: Parts) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite locks no tables")
    other = open_engine(database_url, future=True)
    with other.begin() as connection:
        connection.execute(text("LOCK TABLE reconciliations IN SHARE MODE"))
        assert (await parts._database()).error == "takes no writes"
    other.dispose()
    await parts.aclose()


async def test_the_metric_follows(database_url: str) -> None:
    observer = Observer(database_url, Metrics())
    assert await up(observer) == 1
    with no_writes(database_url):
        assert await up(observer) == 0
    assert await up(observer) == 1
    await asyncio.to_thread(observer.close)


async def up(observer: Observer) -> float:
    families = {family.name: family for family in (await observer.look()).families()}
    return float(families["orquestador_database_up"].samples[0].value)


async def test_the_alert_follows(database_url: str, parts: Parts) -> None:
    told: list[str] = []

    class Notifier:
        async def send(self, message: dict[str, Any]) -> None:
            told.append(message["text"])

        async def aclose(self) -> None:
            pass

    notifier: Any = Notifier()
    health = Health([Part("database", True, parts._database)])
    watch = Watch(settings_of(database_url), health.check, notifier=notifier)
    with no_writes(database_url):
        for _ in range(2):
            await watch.look()
            # Health is found anew after a second.
            await asyncio.sleep(1.1)
    assert told[0].startswith("🔴 The database does not work")
    assert "takes no writes" in told[0]
    await watch.stop()
    await parts.aclose()


async def test_it_costs_one_row_that_is_taken_back(database_url: str, parts: Parts) -> None:
    statements: list[str] = []
    event.listen(parts._engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
    event.listen(parts._engine, "commit", lambda _: statements.append("COMMIT"))
    await parts._database()
    assert sum(statement.startswith("INSERT") for statement in statements) == 1
    assert "COMMIT" not in statements
    await parts.aclose()
