"""Handing answers to Twilio: what it gets, what it refuses, what it loses, what it reports."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from rasa.core.channels.channel import UserMessage

from sandbox import twilio as sandbox_twilio
from sandbox.settings import Settings as SandboxSettings
from tests.chaos.forwarder import Forwarder
from tests.integration.connectors.whatsapp_world import (
    ACCOUNT,
    PUBLIC_URL,
    TOKEN,
    Gate,
    World,
    answering,
    eventually,
    whatsapp_world,
)
from tests.integration.sandbox.twilio_world import running_app

PHONE = "+5215512345678"
YES_NO = [{"title": "Sí", "payload": "/afirmar"}, {"title": "No", "payload": "/negar"}]
DAYS = [{"title": day, "payload": f"/informar_{day}"} for day in ("lunes", "martes", "jueves", "viernes")]
NOTICE = "HX00000000000000000000000000000016"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with whatsapp_world() as world:
        yield world


@dataclass
class Sandboxed:
    """The channel beside the sandbox's Twilio, and a customer's phone."""

    world: World
    sandbox: httpx.AsyncClient

    async def write(self, **message: Any) -> str:
        written = await self.sandbox.post(f"/sandbox/contacts/{PHONE}/messages", json=message)
        return str(written.raise_for_status().json()["sid"])

    async def faults(self, **faults: Any) -> None:
        (await self.sandbox.put("/sandbox/faults", json={"twilio": faults})).raise_for_status()

    async def answers(self, count: int) -> list[dict[str, Any]]:
        """Gives what the phone got, once it is so much."""
        for _ in range(2000):
            shown = (await self.sandbox.get(f"/sandbox/contacts/{PHONE}/messages")).json()["messages"]
            answers = [message for message in shown if message["direction"] == "outbound"]
            if len(answers) >= count and all(answer["status"] not in {"queued", "sent"} for answer in answers):
                return answers
            await asyncio.sleep(0.01)
        raise AssertionError(f"only {answers} came")


async def outbox_comes_to(world: World, columns: str, expected: list[tuple[Any, ...]]) -> bool:
    """Tells whether the outbox ever holds what is expected."""
    for _ in range(1000):
        rows = await world.rows(f"SELECT {columns} FROM outbox ORDER BY position")
        if [tuple(row) for row in rows] == expected:
            return True
        await asyncio.sleep(0.01)
    return False


@asynccontextmanager
async def beside_the_sandbox(**settings: Any) -> AsyncIterator[Sandboxed]:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    public_url, forwarder, app = f"http://127.0.0.1:{port}", Forwarder(port), FastAPI()
    sandbox_twilio.install(
        app, SandboxSettings(public_url=public_url, twilio_account_sid=ACCOUNT, twilio_auth_token=TOKEN)
    )
    with running_app(app) as api:
        chosen = {"public_url": public_url, "twilio_api_base_url": api, **settings}
        async with whatsapp_world(**chosen) as world, httpx.AsyncClient(base_url=api, trust_env=False) as sandbox:
            await forwarder.add(world.http.base_url.port or 0)
            try:
                yield Sandboxed(world, sandbox)
            finally:
                await forwarder.close()


async def test_answers_go_to_twilio_as_it_documents(world: World) -> None:
    world.assistant.reply = answering({"text": "línea 1\n\nlínea 2"}, {"image": "https://x.example/carta.png"})
    await world.write(MessageSid="SM" + "1" * 32)
    await eventually(lambda: len(world.twilio.sent) == 2)

    text, image = world.twilio.sent
    assert text["Body"] == "línea 1\n\nlínea 2"
    assert text["From"] == "whatsapp:+15005550006"
    assert [form["StatusCallback"] for form in (text, image)] == [
        f"{PUBLIC_URL}/api/whatsapp/status?turn=SM{'1' * 32}&number={number}" for number in range(2)
    ]
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


@pytest.mark.parametrize(("status", "headers"), [(429, {"retry-after": "1"}), (503, {})])
async def test_sends_again_what_twilio_did_not_take(world: World, status: int, headers: dict[str, str]) -> None:
    world.twilio.refusals = [(status, {"code": 20429}, headers)] * 2
    await world.write("uno")
    await world.write("dos")
    await eventually(lambda: len(world.twilio.sent) == 2, seconds=20)
    assert [form["Body"] for form in world.twilio.attempts] == [*["eco: uno"] * 3, "eco: dos"]


async def test_a_refused_answer_is_not_repeated_and_holds_up_no_other(world: World) -> None:
    world.twilio.refusals = [(400, {"code": 21610, "message": "no"}, {})]
    await world.write("uno")
    await eventually(lambda: world.twilio.attempts)
    await world.write("dos")
    await eventually(lambda: world.twilio.sent)
    assert [form["Body"] for form in world.twilio.attempts] == ["eco: uno", "eco: dos"]


async def test_a_long_answer_arrives_whole_in_parts(world: World) -> None:
    long = " ".join(f"Frase número {n}." for n in range(300))
    world.assistant.reply = answering({"text": long})
    await world.write()
    await eventually(lambda: "".join(world.twilio.bodies()).endswith("299."))
    assert " ".join(world.twilio.bodies()) == long
    assert all(len(body) < 1600 for body in world.twilio.bodies())


async def test_a_receipt_may_come_before_twilios_own_answer(world: World) -> None:
    async def receipt_first(sid: str, form: dict[str, str]) -> None:
        receipt = {"MessageSid": sid, "MessageStatus": "delivered", "AccountSid": ACCOUNT}
        path = form["StatusCallback"].removeprefix(PUBLIC_URL)
        assert (await world.post(path, receipt)).status_code == 204

    world.twilio.before_answer = receipt_first
    await world.write()
    assert await outbox_comes_to(world, "status, twilio_sid", [("delivered", f"SM{0:032x}")])


async def test_an_answer_of_unknown_fate_reaches_the_phone_once() -> None:
    async with beside_the_sandbox() as sandboxed:
        await sandboxed.faults(lose_answers=1)
        await sandboxed.write(text="uno")
        await sandboxed.write(text="dos")
        answers = await sandboxed.answers(2)
        assert await outbox_comes_to(sandboxed.world, "twilio_sid", [(answer["sid"],) for answer in answers])
        assert [answer["sid"] for answer in await sandboxed.answers(2)] == [answer["sid"] for answer in answers]
    assert [answer["text"] for answer in answers] == ["eco: uno", "eco: dos"]


async def test_an_answer_that_an_error_of_twilio_swallowed_is_sent_after_a_look_at_its_list() -> None:
    async with beside_the_sandbox() as sandboxed:
        await sandboxed.faults(status=500)
        await sandboxed.write(text="uno")
        await eventually(lambda: sandboxed.world.assistant.heard)
        await sandboxed.faults()
        answers = await sandboxed.answers(1)
    assert [answer["text"] for answer in answers] == ["eco: uno"]


async def test_outside_the_24_hours_the_customer_gets_the_template() -> None:
    async with beside_the_sandbox(twilio_window_template_sid=NOTICE) as sandboxed:
        gate, echo = Gate(), sandboxed.world.assistant.reply

        async def reply(message: UserMessage) -> None:
            await gate.opened()
            await echo(message)

        sandboxed.world.assistant.reply = reply
        await sandboxed.write(text="uno")
        await eventually(lambda: sandboxed.world.assistant.heard)
        await sandboxed.sandbox.put(f"/sandbox/contacts/{PHONE}/window", json={"hours_ago": 25})
        gate.open()
        answer, notice = await sandboxed.answers(2)
    assert (answer["text"], answer["status"], answer["error_code"]) == ("eco: uno", "undelivered", 63016)
    assert notice["text"] == "Tenemos una respuesta para ti. Escríbenos para leerla."
    assert notice["error_code"] is None


async def test_four_choices_are_a_list_whose_rows_come_back_as_their_payload() -> None:
    async with beside_the_sandbox(twilio_quick_reply_sids="4=HX00000000000000000000000000000004") as sandboxed:
        sandboxed.world.assistant.reply = answering({"text": "¿Qué día?", "buttons": DAYS})
        await sandboxed.write(text="horarios")
        [shown] = await sandboxed.answers(1)
        row = shown["list"]["items"][2]
        await sandboxed.write(list_item=row, reply_to=shown["sid"])
        await eventually(lambda: len(sandboxed.world.assistant.heard) == 2)
    assert [item["title"] for item in shown["list"]["items"]] == [day["title"] for day in DAYS]
    assert sandboxed.world.assistant.texts[1] == "/informar_jueves"


async def test_the_assistant_knows_how_large_a_file_is() -> None:
    async with beside_the_sandbox() as sandboxed:
        await sandboxed.write(text="mi carta", media=[{"url": "https://x.example/1", "content_type": "image/jpeg"}])
        await eventually(lambda: sandboxed.world.assistant.heard)
    [file] = sandboxed.world.assistant.heard[0].metadata["media"]
    assert (file["type"], file["size"]) == ("image/jpeg", 2048)
