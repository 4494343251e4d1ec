"""One running system a database, which all scenarios share, and crowds of customers for it.

`CHAOS_FULL=1` makes every scenario long: twenty kills among twenty customers. `CHAOS_SEED=…` repeats the moments,
pauses and questions of an earlier run, as far as machines repeat anything.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any

import pytest
import pytest_asyncio

from tests.chaos.agenda import Calendar
from tests.chaos.customers import Booker, Crowd, Customer, HastyQuestioner, Questioner
from tests.chaos.databases import Database, database
from tests.chaos.records import Records
from tests.chaos.world import Replica, World
from tests.servers import Unavailable

SEED = os.environ.get("CHAOS_SEED") or str(Random().randrange(10**6))
FULL = bool(os.environ.get("CHAOS_FULL"))

BURSTS = {"WHATSAPP_BURST_SECONDS": "0.5"}

_numbers = count(5215560000001)


@dataclass(frozen=True)
class Length:
    """How long the scenarios are.

    Attributes:
        kills: how often the process is killed among customers who ask and book.
        questioners: how many customers ask, in each scenario.
        bookers: how many customers book, in each scenario.
        bookings: how often each of them does, at most.
        pace: the shortest and the longest pause of a customer, in seconds.
        phase: how many seconds a fault of Twilio lasts.
        outage: how many seconds the database refuses to work.
    """

    kills: int
    questioners: int
    bookers: int
    bookings: int
    pace: tuple[float, float]
    phase: float
    outage: float


SHORT_LENGTH = Length(kills=1, questioners=4, bookers=2, bookings=2, pace=(0.4, 4.0), phase=4.0, outage=10.0)
FULL_LENGTH = Length(kills=20, questioners=14, bookers=6, bookings=6, pace=(1.0, 9.0), phase=10.0, outage=10.0)


@dataclass
class Scene:
    """What a scenario plays with.

    Attributes:
        world: the running system, with at least one Rasa process alive.
        database: what it keeps its conversations in.
        dice: decides when things happen.
    """

    world: World
    database: Database
    records: Records
    calendar: Calendar
    length: Length
    dice: Random

    def crowd(self) -> Crowd:
        """Gives new customers, some who ask and some who book."""
        bookers = [self._customer(Booker, bookings=self.length.bookings) for _ in range(self.length.bookers)]
        return Crowd([*(self._customer(Questioner) for _ in range(self.length.questioners)), *bookers])

    def hasty_crowd(self) -> Crowd:
        """Gives new customers who write everything in two messages."""
        return Crowd([self._customer(HastyQuestioner) for _ in range(self.length.questioners)])

    def _customer(self, kind: Callable[..., Customer], **details: Any) -> Customer:
        number = f"+{next(_numbers)}"
        dice = Random(f"{SEED} {number}")
        return kind(self.world.sandbox, number, dice, self.calendar, self.length.pace, **details)


def pytest_report_header() -> str:
    """Says how to repeat the run."""
    return f"chaos: CHAOS_SEED={SEED}" + (" CHAOS_FULL=1" if FULL else "; CHAOS_FULL=1 makes it long")


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def kept_in(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The database of one system."""
    try:
        with database(request.param, tmp_path_factory.mktemp("database")) as kept:
            yield kept
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def started(kept_in: Database, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[World, Calendar]]:
    """The running system."""
    world = World(tmp_path_factory.mktemp("system"), kept_in.url)
    try:
        await world.start()
        # The tests with bursts come first.
        await world.replica(**BURSTS)
        yield world, await Calendar.read(world)
    finally:
        await world.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def scene(
    request: pytest.FixtureRequest, kept_in: Database, started: tuple[World, Calendar]
) -> AsyncIterator[Scene]:
    """The running system, well again whatever the scenario before left behind; each message is a turn."""
    async with _scene(request, kept_in, started, {}) as ready:
        yield ready


@pytest_asyncio.fixture(loop_scope="session")
async def scene_with_bursts(
    request: pytest.FixtureRequest, kept_in: Database, started: tuple[World, Calendar]
) -> AsyncIterator[Scene]:
    """The same, but messages that come shortly after one another are answered together."""
    async with _scene(request, kept_in, started, BURSTS) as ready:
        yield ready


@asynccontextmanager
async def _scene(
    request: pytest.FixtureRequest, kept_in: Database, started: tuple[World, Calendar], settings: Mapping[str, str]
) -> AsyncIterator[Scene]:
    world, calendar = started
    request.node.stash[_WORLD] = world
    await world.faults()
    await _have_started(world.replicas[0], settings)
    records = Records(kept_in.url)
    dice = Random(f"{SEED} {request.node.name}")
    try:
        yield Scene(world, kept_in, records, calendar, FULL_LENGTH if FULL else SHORT_LENGTH, dice)
    finally:
        records.close()
        await world.faults()


async def _have_started(replica: Replica, settings: Mapping[str, str]) -> None:
    if replica.is_alive and replica.settings == settings:
        return
    await replica.kill()
    await replica.start(**settings)


_WORLD = pytest.StashKey[World]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows the end of every part's output beside a failure."""
    report = yield
    world = item.stash.get(_WORLD, None)
    if report.failed and world is not None:
        report.sections.append(("chaos", f"CHAOS_SEED={SEED}"))
        report.sections.extend(world.log_tails().items())
    return report
