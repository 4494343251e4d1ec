"""How fast messages are sent, on a clock that moves only when somebody sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import pairwise

import pytest
from limits import RateLimitItemPerHour

from connectors.settings import Settings
from connectors.whatsapp import pacing
from connectors.whatsapp.limiting import Counts
from connectors.whatsapp.pacing import Pacer
from tests.servers.shared import needs_redis


class Time:
    """A clock that jumps ahead as soon as all that could run has run."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept = 0
        self.on_wake: Callable[[], object] = lambda: None

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        wake_at = self.now + seconds
        self.slept += 1
        await self._others()
        self.now = max(self.now, wake_at)
        self.on_wake()
        await self._others()

    async def _others(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


def make(time: Time, counts: Counts | None = None, **settings: object) -> Pacer:
    chosen = Settings(**{"whatsapp_sends_per_second": 10, **settings})
    return Pacer(chosen, counts, clock=time, sleep=time.sleep)


class Senders:
    """Several who want to send; who went when is kept."""

    def __init__(self, time: Time, pacer: Pacer) -> None:
        self.went: list[tuple[str, float]] = []
        self._time = time
        self._pacer = pacer

    def start(self, *names: str) -> list[asyncio.Task[None]]:
        return [asyncio.create_task(self._send(name)) for name in names]

    async def _send(self, name: str) -> None:
        await self._pacer.turn()
        self.went.append((name, self._time.now))

    @property
    def names(self) -> str:
        return "".join(name for name, _ in self.went)

    @property
    def times(self) -> list[float]:
        return [time for _, time in self.went]


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def senders(time: Time) -> Senders:
    return Senders(time, make(time))


async def test_no_second_holds_more_turns_than_the_rate(time: Time, senders: Senders) -> None:
    await asyncio.gather(*senders.start(*"abcdefghijklmnopqrstuvwxyz"))
    assert len(senders.went) == 26
    for start in senders.times:
        assert len([at for at in senders.times if start <= at < start + 0.999]) <= 10
    # … and no fewer than it allows.
    assert senders.times[-1] - senders.times[0] == pytest.approx(2.5)


async def test_the_first_who_comes_goes_first(senders: Senders) -> None:
    tasks = senders.start(*"abc")
    await asyncio.sleep(0)
    tasks += senders.start(*"def")
    await asyncio.gather(*tasks)
    assert senders.names == "abcdef"


async def test_who_comes_when_a_turn_is_free_goes_behind_those_who_wait(time: Time, senders: Senders) -> None:
    late = iter("vwxyz")
    later: list[asyncio.Task[None]] = []
    time.on_wake = lambda: later.extend(senders.start(next(late, "-")))
    await asyncio.gather(*senders.start(*"abcd"))
    assert senders.names == "abcd"
    time.on_wake = lambda: None
    await asyncio.gather(*later)
    assert senders.names == "abcdvwx"


async def test_who_comes_after_a_quiet_time_goes_at_once_and_saves_nothing_up(time: Time, senders: Senders) -> None:
    await asyncio.gather(*senders.start("a"))
    time.now += 60
    await asyncio.gather(*senders.start(*"bcd"))
    assert senders.times == pytest.approx([1000, 1060, 1060.1, 1060.2])


@pytest.mark.parametrize("leaving", [0, 1, 2, 3, 5])
async def test_who_gives_up_takes_nobodys_turn(leaving: int, senders: Senders) -> None:
    await asyncio.gather(*senders.start("-"))
    tasks = senders.start(*"abcdef")
    for _ in range(3):
        await asyncio.sleep(0)
    tasks[leaving].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert senders.names == "-" + "abcdef".replace("abcdef"[leaving], "")
    assert max(later - earlier for earlier, later in pairwise(senders.times)) < 0.201


async def test_nobody_goes_in_a_pause(time: Time) -> None:
    pacer = make(time)
    senders = Senders(time, pacer)
    pacer.pause(7)
    await asyncio.gather(*senders.start(*"ab"))
    assert senders.times == pytest.approx([1007, 1007.1])


async def test_a_pause_holds_those_who_wait_already_and_a_shorter_one_does_not_end_it(time: Time) -> None:
    pacer = make(time)
    senders = Senders(time, pacer)
    tasks = senders.start(*"abc")
    await asyncio.gather(*tasks[:2])
    pacer.pause(30)
    pacer.pause(1)
    pacer.pause(-5)
    paused_at = time.now
    await asyncio.gather(*tasks)
    assert senders.names == "abc"
    assert senders.times[2] >= paused_at + 30


class Hours:
    """Two replicas on one Redis that allows three turns an hour, so that no real second ends while it is looked at."""

    def __init__(self, url: str, **second: object) -> None:
        self.times = [Time(), Time()]
        self.counts = [Counts(url), Counts(url)]
        both = [{}, second]
        self.pacers = [
            make(*parts, whatsapp_sends_per_second=3, **more)
            for *parts, more in zip(self.times, self.counts, both, strict=True)
        ]

    async def turns(self, place: int, wanted: int) -> int:
        """Return how many turns one replica gets before it waits again and again."""
        for got in range(wanted):
            task = asyncio.create_task(self.pacers[place].turn())
            slept = self.times[place].slept
            for _ in range(10_000):
                if task.done() or self.times[place].slept > slept + 5:
                    break
                await asyncio.sleep(0.001)
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                return got
        return wanted

    async def aclose(self) -> None:
        for counts in self.counts:
            await counts.aclose()


@pytest.fixture
async def hourly(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Hours]]:
    monkeypatch.setattr(pacing, "RateLimitItemPerSecond", RateLimitItemPerHour)
    made: list[Hours] = []
    yield made
    for hours in made:
        await hours.aclose()


@needs_redis
async def test_replicas_keep_to_one_rate_together(redis_url: str, hourly: list[Hours]) -> None:
    hours = Hours(redis_url)
    hourly.append(hours)
    assert await hours.turns(0, 2) == 2
    assert await hours.turns(1, 2) == 1
    assert await hours.turns(0, 1) == 0


@needs_redis
async def test_another_number_has_a_rate_of_its_own(redis_url: str, hourly: list[Hours]) -> None:
    hours = Hours(redis_url, twilio_phone_number="+15005550001")
    hourly.append(hours)
    assert await hours.turns(0, 4) == 3
    assert await hours.turns(1, 4) == 3


async def test_without_redis_a_replica_keeps_to_the_rate_alone(time: Time, caplog: pytest.LogCaptureFixture) -> None:
    away = Counts("redis://127.0.0.1:1/0", clock=time)
    senders = Senders(time, make(time, away))
    await asyncio.gather(*senders.start(*"abcdefghijkl"))
    assert senders.times[-1] - senders.times[0] == pytest.approx(1.1)
    assert caplog.text.count("Redis is away") == 1
    await away.aclose()
