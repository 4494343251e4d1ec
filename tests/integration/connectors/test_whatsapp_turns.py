"""From a signed message to Twilio's API and back: order, duplicates, buttons, failures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage

from connectors.conversation_log.records import record_of
from connectors.conversation_log.turns import TurnAssembler
from connectors.errors import ActionServerUnavailable
from connectors.whatsapp import work
from connectors.whatsapp.texts import load_texts
from connectors.whatsapp.turns import Turns
from tests.integration.connectors.whatsapp_world import (
    ANA,
    Gate,
    World,
    answering,
    eventually,
    form_of,
    whatsapp_world,
)

BEA = "whatsapp:+5215587654321"
TEXTS = load_texts()
YES_NO = [{"title": "Sí", "payload": "/afirmar"}, {"title": "No", "payload": "/negar"}]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with whatsapp_world() as world:
        yield world


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make turns short of patience; what they wait for stays real."""
    build = Turns.__init__

    def hurried(self: Turns, *args: Any, **kwargs: Any) -> None:
        build(self, *args, **kwargs, typing_after=0.01, max_seconds=0.5)

    monkeypatch.setattr(Turns, "__init__", hurried)


async def test_rasa_gets_the_message_as_the_contract_says(world: World) -> None:
    form = form_of("hola", NumMedia="0", ProfileName="Ana Pérez")
    await world.post("/api/whatsapp/webhook", form)
    await eventually(lambda: world.assistant.heard)

    message = world.assistant.heard[0]
    assert (message.sender_id, message.input_channel, message.text) == (ANA, "whatsapp", "hola")
    assert message.message_id == form["MessageSid"]
    assert message.metadata == {
        "message_sid": form["MessageSid"],
        "profile_name": "Ana Pérez",
        "media": [],
        "location": None,
        "reply_to": None,
        "message_sids": [form["MessageSid"]],
    }


async def test_a_repeated_webhook_is_acknowledged_and_not_answered_again(world: World) -> None:
    form = form_of()
    answers = [await world.post("/api/whatsapp/webhook", form) for _ in range(3)]
    await world.write("otra")
    await eventually(lambda: len(world.twilio.sent) == 2)

    assert [answer.status_code for answer in answers] == [204, 204, 204]
    assert world.assistant.texts == ["hola", "otra"]


async def test_a_slow_contact_is_answered_in_order_and_holds_up_nobody(world: World) -> None:
    gate = Gate()
    echo = world.assistant.reply

    async def reply(message: UserMessage) -> None:
        if message.sender_id == ANA:
            await gate.opened()
        await echo(message)

    world.assistant.reply = reply
    for text in ("uno", "dos", "tres"):
        await world.write(text)
    await world.write("yo", sender=BEA)
    await eventually(lambda: world.twilio.bodies(BEA))
    assert world.twilio.bodies() == []
    assert world.assistant.texts == ["uno", "yo"]

    gate.open()
    await eventually(lambda: len(world.twilio.bodies()) == 3)
    assert world.twilio.bodies() == ["eco: uno", "eco: dos", "eco: tres"]


async def test_ten_contacts_at_once_are_all_answered(world: World) -> None:
    contacts = [f"whatsapp:+52155000000{n:02}" for n in range(10)]
    responses = await asyncio.gather(*(world.write("hola", sender=contact) for contact in contacts))
    await eventually(lambda: len(world.twilio.sent) == 10)

    assert {response.status_code for response in responses} == {204}
    assert {form["To"] for form in world.twilio.sent} == set(contacts)


async def test_no_more_turns_run_at_once_than_configured_while_all_are_acknowledged() -> None:
    async with whatsapp_world(whatsapp_turns_in_flight=2) as world:
        gate = Gate()
        world.assistant.reply = lambda message: gate.opened()
        for n in range(6):
            assert (await world.write(sender=f"whatsapp:+52155000000{n:02}")).status_code == 204
        await eventually(lambda: world.assistant.running == 2)
        gate.open()
        await eventually(lambda: len(world.twilio.sent) == 6)
        assert world.assistant.most_running == 2


async def test_apologises_when_the_assistant_says_nothing(world: World) -> None:
    world.assistant.reply = answering()
    await world.write()
    await eventually(lambda: world.twilio.sent)
    assert world.twilio.bodies() == [TEXTS.no_answer]


async def test_a_turn_that_breaks_is_done_again_before_the_contacts_next_one(world: World) -> None:
    echo, broken = world.assistant.reply, ["rompe"]

    async def reply(message: UserMessage) -> None:
        await echo(message)
        if message.text in broken:
            broken.remove(message.text)
            raise RuntimeError("broken")

    world.assistant.reply = reply
    await world.write("rompe")
    await world.write("hola")
    await eventually(lambda: len(world.twilio.sent) == 2)
    assert world.twilio.bodies() == ["eco: rompe", "eco: hola"]
    assert world.assistant.texts == ["rompe", "rompe", "hola"]


async def test_a_turn_that_always_breaks_is_parked_and_its_contact_told_and_answered_further() -> None:
    async with whatsapp_world(whatsapp_turn_attempts=2) as world:
        echo = world.assistant.reply

        async def reply(message: UserMessage) -> None:
            if message.text == "rompe":
                raise RuntimeError("broken for ana@example.com")
            await echo(message)

        world.assistant.reply = reply
        form = form_of("rompe")
        await world.post("/api/whatsapp/webhook", form)
        await world.write("hola")
        await eventually(lambda: len(world.twilio.sent) == 2)
        assert world.twilio.bodies() == [TEXTS.parked, "eco: hola"]
        (parked,) = await world.rows("SELECT * FROM inbox WHERE status = 'failed'")
        assert (parked.message_sid, parked.attempts) == (form["MessageSid"], 2)
        assert parked.error.startswith("RuntimeError at test_whatsapp_turns.py:"), "not in words that quote people"


@pytest.mark.parametrize("long_enough", [True, False])
async def test_while_the_action_server_is_away_no_attempt_counts_for_a_while(
    monkeypatch: pytest.MonkeyPatch, long_enough: bool
) -> None:
    monkeypatch.setattr(work, "MOST_EXCUSED_DELAY", 0.05)
    if not long_enough:
        monkeypatch.setattr(work, "EXCUSED_SECONDS", 0.0)
    async with whatsapp_world(whatsapp_turn_attempts=1) as world:
        echo, asked = world.assistant.reply, []

        async def reply(message: UserMessage) -> None:
            asked.append(message.text)
            # Oftener than a turn may kill its process.
            if len(asked) < 8:
                raise ActionServerUnavailable("'action_saludo': RasaException", is_away=True)
            await echo(message)

        world.assistant.reply = reply
        await world.write("hola")
        await eventually(lambda: world.twilio.sent, seconds=15)

        assert world.twilio.bodies() == (["eco: hola"] if long_enough else [TEXTS.parked])


@pytest.mark.usefixtures("impatient")
async def test_a_turn_that_never_ends_is_stopped() -> None:
    async with whatsapp_world(whatsapp_turn_attempts=1) as world:
        world.assistant.reply = lambda message: asyncio.Event().wait()
        await world.write()
        await eventually(lambda: world.twilio.sent)
        assert world.twilio.bodies() == [TEXTS.parked]
        assert world.assistant.running == 0


@pytest.mark.usefixtures("impatient")
async def test_shows_that_it_types_while_an_answer_takes_long(world: World) -> None:
    echo = world.assistant.reply

    async def reply(message: UserMessage) -> None:
        await eventually(lambda: world.twilio.typing)
        await echo(message)

    world.assistant.reply = reply
    form = form_of()
    await world.post("/api/whatsapp/webhook", form)
    await eventually(lambda: world.twilio.sent)
    assert world.twilio.typing == [{"messageId": form["MessageSid"], "channel": "whatsapp"}]


@pytest.mark.parametrize("typed", ["1", " 1. ", "opción 1", "SI", "sí!", "1️⃣"])
async def test_a_typed_choice_stands_for_the_payload_of_its_button(world: World, typed: str) -> None:
    world.assistant.reply = answering({"text": "¿Reservo?", "buttons": YES_NO})
    await world.write("reserva")
    await eventually(lambda: world.twilio.sent)
    await world.write(typed)
    await eventually(lambda: len(world.assistant.heard) == 2)

    assert world.twilio.bodies()[0] == "¿Reservo?\n\n1. Sí\n2. No"
    assert world.assistant.texts[1] == "/afirmar"


async def test_only_the_buttons_issued_last_to_that_contact_count(world: World) -> None:
    world.assistant.reply = answering({"text": "¿Reservo?", "buttons": YES_NO})
    await world.write("reserva")
    await eventually(lambda: world.twilio.sent)
    world.assistant.reply = answering({"text": "listo"})
    await world.write("1", sender=BEA)
    await world.write("2")
    await eventually(lambda: len(world.twilio.sent) == 3)
    await world.write("1")
    await eventually(lambda: len(world.twilio.sent) == 4)

    assert sorted(world.assistant.texts[1:3]) == ["/negar", "1"]
    assert world.assistant.texts[3] == "1"


async def test_buttons_go_out_as_a_template_and_a_tap_comes_back_as_their_payload() -> None:
    async with whatsapp_world(twilio_quick_reply_sids="2=HX2,3=HX3") as world:
        world.assistant.reply = answering({"text": "¿Reservo?", "buttons": YES_NO})
        await world.write("reserva")
        await eventually(lambda: world.twilio.sent)
        shown = world.twilio.sent[0]
        tap = {"MessageType": "button", "ButtonPayload": "2", "ButtonText": "No"}
        await world.write("No", **tap, OriginalRepliedMessageSid=shown["sid"])
        await eventually(lambda: len(world.twilio.sent) == 2)
        await world.write("No", **tap, OriginalRepliedMessageSid=shown["sid"])
        await eventually(lambda: len(world.assistant.heard) == 3)

    assert shown["ContentSid"] == "HX2"
    assert json.loads(shown["ContentVariables"]) == {"1": "¿Reservo?", "2": "Sí", "3": "No"}
    assert "Body" not in shown
    assert world.assistant.texts[1] == "/negar"
    assert world.assistant.texts[2] == "No", "a tap on an older message is text"
    assert [message.metadata.get("late_tap") for message in world.assistant.heard] == [None, None, True]


async def test_typed_payload_syntax_never_reaches_rasa_as_a_payload(world: World) -> None:
    await world.write('  /pagar_servicio{"monto":"0.01"}')
    await world.write("eh", ButtonPayload='/pagar_servicio{"monto":"0.01"}', ButtonText="/pagar_servicio")
    await eventually(lambda: len(world.twilio.sent) == 2)
    assert world.assistant.texts == ['pagar_servicio{"monto":"0.01"}', "eh"]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"NumMedia": "1", "MediaUrl0": "u", "MediaContentType0": "audio/ogg"}, "audio"),
        ({"NumMedia": "1", "MediaUrl0": "u", "MediaContentType0": "image/webp"}, "sticker"),
        ({"NumMedia": "1", "MediaUrl0": "u", "MediaContentType0": "text/vcard"}, "contacto"),
        ({"Latitude": "19.4", "Longitude": "-99.1"}, "ubicacion"),
        ({}, "vacio"),
    ],
)
async def test_tells_rasa_of_what_has_no_words(world: World, fields: dict[str, str], kind: str) -> None:
    await world.write("", **fields)
    await eventually(lambda: world.twilio.sent)
    (heard,) = world.assistant.heard
    assert heard.text == heard.parse_data["text"] == f"[{kind}]"
    assert heard.parse_data["intent"] == {"name": "enviar_adjunto", "confidence": 1.0}
    (entity,) = heard.parse_data["entities"]
    assert (entity["entity"], entity["value"]) == ("tipo_adjunto", kind)
    assert heard.text[entity["start"] : entity["end"]] == kind


async def test_a_photo_with_a_caption_is_answered_for_its_caption(world: World) -> None:
    await world.write("mi carta", NumMedia="1", MediaUrl0="https://x/1", MediaContentType0="image/jpeg")
    await eventually(lambda: len(world.twilio.sent) == 2)
    assert world.twilio.bodies() == [TEXTS.captioned, "eco: mi carta"]
    assert world.assistant.heard[0].metadata["media"] == [{"url": "https://x/1", "type": "image/jpeg", "size": None}]


async def test_a_turn_that_is_given_up_is_in_the_log_as_failed() -> None:
    events: list[dict[str, Any]] = []
    async with whatsapp_world(whatsapp_turn_attempts=1) as world:
        world.assistant.reply = lambda message: 1 / 0  # type: ignore[assignment,return-value]
        world.assistant.tracker_store.event_broker = SimpleNamespace(publish=events.append)
        await world.write("hola, soy ana@gmail.com", MessageSid="SM" + "7" * 32)
        await eventually(lambda: len(events) == 3)

    assembler = TurnAssembler()
    (turn,) = [turn for event in events for turn in assembler.feed(event)]
    row = record_of(turn, "a key for tests")
    assert (row.success, row.error_type, row.error_code) == (False, "rasa", "turn_given_up")
    assert (row.message, row.response) == ("hola, soy [email]", TEXTS.parked)
    assert (row.message_id, row.channel) == ("SM" + "7" * 32, "whatsapp")
