"""How much of a contact is answered and how often an address is told no, in one process and through Redis."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import time_machine
from valkey import Valkey

from connectors.settings import Settings
from connectors.whatsapp.limiting import LOOK_AGAIN_SECONDS, Counts, Limits, Verdict
from tests.servers import Redis
from tests.servers.shared import needs_redis

ANA, LUIS = "whatsapp:+5215512345678", "whatsapp:+5215587654321"
STORES = ["memory", pytest.param("redis", marks=needs_redis)]
MakeLimits = Callable[..., Limits]
REDIS_SAYS = b"-LOADING the dataset is being read\r\n"


def settings(**chosen: object) -> Settings:
    return Settings(**{"whatsapp_contact_limit": "3/hour", "whatsapp_address_limit": "3/hour", **chosen})


@pytest.fixture
async def limits_of(request: pytest.FixtureRequest) -> AsyncIterator[MakeLimits]:
    """Makes limits of the given settings, each as another replica would."""
    url = request.getfixturevalue("redis_url") if getattr(request, "param", "redis") == "redis" else None
    made: list[Limits] = []

    def make(**chosen: object) -> Limits:
        made.append(Limits(settings(redis_url=url, **chosen)))
        return made[-1]

    yield make
    for limits in made:
        await limits.aclose()


def each_store() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("limits_of", STORES, indirect=True)


async def verdicts(limits: Limits, count: int, contact: str = ANA) -> list[Verdict]:
    return [await limits.contact(contact) for _ in range(count)]


ONE_HOUR = [*[Verdict.ALLOWED] * 3, Verdict.NOTICE, Verdict.SILENT, Verdict.SILENT]


@each_store()
async def test_who_writes_too_much_is_told_so_once_and_nobody_else_waits(limits_of: MakeLimits) -> None:
    limits = limits_of()
    assert await verdicts(limits, 6) == ONE_HOUR
    assert await verdicts(limits, 6, LUIS) == ONE_HOUR


@each_store()
async def test_of_many_messages_at_once_exactly_one_gets_the_notice(limits_of: MakeLimits) -> None:
    limits = limits_of()
    found = await asyncio.gather(*(limits.contact(ANA) for _ in range(20)))
    assert [found.count(verdict) for verdict in Verdict] == [3, 1, 16]


@each_store()
async def test_a_limit_that_is_off_holds_nobody(limits_of: MakeLimits) -> None:
    limits = limits_of(whatsapp_contact_limit="off", whatsapp_address_limit="off")
    assert set(await verdicts(limits, 100)) == {Verdict.ALLOWED}
    assert not any([await limits.note_refusal("203.0.113.7") for _ in range(100)])


async def test_the_next_window_answers_again_and_tells_again() -> None:
    limits = Limits(settings())
    with time_machine.travel("2026-11-20 10:00:00Z", tick=False) as traveller:
        assert await verdicts(limits, 6) == ONE_HOUR
        traveller.shift(3601)
        assert await verdicts(limits, 6) == ONE_HOUR


@each_store()
async def test_an_address_that_was_refused_too_often_is_told_apart(limits_of: MakeLimits) -> None:
    limits = limits_of()
    refused = [await limits.note_refusal("203.0.113.7") for _ in range(5)]
    assert refused == [False, False, False, True, True]
    assert not await limits.note_refusal("203.0.113.8")
    assert await limits.contact("203.0.113.7") is Verdict.ALLOWED


@each_store()
async def test_the_ipv6_addresses_of_one_network_count_as_one(limits_of: MakeLimits) -> None:
    limits = limits_of()
    refused = [await limits.note_refusal(f"2001:db8:0:1::{n:x}") for n in range(4)]
    assert refused == [False, False, False, True]
    assert not await limits.note_refusal("2001:db8:0:2::1")
    mapped = [await limits.note_refusal(f"::ffff:203.0.113.{n}") for n in range(4)]
    assert mapped == [False] * 4


@needs_redis
async def test_replicas_count_together(limits_of: MakeLimits) -> None:
    first, second = limits_of(), limits_of()
    found = [await limits.contact(ANA) for limits in (first, second, first, second, first)]
    assert found == ONE_HOUR[:5]
    refused = [await limits.note_refusal("203.0.113.7") for limits in (first, second, first, second)]
    assert refused == [False, False, False, True]


@needs_redis
async def test_redis_neither_learns_who_writes_nor_keeps_it(limits_of: MakeLimits, redis_url: str) -> None:
    limits = limits_of()
    await limits.contact(ANA)
    await limits.note_refusal("203.0.113.7")
    with Valkey.from_url(redis_url, decode_responses=True) as redis:
        keys = redis.keys("*")
        kept = [redis.ttl(key) for key in keys]
    assert len(keys) == 2
    assert not [key for key in keys if "5512345678" in key or "203.0.113" in key]
    assert all(0 < seconds <= 3600 for seconds in kept)


class Clock:
    """Moves when it is told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def strange_redis(answer: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Serve what takes every request and gives one answer, or none if it is empty; give its URL and the requests."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(b"")
        while request := await reader.read(65_536):
            asked[-1] += request
            writer.write(answer * max(1, request.count(b"\r\n*")))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"redis://:s3cret@127.0.0.1:{server.sockets[0].getsockname()[1]}/0", asked


@pytest.mark.parametrize("answer", [b"", REDIS_SAYS, b"-NOAUTH no\r\n", b"-OOM full\r\n", b"?"])
async def test_nobody_waits_for_a_redis_that_does_not_work(answer: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async with strange_redis(answer) as (url, connections):
        clock = Clock()
        counts = Counts(url, clock=clock)
        limits = Limits(settings(redis_url=url), counts)
        assert set(await verdicts(limits, 20)) == {Verdict.ALLOWED}
        assert not any([await limits.note_refusal("203.0.113.7") for _ in range(20)])
        assert len(connections) == 1
        clock.now += LOOK_AGAIN_SECONDS
        await asyncio.gather(*(limits.contact(ANA) for _ in range(20)))
        assert len(connections) == 2
        await limits.aclose()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert caplog.text.count("Redis is away") == 1
    assert "s3cret" not in caplog.text


@needs_redis
async def test_limits_hold_again_when_redis_is_back(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with Redis() as server:
        clock = Clock()
        limits = Limits(settings(), Counts(server.url, clock=clock))
        assert await verdicts(limits, 2) == ONE_HOUR[:2]
        await asyncio.to_thread(server.stop)
        assert set(await verdicts(limits, 20)) == {Verdict.ALLOWED}
        await asyncio.to_thread(server.start)
        clock.now += LOOK_AGAIN_SECONDS
        assert await verdicts(limits, 4) == ONE_HOUR[2:]
        await limits.aclose()
    said = [record.getMessage() for record in caplog.records]
    assert [text.split(",")[0] for text in said] == ["Redis is away", "Redis is back"]


@needs_redis
async def test_who_is_cancelled_ends_there_and_leaves_the_counts_usable(limits_of: MakeLimits) -> None:
    limits = limits_of()
    for steps in range(60):
        task = asyncio.create_task(limits.contact(LUIS))
        for _ in range(steps % 20):
            await asyncio.sleep(0)
        was_done = task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled() or was_done
    assert await verdicts(limits, 6) == ONE_HOUR
