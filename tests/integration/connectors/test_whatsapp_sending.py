"""Handing answers to Twilio: what it gets, what it refuses, what it reports."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import stamina

from tests.integration.connectors.whatsapp_world import (
    ACCOUNT,
    PUBLIC_URL,
    World,
    answering,
    eventually,
    whatsapp_world,
)

YES_NO = [{"title": "Sí", "payload": "/afirmar"}, {"title": "No", "payload": "/negar"}]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with whatsapp_world() as world:
        yield world


@pytest.fixture(autouse=True)
def _retries_without_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


async def test_answers_go_to_twilio_as_it_documents(world: World) -> None:
    world.assistant.reply = answering({"text": "línea 1\n\nlínea 2"}, {"image": "https://x.example/carta.png"})
    await world.write()
    await eventually(lambda: len(world.twilio.sent) == 2)

    text, image = world.twilio.sent
    assert text["Body"] == "línea 1\n\nlínea 2"
    assert text["From"] == "whatsapp:+15005550006"
    assert text["StatusCallback"] == f"{PUBLIC_URL}/api/whatsapp/status"
    assert image["MediaUrl"] == "https://x.example/carta.png"
    assert "Body" not in image
    assert world.twilio.attempts[0]["authorization"].startswith("Basic ")


async def test_a_refused_template_is_sent_as_numbered_text() -> None:
    async with whatsapp_world(twilio_quick_reply_sids="2=HX2") as world:
        world.twilio.refuse = lambda form: 63021 if "ContentSid" in form else None
        world.assistant.reply = answering({"text": "¿Reservo?", "buttons": YES_NO})
        await world.write("reserva")
        await eventually(lambda: world.twilio.sent)
    assert world.twilio.bodies() == ["¿Reservo?\n\n1. Sí\n2. No"]


@pytest.mark.parametrize(("status", "headers"), [(429, {"retry-after": "7"}), (500, {}), (503, {})])
async def test_sends_again_what_twilio_could_not_take(world: World, status: int, headers: dict[str, str]) -> None:
    world.twilio.refusals = [(status, {"code": 20429}, headers)] * 2
    await world.write()
    await eventually(lambda: world.twilio.sent)
    assert len(world.twilio.attempts) == 3


async def test_a_refused_answer_is_not_repeated_and_holds_up_no_other(world: World) -> None:
    world.twilio.refusals = [(400, {"code": 21610, "message": "no"}, {})]
    await world.write("uno")
    await eventually(lambda: world.twilio.attempts)
    await world.write("dos")
    await eventually(lambda: world.twilio.sent)
    assert [form["Body"] for form in world.twilio.attempts] == ["eco: uno", "eco: dos"]


async def test_gives_up_after_a_few_attempts_and_goes_on(world: World) -> None:
    world.twilio.refusals = [(500, {}, {})] * 3
    await world.write("uno")
    await world.write("dos")
    await eventually(lambda: world.twilio.sent)
    assert world.twilio.bodies() == ["eco: dos"]
    assert len(world.twilio.attempts) == 4


async def test_a_long_answer_arrives_whole_in_parts(world: World) -> None:
    long = " ".join(f"Frase número {n}." for n in range(300))
    world.assistant.reply = answering({"text": long})
    await world.write()
    await eventually(lambda: "".join(world.twilio.bodies()).endswith("299."))
    assert " ".join(world.twilio.bodies()) == long
    assert all(len(body) <= 1600 for body in world.twilio.bodies())


async def test_a_receipt_may_come_before_twilios_own_answer(world: World) -> None:
    async def receipt_first(sid: str, form: dict[str, str]) -> None:
        receipt = {"MessageSid": sid, "MessageStatus": "delivered", "AccountSid": ACCOUNT}
        assert (await world.post("/api/whatsapp/status", receipt)).status_code == 204

    world.twilio.before_answer = receipt_first
    await world.write()
    await eventually(lambda: world.twilio.sent)
