"""The HTTP client of the business system, against a real server on loopback that fails in real ways."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from actions.errors import Misunderstood, NotFound, Refused, ServiceUnavailable, VerificationRequired
from actions.internal_api.client import Identity, InternalApi
from actions.internal_api.transport import ApiCall, Transport
from actions.settings import ROOT, Settings
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
        ("GET", "/v1/requests/{request_id}", 200, True)
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


@pytest.mark.parametrize("unreadable", [b"{not json", b'{"id": 12345}', b"null", b"x" * (3 * 1024 * 1024)])
async def test_asks_again_what_the_answer_was_when_nobody_can_read_it(world: World, unreadable: bytes) -> None:
    fake, api, _ = world
    fake.answers = [(200, unreadable), (200, REQUEST)]

    assert (await api.request("12345")).id == "12345"


async def test_asks_again_why_it_was_refused_when_nobody_can_read_it(world: World) -> None:
    fake, api, _ = world
    fake.answers = [(409, b'{"code": "already_'), (409, problem("already_past"))]

    with pytest.raises(Refused) as refused:
        await api.cancel("SM1:cancelar:x", "C-1042")

    assert refused.value.code == "already_past"


async def test_says_whether_a_change_may_have_been_made_all_the_same(world: World) -> None:
    fake, api, _ = world
    for answers in ([None] * 3, [(200, b"{cut of")] * 3, [(500, b"")] * 3):
        fake.answers = list(answers)
        with pytest.raises((ServiceUnavailable, Misunderstood)) as failed:
            await api.cancel("SM1:cancelar:x", "C-1042")
        assert failed.value.is_open
    fake.answers = [(429, b"")] * 3
    with pytest.raises(ServiceUnavailable) as failed:
        await api.cancel("SM1:cancelar:x", "C-1042")
    assert not failed.value.is_open
    fake.answers = [None] * 3
    with pytest.raises(ServiceUnavailable) as failed:
        await api.request("12345")
    assert not failed.value.is_open


async def test_an_offer_that_cannot_be_read_leaves_the_refusal(world: World) -> None:
    fake, api, _ = world
    fake.answers = [(409, problem("slot_taken", alternatives={"start": 7}))]

    with pytest.raises(Refused) as refused:
        await api.book("SM1:agendar:x", dt.datetime(2026, 11, 24, 15, tzinfo=dt.timezone.utc))

    assert (refused.value.code, refused.value.refusal.alternatives) == ("slot_taken", ())


async def test_gives_moments_on_the_businesss_clock_whatever_their_offset(world: World) -> None:
    fake, api, _ = world
    fake.answers = [(200, REQUEST.replace(b"10:00:00-06:00", b"16:00:00Z"))]

    updated = (await api.request("12345")).updated_at

    assert (updated.hour, str(updated.tzinfo)) == (10, "America/Mexico_City")


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
        await api.hand_off("", "customer_asked")


async def test_never_repeats_a_refusal(world: World) -> None:
    fake, api, _ = world
    offered = [{"start": "2026-11-24T15:00:00-06:00", "end": "2026-11-24T16:00:00-06:00"}]
    fake.answers = [(409, problem("already_past", alternatives=offered))]

    with pytest.raises(Refused) as refused:
        await api.cancel("SM1:cancelar:x", "C-1042")

    assert refused.value.code == "already_past"
    assert [slot.start.isoformat() for slot in refused.value.refusal.alternatives] == [offered[0]["start"]]
    assert len(fake.requests) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((403, problem("verification_required")), VerificationRequired),
        ((401, problem("unauthorized")), Misunderstood),
        ((200, b"{not json"), Misunderstood),
        ((200, b"\xff\xfe"), Misunderstood),
        ((200, b"[" * 100_000), Misunderstood),
        ((200, b'{"id": "12345"}'), Misunderstood),
        ((409, b"<html>"), Misunderstood),
        ((404, b"<html>another server's page</html>"), Misunderstood),
        ((404, problem("package_not_found")), Refused),
        ((429, problem("verification_paused", retry_at="2026-11-24T15:00:00-06:00")), Refused),
        ((302, b""), Misunderstood),
    ],
)
async def test_gives_every_answer_a_typed_error(world: World, answer: Answer, error: type[Exception]) -> None:
    fake, api, _ = world
    fake.answers = [answer] * 3

    with pytest.raises(error):
        await api.request("12345")


async def test_a_business_with_other_paths_and_names_is_called_and_read_by_its_own(tmp_path: Path) -> None:
    whole = yaml.safe_load((ROOT / "contract" / "mapping.yml").read_text(encoding="utf-8"))
    whole["operations"]["book"] = {"call": "PUT /citas", "body": {"start": "inicio"}}
    whole["headers"] = {"Idempotency-Key": "Clave", "X-Customer-Email": "Cliente-Correo"}
    whole["fields"] = {"Appointment": {"id": "numero", "start": "horario.inicio", "end": "horario.fin"}}
    whole["codes"] = {"OCUPADO": "slot_taken"}
    (tmp_path / "mapping.yml").write_text(yaml.safe_dump(whole), encoding="utf-8")
    hours = {"inicio": "2026-12-01T15:00:00-06:00", "fin": "2026-12-01T16:00:00-06:00"}
    booked = json.dumps({"numero": "7", "status": "booked", "horario": hours}).encode()
    fake, start = FakeBusiness(), dt.datetime.fromisoformat(hours["inicio"])
    server = await asyncio.start_server(fake.handle, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    transport = Transport(Settings(internal_api_url=url, internal_api_mapping=str(tmp_path / "mapping.yml")))
    api = InternalApi(transport, lambda _: None).on_behalf_of(Identity("ana@example.com"))
    # It is repeated, for it carries the key by the name that it has there.
    fake.answers = [None, (201, booked), (409, problem("OCUPADO"))]

    appointment = await api.book("SM1:agendar:x", start)
    with pytest.raises(Refused) as refused:
        await api.book("SM1:agendar:y", start)

    assert (appointment.id, appointment.start, refused.value.code) == ("7", start, "slot_taken")
    assert fake.requests[1].startswith("PUT /citas ")
    assert "clave: sm1:agendar:x" in fake.requests[1].lower()
    assert "cliente-correo: ana@example.com" in fake.requests[1].lower()
    await transport.close()
    server.close()
    await server.wait_closed()
