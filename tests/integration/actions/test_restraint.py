"""A bad day of the business system stays its own: deadlines, a bulkhead and a circuit breaker, seen from outside."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest

from actions.errors import NotFound, ServiceUnavailable
from actions.internal_api import restraint
from actions.internal_api.client import Identity, InternalApi
from actions.internal_api.transport import Transport
from actions.settings import Settings

NOTHING_THERE = json.dumps({"code": "not_found"}).encode()


class SlowBusiness:
    """Answers as it is told to, after as long as it is told to.

    Attributes:
        status: of every answer.
        seconds: how long each takes.
        headers: further lines of the answers' heads.
        asked: how many requests came.
        at_once: the most that were there at the same time.
    """

    def __init__(self) -> None:
        self.status, self.seconds, self.headers = 404, 0.0, ""
        self.asked = self.at_once = self._here = 0
        self.is_idle = asyncio.Event()
        self.is_idle.set()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        self._here += 1
        self.is_idle.clear()
        self.at_once = max(self.at_once, self._here)
        await asyncio.sleep(self.seconds)
        self._here -= 1
        head = f"HTTP/1.1 {self.status} X\r\n{self.headers}Content-Length: {len(NOTHING_THERE)}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode() + NOTHING_THERE)
        writer.close()
        if not self._here:
            self.is_idle.set()


@pytest.fixture
async def business() -> AsyncIterator[tuple[SlowBusiness, str]]:
    fake = SlowBusiness()
    server = await asyncio.start_server(fake.handle, "127.0.0.1", 0)
    yield fake, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    await fake.is_idle.wait()
    server.close()
    await server.wait_closed()


def api_of(transport: Transport, seconds: float | None = None) -> InternalApi:
    return InternalApi(transport, lambda _: None, lambda: seconds).on_behalf_of(Identity("ana@example.com"))


def transport_to(url: str, timeout: float = 5.0, at_once: int = 32) -> Transport:
    return Transport(Settings(internal_api_url=url, internal_api_timeout=timeout, internal_api_concurrency=at_once))


async def test_a_call_takes_no_longer_than_the_turn_has_left(business: tuple[SlowBusiness, str]) -> None:
    fake, url = business
    fake.seconds = 2.0
    transport, started = transport_to(url), time.monotonic()

    with pytest.raises(ServiceUnavailable) as failed:
        await api_of(transport, seconds=0.3).request("12345")

    # Far below the two seconds of the answer and the five of the settings.
    assert time.monotonic() - started < 1.5
    assert failed.value.code == "timeout"
    await transport.close()


async def test_no_more_calls_are_under_way_than_are_allowed_and_the_others_wait(
    business: tuple[SlowBusiness, str],
) -> None:
    fake, url = business
    fake.seconds = 0.1
    transport = transport_to(url, at_once=3)

    answers = await asyncio.gather(*(api_of(transport).request("12345") for _ in range(12)), return_exceptions=True)

    assert all(isinstance(answer, NotFound) for answer in answers)
    assert fake.at_once == 3
    await transport.close()


async def test_who_waits_for_a_place_until_the_deadline_is_told_so(business: tuple[SlowBusiness, str]) -> None:
    fake, url = business
    fake.seconds = 1.0
    transport = transport_to(url, at_once=1)

    first = asyncio.create_task(api_of(transport).request("12345"))
    await asyncio.sleep(0.1)
    with pytest.raises(ServiceUnavailable) as failed:
        await api_of(transport, seconds=0.2).request("12345")

    assert failed.value.code == "overloaded"
    assert not failed.value.is_open
    with pytest.raises(NotFound):
        await first
    await transport.close()


async def test_a_system_that_fails_again_and_again_is_left_alone_and_then_tried_once_more(
    business: tuple[SlowBusiness, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, url = business
    fake.status = 503
    monkeypatch.setattr(restraint, "PAUSE_SECONDS", 1)
    transport = transport_to(url)

    async def ask() -> str:
        with pytest.raises((ServiceUnavailable, NotFound)) as failed:
            await api_of(transport).request("12345")
        return failed.value.code

    codes = [await ask() for _ in range(5)]
    asked = fake.asked
    assert codes[-1] == "circuit_open"
    assert asked == restraint.FAILURES_IN_A_ROW
    assert await ask() == "circuit_open"
    assert fake.asked == asked, "it was not left alone"
    fake.status = 404
    await asyncio.sleep(1.1)
    assert await ask() == "not_found"
    await transport.close()


async def test_refusals_are_no_failures(business: tuple[SlowBusiness, str]) -> None:
    fake, url = business
    transport = transport_to(url)

    for _ in range(2 * restraint.FAILURES_IN_A_ROW):
        with pytest.raises(NotFound):
            await api_of(transport).request("12345")

    assert fake.asked == 2 * restraint.FAILURES_IN_A_ROW
    await transport.close()


async def test_waits_as_long_as_the_system_asks_for_but_not_beyond_the_turn(
    business: tuple[SlowBusiness, str],
) -> None:
    fake, url = business
    fake.status, fake.headers = 429, "Retry-After: 3600\r\n"
    transport, started = transport_to(url), time.monotonic()

    with pytest.raises(ServiceUnavailable):
        await api_of(transport, seconds=1.0).request("12345")

    assert fake.asked == 1
    assert time.monotonic() - started < 3.0
    await transport.close()
