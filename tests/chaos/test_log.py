"""The conversation log keeps every turn once, whatever becomes of its database and of its process."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from connectors.database import open_engine
from connectors.schema import upgrade
from tests.chaos.conftest import FULL, SEED
from tests.chaos.databases import Database, database
from tests.servers import Unavailable

ROOT = Path(__file__).resolve().parents[2]
PER_SECOND = 20
OUTAGE, KILLS, BETWEEN = (30.0, 20, (0.1, 4.0)) if FULL else (6.0, 4, (0.1, 1.5))


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    try:
        with database(request.param, tmp_path) as kept:
            upgrade(kept.url)
            yield kept
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture
def variables(kept: Database, tmp_path: Path) -> Mapping[str, str]:
    spool = {"LOG_SPOOL_FOLDER": str(tmp_path / "log_spool")}
    return {**os.environ, "DATABASE_URL": kept.url, "SQLALCHEMY_SILENCE_UBER_WARNING": "1", **spool}


class Publisher:
    """The process that publishes, from one start to its end."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._reading = asyncio.create_task(self._read())
        self.last = -1

    @classmethod
    async def start(cls, first: int, variables: Mapping[str, str]) -> Publisher:
        pipe = asyncio.subprocess.PIPE
        command = (sys.executable, "-W", "ignore", "-m", "tests.chaos.log_publisher", str(first), str(PER_SECOND))
        publisher = cls(
            await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, env=variables, cwd=ROOT)
        )
        while publisher.last < first:
            await asyncio.sleep(0.05)
            assert publisher._process.returncode is None
        return publisher

    async def kill(self) -> None:
        self._process.kill()
        await self._reading

    async def end(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        await self._reading
        assert await self._process.wait() == 0

    async def _read(self) -> None:
        assert self._process.stdout
        async for line in self._process.stdout:
            if line.strip().isdigit():
                self.last = int(line)


def logged(kept: Database) -> list[int]:
    engine = open_engine(kept.url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT message_id FROM conversation_logs ORDER BY message_id")).scalars()
        numbers = [int(sid.removeprefix("SM")) for sid in found]
    engine.dispose()
    return numbers


async def test_a_database_that_is_away_costs_no_turn(kept: Database, variables: Mapping[str, str]) -> None:
    publisher = await Publisher.start(0, variables)
    before = publisher.last
    await kept.refuse(OUTAGE)
    during = publisher.last - before
    await asyncio.sleep(1)
    await publisher.end()

    assert during > OUTAGE * PER_SECOND / 4
    assert logged(kept) == list(range(publisher.last + 1))


async def test_a_process_that_is_killed_again_and_again_loses_nothing_it_had_taken(
    kept: Database, variables: Mapping[str, str]
) -> None:
    dice = Random(f"{SEED} log")
    first = 0
    for _ in range(KILLS):
        publisher = await Publisher.start(first, variables)
        await asyncio.sleep(dice.uniform(*BETWEEN))
        await publisher.kill()
        # The turn that it was in is done again, as the inbox has it.
        first = publisher.last + 1
    publisher = await Publisher.start(first, variables)
    await publisher.end()

    assert logged(kept) == list(range(publisher.last + 1))


async def test_a_process_killed_while_the_database_is_away_loses_nothing(
    kept: Database, variables: Mapping[str, str]
) -> None:
    publisher = await Publisher.start(0, variables)
    away = asyncio.create_task(kept.refuse(OUTAGE))
    await asyncio.sleep(OUTAGE / 3)
    await publisher.kill()
    following = await Publisher.start(publisher.last + 1, variables)
    await away
    await following.end()

    assert logged(kept) == list(range(following.last + 1))
