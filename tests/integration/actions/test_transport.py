"""The HTTP client of the business system, against a real server on loopback that fails in real ways."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from actions.errors import Misunderstood, NotFound, Refused, ServiceUnavailable, VerificationRequired
from actions.internal_api.client import Identity, InternalApi
from actions.internal_api.transport import ApiCall, Transport
from actions.settings import Settings
from privacy.logs import within_turn

Answer = tuple[int, bytes] | None


class FakeBusiness:
    """Answers one prepared answer after the other; None closes the connection without one."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.requests: list[str] = []

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.requests.append(head)
        answer = self.answers.pop(0)
        if answer is not None:
            status, body = answer
            writer.write(
                f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
            )
            await writer.drain()
        writer.close()


Calls = list[ApiCall]
World = tuple[FakeBusiness, InternalApi, Calls]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    fake, calls = FakeBusiness(), []
    server = await asyncio.start_server(fake.handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = Transport(Settings(internal_api_url=f"http://127.0.0.1:{port}", internal_api_timeout=2.0))
    api = InternalApi(transport, calls.append).on_behalf_of(Identity("ana@example.com", "+5215512345678"))
    yield fake, api, calls
    await transport.close()
    server.close()
    await server.wait_closed()


def problem(code: str, **extra: object) -> bytes:
    return json.dumps({"title": code, "code": code, **extra}).encode()


REQUEST = json.dumps(
    {
        "id": "12345",
        "kind": "consulta",
        "status": "in_review",
        "subject": "Carta natal",
        "created_at": "2026-11-20T10:00:00-06:00",
        "updated_at": "2026-11-21T10:00:00-06:00",
        "added_later": 1,
    }
).encode()


async def test_says_on_whose_behalf_and_with_which_token(world: World) -> None:
    fake, api, calls = world
    fake.answers = [(200, REQUEST)]

    request = await api.request("12345")

    assert request.status == "in_review"
    head = fake.requests[0].lower()
    assert "x-customer-email: ana@example.com" in head
    assert "x-contact-phone: +5215512345678" in head
    assert "authorization: bearer sandbox-api-token" in head
    assert [(c.method, c.path_template, c.status, c.success) for c in calls] == [
        ("GET", "/v1/requests/{id}", 200, True)
    ]


async def test_tells_the_system_which_turn_a_call_belongs_to(world: World) -> None:
    fake, api, _ = world
    fake.answers = [(200, REQUEST)] * 3

    with within_turn("SM0123456789abcdef0123456789abcdef"):
        await api.request("12345")
    with within_turn("no id, but ana@example.com"):
        await api.request("12345")
    await api.request("12345")

    named = [[line for line in head.split("\r\n") if line.lower().startswith("x-request-id")] for head in fake.requests]
    assert named == [["X-Request-Id: SM0123456789abcdef0123456789abcdef"], [], []]


async def test_what_a_customer_wrote_stays_one_segment_of_the_path(world: World) -> None:
    fake, api, _ = world
    fake.answers = [(404, problem("not_found"))]

    with pytest.raises(NotFound):
        await api.request("../v1/business?x=1#")

    assert fake.requests[0].startswith("GET /v1/requests/..%2Fv1%2Fbusiness%3Fx%3D1%23 ")


@pytest.mark.parametrize("passing", [None, (503, b"down"), (500, b"<html>"), (429, b"")])
async def test_repeats_a_read_after_a_passing_failure(world: World, passing: Answer) -> None:
    fake, api, _ = world
    fake.answers = [passing, (200, REQUEST)]

    assert (await api.request("12345")).id == "12345"
    assert len(fake.requests) == 2


async def test_says_unavailable_when_the_failure_does_not_pass(world: World) -> None:
    fake, api, calls = world
    fake.answers = [(503, b"")] * 3

    with pytest.raises(ServiceUnavailable):
        await api.request("12345")

    assert len(fake.requests) == 3
    assert calls[0].error == "service_unavailable"


async def test_repeats_a_write_only_under_its_key(world: World) -> None:
    fake, api, _ = world
    fake.answers = [None, (404, problem("not_found"))]

    with pytest.raises(NotFound):
        await api.cancel("SM1:cancelar:x", "C-1042")

    keys = {line for head in fake.requests for line in head.lower().split("\r\n") if line.startswith("idempotency")}
    assert keys == {"idempotency-key: sm1:cancelar:x"}
    fake.answers = [None]
    with pytest.raises(ServiceUnavailable):
        await api.hand_off("customer_asked")


async def test_never_repeats_a_refusal(world: World) -> None:
    fake, api, _ = world
    offered = [{"start": "2026-11-24T15:00:00-06:00", "end": "2026-11-24T16:00:00-06:00"}]
    fake.answers = [(409, problem("already_past", alternatives=offered))]

    with pytest.raises(Refused) as refused:
        await api.cancel("SM1:cancelar:x", "C-1042")

    assert refused.value.code == "already_past"
    assert refused.value.details["alternatives"] == offered
    assert len(fake.requests) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((403, problem("verification_required")), VerificationRequired),
        ((401, problem("unauthorized")), Misunderstood),
        ((200, b"{not json"), Misunderstood),
        ((200, b'{"id": "12345"}'), Misunderstood),
        ((409, b"<html>"), Misunderstood),
    ],
)
async def test_gives_every_answer_a_typed_error(world: World, answer: Answer, error: type[Exception]) -> None:
    fake, api, _ = world
    fake.answers = [answer]

    with pytest.raises(error):
        await api.request("12345")
