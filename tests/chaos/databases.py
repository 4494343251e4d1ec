"""Databases that can refuse to work for a while."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.servers import PostgreSQL


class Database(Protocol):
    """A database that the system keeps its conversations in."""

    @property
    def url(self) -> str:
        """Its URL."""
        ...

    async def refuse(self, seconds: float) -> None:
        """Lets nobody write for so long."""
        ...


@dataclass
class SqliteFile:
    """A file that somebody else locks."""

    path: Path

    @property
    def url(self) -> str:
        """The file's URL."""
        return f"sqlite:///{self.path}"

    async def refuse(self, seconds: float) -> None:
        """Holds the file's only lock for so long."""
        other = sqlite3.connect(self.path, isolation_level=None, timeout=30.0, check_same_thread=False)
        try:
            await asyncio.to_thread(other.execute, "BEGIN EXCLUSIVE")
            await asyncio.sleep(seconds)
            other.execute("ROLLBACK")
        finally:
            other.close()


@dataclass
class Server:
    """A database of a PostgreSQL server of our own, in which a commit is on disk when it returns."""

    server: PostgreSQL
    url: str

    async def refuse(self, seconds: float) -> None:
        """Stops the server for so long."""
        await asyncio.to_thread(self.server.stop)
        try:
            await asyncio.sleep(seconds)
        finally:
            await asyncio.to_thread(self.server.start)


@contextmanager
def database(name: str, folder: Path) -> Iterator[Database]:
    """Gives an empty database of the kind, "sqlite" or "postgresql"."""
    if name == "sqlite":
        yield SqliteFile(folder / "orquestador.db")
    else:
        with PostgreSQL(durable=True) as server:
            yield Server(server, server.create_database())
