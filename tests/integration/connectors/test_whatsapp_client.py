"""The client of Twilio's API against the sandbox's Twilio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta, timezone

import pytest

from connectors.errors import TwilioRejected, TwilioUnavailable
from connectors.settings import Settings
from connectors.whatsapp import twilio_client
from connectors.whatsapp.inbound import Kind, read_message
from connectors.whatsapp.outbox import ContentTemplate, OutgoingMessage
from connectors.whatsapp.twilio_client import TwilioClient
from sandbox.twilio.receipts import Pace
from tests.integration.sandbox.twilio_world import ACCOUNT, ANA, BUSINESS, LUIS, TOKEN, World, eventually, twilio_world

TURN = "SM" + "1" * 32
TO_ANA = f"whatsapp:{ANA}"
TWO_BUTTONS, FOUR_ROWS, NOTICE = (f"HX{number:032}" for number in (2, 4, 16))
REMINDER = f"HX{17:032}"
DAYS = ("Lunes", "Martes", "Jueves", "Viernes")
MINUTE = timedelta(minutes=1)


def now() -> datetime:
    return datetime.now(timezone.utc)


def outgoing(body: str = "Hola", number: int = 0, template: ContentTemplate | None = None) -> OutgoingMessage:
    return OutgoingMessage(TURN, number, TO_ANA, body, template=template)


def client_of(url: str, public_url: str = "http://127.0.0.1:5005") -> TwilioClient:
    return TwilioClient(
        Settings(twilio_account_sid=ACCOUNT, twilio_auth_token=TOKEN, twilio_api_base_url=url, public_url=public_url)
    )


@pytest.fixture
def world() -> Iterator[World]:
    with twilio_world() as world:
        yield world


@pytest.fixture
async def client(world: World) -> AsyncIterator[TwilioClient]:
    client = client_of(str(world.http.base_url), world.bot.url)
    yield client
    await client.aclose()


def texts(world: World, phone: str = ANA) -> list[str]:
    return [message["text"] for message in world.chat(phone)]


async def test_a_sent_message_arrives_and_its_receipts_name_turn_and_number(world: World, client: TwilioClient) -> None:
    sid = await client.send(outgoing("¡Hola! ¿Qué tal?", number=3))

    assert [(message["sid"], message["text"]) for message in world.chat()] == [(sid, "¡Hola! ¿Qué tal?")]
    receipt = eventually(lambda: world.bot.requests and world.bot.requests[0])
    assert receipt.path == f"/api/whatsapp/status?turn={TURN}&number=3"
    assert (receipt.form["MessageSid"], world.bot.forged) == (sid, [])


async def test_templates_show_buttons_and_lists(world: World, client: TwilioClient) -> None:
    await client.send(outgoing(template=ContentTemplate(TWO_BUTTONS, ("¿Agendo «tarot»?", "Sí", "No"))))
    await client.send(outgoing(template=ContentTemplate(FOUR_ROWS, ("¿Qué día?", *DAYS))))
    await client.send(outgoing(template=ContentTemplate(NOTICE)))

    buttons, rows, notice = world.chat()
    assert (buttons["text"], [button["title"] for button in buttons["buttons"]]) == ("¿Agendo «tarot»?", ["Sí", "No"])
    assert [(row["id"], row["title"]) for row in rows["list"]["items"]] == list(zip("1234", DAYS, strict=True))
    assert notice["text"] == "Tenemos una respuesta para ti. Escríbenos para leerla."


async def test_the_text_can_stand_in_for_the_template(world: World, client: TwilioClient) -> None:
    template = ContentTemplate(TWO_BUTTONS, ("¿Sí?", "Sí", "No"))
    await client.send(outgoing("¿Sí?\n\n1. Sí\n2. No", template=template), use_template=False)

    assert (texts(world), world.chat()[0]["buttons"]) == (["¿Sí?\n\n1. Sí\n2. No"], [])


async def test_a_file_needs_no_text(world: World, client: TwilioClient) -> None:
    await client.send(OutgoingMessage(TURN, 0, TO_ANA, "", media_url="https://example.org/carta.pdf"))

    assert [medium["url"] for medium in world.chat()[0]["media"]] == ["https://example.org/carta.pdf"]


@pytest.mark.parametrize(
    ("message", "code"),
    [(outgoing("a" * 1601), 21617), (outgoing(template=ContentTemplate("HX" + "9" * 32, ("a",))), 21655)],
)
async def test_a_refusal_brings_twilios_code(client: TwilioClient, message: OutgoingMessage, code: int) -> None:
    with pytest.raises(TwilioRejected) as caught:
        await client.send(message)
    assert caught.value.code == code


TEMPLATES = [None, ContentTemplate(TWO_BUTTONS, ("¿Agendo?", "Sí", "No")), ContentTemplate(NOTICE)]


@pytest.mark.parametrize("template", TEMPLATES)
async def test_a_message_whose_answer_was_lost_is_found(
    world: World, client: TwilioClient, template: ContentTemplate | None
) -> None:
    began, message = now(), outgoing("¿Agendo?\n\n1. Sí\n2. No", template=template)
    world.faults(twilio={"lose_answers": 1})
    with pytest.raises(TwilioUnavailable) as caught:
        await client.send(message)

    assert caught.value.may_be_taken
    [taken] = world.chat()
    assert await client.find_sent(message, began, known=[]) == taken["sid"]


async def test_a_message_that_was_not_taken_is_not_found(world: World, client: TwilioClient) -> None:
    await client.send(outgoing("otra cosa"))
    world.send(LUIS, body="Hola")
    world.write(text="Hola")

    assert await client.find_sent(outgoing("Hola"), now() - MINUTE, known=[]) is None


async def test_a_queued_message_is_found_and_one_that_is_known_or_older_is_not(
    world: World, client: TwilioClient
) -> None:
    world.emulator.receipts._pace = Pace(sending=60)
    sid = await client.send(outgoing())

    assert await client.find_sent(outgoing(), now(), known=[]) == sid
    assert await client.find_sent(outgoing(), now(), known={sid}) is None
    assert await client.find_sent(outgoing(), now() + MINUTE, known=[]) is None


async def test_clocks_may_be_some_seconds_apart(client: TwilioClient) -> None:
    sid = await client.send(outgoing())

    assert await client.find_sent(outgoing(), now() + timedelta(seconds=20), known=[]) == sid


async def test_a_message_sent_as_its_text_is_found_too(client: TwilioClient) -> None:
    message = outgoing("¿Agendo?\n\n1. Sí\n2. No", template=ContentTemplate(TWO_BUTTONS, ("¿Agendo ya?", "Sí", "No")))
    sid = await client.send(message, use_template=False)

    assert await client.find_sent(message, now(), known=[]) == sid


async def test_a_template_that_is_worded_otherwise_at_twilio_is_found_by_its_variables(client: TwilioClient) -> None:
    reminder = ContentTemplate(REMINDER, ("Ana", "lunes 7 de diciembre", "15:00", "C-1042"))
    sid = await client.send(outgoing("Le recordamos…", template=reminder))

    assert await client.find_sent(outgoing("Te recordamos…", template=reminder), now(), known=[]) == sid
    other = ContentTemplate(REMINDER, ("Luis", *reminder.variables[1:]))
    assert await client.find_sent(outgoing("Te recordamos…", template=other), now(), known=[]) is None


async def test_a_file_is_not_taken_for_a_text(world: World, client: TwilioClient) -> None:
    file = OutgoingMessage(TURN, 0, TO_ANA, "", media_url="https://example.org/carta.pdf")
    await client.send(outgoing())
    assert await client.find_sent(file, now(), known=[]) is None

    sid = await client.send(file)
    assert await client.find_sent(file, now(), known=[]) == sid


async def test_looks_on_all_pages_that_are_recent(
    world: World, client: TwilioClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio_client, "PAGE_SIZE", 2)
    sid = await client.send(outgoing())
    for number in range(5):
        world.send(body=f"{number}")

    assert await client.find_sent(outgoing(), now(), known=[]) == sid


async def test_what_webhooks_lost_is_received_oldest_first(
    world: World, client: TwilioClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio_client, "PAGE_SIZE", 2)
    world.faults(twilio={"lose_webhooks": 1})
    written = [world.write(phone, text=f"¿{number}?") for number, phone in enumerate((ANA, LUIS, ANA, LUIS, ANA))]
    world.send(body="Buenas")

    forms = [form async for form in client.received(now())]

    assert world.bot.webhooks() == []
    assert [form["MessageSid"] for form in forms] == [message["sid"] for message in written]
    assert forms[1] == {
        "MessageSid": written[1]["sid"],
        "AccountSid": ACCOUNT,
        "From": f"whatsapp:{LUIS}",
        "To": BUSINESS,
        "Body": "¿1?",
        "NumMedia": "0",
    }


async def test_received_files_are_those_that_the_webhook_named(world: World, client: TwilioClient) -> None:
    files = [("https://example.org/a.jpg", "image/jpeg"), ("https://example.org/b.ogg", "audio/ogg")]
    world.write(text="mi carta", media=[{"url": url, "content_type": kind} for url, kind in files])
    webhook = eventually(world.bot.webhooks)[0].form

    [form] = [form async for form in client.received(now())]

    assert form == {name: webhook[name] for name in form}
    message = read_message(form)
    assert (message.kind, message.text, len(message.media)) == (Kind.IMAGE, "mi carta", 2)


async def test_received_holds_what_came_in_between(world: World, client: TwilioClient) -> None:
    world.write(text="Hola")

    assert [form async for form in client.received(now() + MINUTE)] == []
    assert [form async for form in client.received(now() - MINUTE, now() - MINUTE)] == []
    assert len([form async for form in client.received(now() - 3 * 24 * 60 * MINUTE, now())]) == 1


async def test_a_file_has_its_size(world: World, client: TwilioClient) -> None:
    world.write(media=[{"url": "https://example.org/a.jpg", "content_type": "image/jpeg"}])
    url = eventually(world.bot.webhooks)[0].form["MediaUrl0"]

    assert await client.media_size(url) == 2048
    assert await client.media_size(url[:-1] + "x") is None


async def test_the_customer_sees_that_an_answer_is_written(world: World, client: TwilioClient) -> None:
    await client.show_typing(world.write(text="Hola")["sid"])

    contacts = world.http.get("/sandbox/contacts").json()["contacts"]
    assert [contact["phone"] for contact in contacts if contact["typing"]] == [ANA]


async def test_a_typing_indicator_that_fails_disturbs_nobody(world: World, client: TwilioClient) -> None:
    await client.show_typing("SM" + "0" * 32)
    world.faults(twilio={"status": 500})
    await client.show_typing("SM" + "0" * 32)
