"""Work that shares commits: what is promised of one job holds in a batch too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Connection, Engine, make_url

from connectors.database import open_engine, open_writer_engine
from connectors.errors import DatabaseUnavailable, NotStorable
from connectors.group_commit import GroupCommit
from connectors.right_of_way import RightOfWay
from tests.integration.connectors.databases import DIALECTS, database
from tests.servers import PostgreSQL, Unavailable
from tests.servers.shared import NO_POSTGRESQL


@pytest.fixture(params=DIALECTS)
async def engine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Engine]:
    with database(request.param, tmp_path, monkeypatch) as url:
        with open_engine(url, future=True).begin() as connection:
            connection.execute(text("CREATE TABLE notes (word VARCHAR(20) PRIMARY KEY)"))
        yield open_writer_engine(url)


@pytest.fixture
async def commit(engine: Engine) -> AsyncIterator[GroupCommit]:
    commit = GroupCommit(engine)
    yield commit
    await commit.close()


def note(word: str) -> Callable[[Connection], str]:
    def work(connection: Connection) -> str:
        connection.execute(text("INSERT INTO notes VALUES (:word)"), {"word": word})
        return word

    return work


def noted(connection: Connection) -> list[str]:
    return sorted(connection.execute(text("SELECT word FROM notes")).scalars())


async def only_reads(url: str, wish: str = "on") -> None:
    """Have a database's sessions only read, those that are open too, which end; or write again."""

    def tell() -> None:
        name = make_url(url).database
        writes_anyway = {"options": "-c default_transaction_read_only=off"}
        engine = open_engine(url, isolation_level="AUTOCOMMIT", connect_args=writes_anyway)
        with engine.connect() as connection:
            connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {wish}'))
            others = "datname = current_database() AND pid <> pg_backend_pid()"
            connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
        engine.dispose()

    await asyncio.to_thread(tell)


async def test_what_waits_together_is_committed_together(engine: Engine, commit: GroupCommit) -> None:
    commits: list[object] = []
    event.listen(engine, "commit", commits.append)

    answers = await asyncio.gather(*(commit.run(note(f"{n:02}")) for n in range(50)))

    assert answers == [f"{n:02}" for n in range(50)]
    assert await commit.run(noted) == answers
    assert len(commits) < 10


async def test_who_comes_while_others_are_just_coming_in_joins_them(engine: Engine, commit: GroupCommit) -> None:
    commits: list[object] = []
    event.listen(engine, "commit", commits.append)

    async def come(place: int) -> str:
        # Requests that are read in one round of the event loop after the other.
        for _ in range(2 * place):
            await asyncio.sleep(0)
        return await commit.run(note(f"{place:02}"))

    answers = await asyncio.gather(*(come(place) for place in range(20)))

    assert len(answers) == 20
    assert len(commits) == 1


async def test_items_for_the_same_work_are_handed_over_together_and_each_gets_its_own_result(
    commit: GroupCommit,
) -> None:
    calls: list[int] = []

    def work(connection: Connection, words: Sequence[str]) -> list[str]:
        calls.append(len(words))
        for word in words:
            note(word)(connection)
        return [word.upper() for word in words]

    words = [f"w{n:02}" for n in range(30)]
    assert await asyncio.gather(*(commit.run_with_others(work, word) for word in words)) == [w.upper() for w in words]
    assert sum(calls) == 30
    assert len(calls) < 10
    outcomes = await asyncio.gather(
        *(commit.run_with_others(work, word) for word in ("x", "w00", "y")), return_exceptions=True
    )
    assert [outcome if isinstance(outcome, str) else type(outcome) for outcome in outcomes] == [
        "X",
        NotStorable,
        "Y",
    ]


async def test_work_that_must_be_alone_shares_nothing(engine: Engine, commit: GroupCommit) -> None:
    commits: list[object] = []
    event.listen(engine, "commit", commits.append)
    await asyncio.gather(*(commit.run(note(f"{n}"), alone=True) for n in range(5)))
    assert len(commits) == 5


async def test_a_job_that_fails_takes_no_other_with_it(commit: GroupCommit) -> None:
    def broken(connection: Connection) -> None:
        note("half")(connection)
        raise KeyError("broken")

    jobs = [commit.run(note("a")), commit.run(broken), commit.run(note("a")), commit.run(note("b"))]
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)

    assert outcomes[0] == "a"
    assert isinstance(outcomes[1], KeyError)
    assert isinstance(outcomes[2], NotStorable), "the same word twice"
    assert outcomes[2].__cause__ is None, "the driver's words quote what was written"
    assert outcomes[3] == "b"
    assert await commit.run(noted) == ["a", "b"]


async def test_jobs_of_a_batch_are_done_in_the_order_of_what_they_lock(commit: GroupCommit) -> None:
    done: list[str] = []
    first = asyncio.ensure_future(commit.run(note("x")))
    await asyncio.sleep(0)
    await asyncio.gather(*(commit.run(lambda _, n=n: done.append(n), order=n) for n in ("c", "a", "b")), first)
    assert done == ["a", "b", "c"]


async def test_work_whose_caller_went_away_is_not_done(commit: GroupCommit) -> None:
    kept, gone = commit.run(note("kept")), commit.run(note("gone"))
    gone.cancel()
    await kept
    assert await commit.run(noted) == ["kept"]


async def test_work_that_its_caller_gave_up_is_not_done(commit: GroupCommit) -> None:
    given_up = commit.run(note("kept waiting"))
    given_up.set_exception(DatabaseUnavailable("too late"))
    other = commit.run(note("other"))

    assert await other == "other"
    assert await commit.run(noted) == ["other"]
    assert isinstance(given_up.exception(), DatabaseUnavailable)


async def test_a_batch_is_cut_short_for_whoever_has_the_right_of_way_and_all_of_it_is_done(engine: Engine) -> None:
    way, began = RightOfWay(), []
    event.listen(engine, "begin", began.append)
    commit = GroupCommit(engine, right_of_way=way)
    with ExitStack() as inside:

        def enter(connection: Connection) -> str:
            inside.enter_context(way.entered())
            return note("b")(connection)

        jobs = [commit.run(note("a"), order="1"), commit.run(enter, order="2"), commit.run(note("c"), order="3")]
        assert await jobs[1] == "b"
        assert not jobs[2].done()
        assert len(began) == 1
    assert await jobs[2] == "c"
    assert len(began) == 2
    await commit.close()


async def test_closing_does_what_waits_and_takes_nothing_more(engine: Engine) -> None:
    commit = GroupCommit(engine)
    waiting = asyncio.ensure_future(commit.run(note("last")))
    await asyncio.sleep(0)
    await commit.close()
    assert await waiting == "last"
    with pytest.raises(DatabaseUnavailable):
        await commit.run(note("late"))


async def test_a_server_that_is_away_is_said_to_be_and_waited_for_where_told() -> None:
    try:
        server = PostgreSQL()
    except Unavailable as reason:
        pytest.skip(str(reason))
    with server:
        commit = GroupCommit(open_writer_engine(server.url))
        await commit.run(lambda c: c.execute(text("CREATE TABLE notes (word VARCHAR(20) PRIMARY KEY)")))
        await asyncio.to_thread(server.stop)
        with pytest.raises(DatabaseUnavailable):
            await commit.run(note("refused"))
        insisting = asyncio.create_task(commit.insist(note("patient")))
        await asyncio.sleep(0.3)
        await asyncio.to_thread(server.start)
        assert await insisting == "patient"
        assert await commit.run(noted) == ["patient"]
        await commit.close()


@pytest.fixture
async def on_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[str, GroupCommit]]:
    """Gives a server's URL, and commits to its table of notes."""
    if NO_POSTGRESQL:
        pytest.skip(NO_POSTGRESQL)
    with database("postgresql", tmp_path, monkeypatch) as url:
        commit = GroupCommit(open_writer_engine(url))
        await commit.run(lambda c: c.execute(text("CREATE TABLE notes (word VARCHAR(20) PRIMARY KEY)")))
        yield url, commit
        await commit.close()


async def test_a_connection_that_a_failover_left_on_a_server_that_only_reads_is_given_up(
    on_postgresql: tuple[str, GroupCommit],
) -> None:
    _, commit = on_postgresql
    await commit.run(lambda c: c.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")))

    outcomes = await asyncio.gather(*(commit.run(note(word)) for word in "ab"))

    assert outcomes == ["a", "b"]
    assert await commit.run(noted) == ["a", "b"]


async def test_a_server_that_takes_no_writes_is_away_and_waited_for_where_told(
    on_postgresql: tuple[str, GroupCommit],
) -> None:
    url, commit = on_postgresql
    await only_reads(url)
    with pytest.raises(DatabaseUnavailable):
        await commit.run(note("refused"))
    insisting = asyncio.create_task(commit.insist(note("patient")))
    await asyncio.sleep(0.3)
    await only_reads(url, "off")
    assert await insisting == "patient"
    assert await commit.run(noted) == ["patient"]
