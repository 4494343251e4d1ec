"""Customers' messages as they reach the assistant: signed, complete, in order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.sandbox.twilio_world import (
    ACCOUNT,
    ANA,
    BUSINESS,
    LUIS,
    World,
    eventually,
    twilio_world,
)

SID = "SM" + "ab" * 16


@pytest.fixture
def world() -> Iterator[World]:
    with twilio_world() as world:
        yield world


def test_a_text_arrives_signed_with_all_of_twilios_fields(world: World) -> None:
    written = world.write(text="¡Hola! ¿Tienen «tarot»? 🔮 a&b=c+d")

    assert world.bot.forged == []
    (request,) = world.bot.webhooks()
    metadata = json.loads(request.form.pop("ChannelMetadata"))
    assert request.form == {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "Body": "¡Hola! ¿Tienen «tarot»? 🔮 a&b=c+d",
        "Forwarded": "false",
        "FrequentlyForwarded": "false",
        "From": f"whatsapp:{ANA}",
        "MessageSid": written["sid"],
        "MessageType": "text",
        "NumMedia": "0",
        "NumSegments": "1",
        "ProfileName": "Ana",
        "ReferralNumMedia": "0",
        "SmsMessageSid": written["sid"],
        "SmsSid": written["sid"],
        "SmsStatus": "received",
        "To": BUSINESS,
        "WaId": ANA[1:],
    }
    assert metadata["data"]["context"]["ProfileName"] == "Ana"
    assert request.headers["i-twilio-idempotency-token"]


def test_a_contact_without_a_profile_name_has_no_such_field(world: World) -> None:
    world.write("+12025550123", text="Hola")

    assert "ProfileName" not in world.bot.webhooks()[0].form


def test_a_tapped_button_brings_its_text_and_payload(world: World) -> None:
    asked = world.send(body="¿Confirmo?")
    world.write(button={"text": "Sí", "payload": "1"}, reply_to=asked.sid)

    form = world.bot.webhooks()[0].form
    assert (form["Body"], form["ButtonText"], form["ButtonPayload"]) == ("Sí", "Sí", "1")
    assert (form["MessageType"], form["OriginalRepliedMessageSid"]) == ("interactive", asked.sid)
    assert form["OriginalRepliedMessageSender"] == BUSINESS


def test_a_chosen_line_of_a_list_brings_its_id(world: World) -> None:
    world.write(list_item={"id": "carta-natal", "title": "Carta natal"})

    form = world.bot.webhooks()[0].form
    assert (form["Body"], form["ListId"], form["ListTitle"]) == ("Carta natal", "carta-natal", "Carta natal")


def test_a_photo_without_words_has_an_empty_body(world: World) -> None:
    written = world.write(media=[{"url": "https://example.org/a.jpg", "content_type": "image/jpeg"}])

    form = world.bot.webhooks()[0].form
    assert (form["Body"], form["NumMedia"], form["MessageType"]) == ("", "1", "image")
    files = f"{world.http.base_url}/2010-04-01/Accounts/{ACCOUNT}/Messages/{written['sid']}/Media/ME"
    assert form["MediaUrl0"].startswith(files.replace("//2010", "/2010"))
    assert form["MediaContentType0"] == "image/jpeg"
    assert written["sid"].startswith("MM")
    assert written["media"] == [{"url": "https://example.org/a.jpg", "content_type": "image/jpeg"}]


def test_files_are_named_by_the_address_under_which_the_assistant_reaches_the_api(world: World) -> None:
    port = world.http.base_url.port
    world.client.api.base_url = f"http://localhost:{port}"
    world.client.messages.list(limit=1)
    world.write(media=[{"url": "https://example.org/a.jpg", "content_type": "image/jpeg"}])

    assert world.bot.webhooks()[0].form["MediaUrl0"].startswith(f"http://localhost:{port}/2010-04-01/")


def test_a_location_brings_its_coordinates(world: World) -> None:
    world.write(location={"latitude": 19.43, "longitude": -99.13, "label": "Zócalo"})

    form = world.bot.webhooks()[0].form
    assert (form["Latitude"], form["Longitude"], form["Label"]) == ("19.43", "-99.13", "Zócalo")
    assert (form["MessageType"], "Address" in form) == ("location", False)


def test_the_outcome_is_shown_with_the_message(world: World) -> None:
    webhook = world.write(text="Hola")["webhook"]

    assert (webhook["state"], webhook["status"], webhook["attempts"]) == ("delivered", 204, 1)
    assert webhook["ms"] >= 0
    assert world.chat()[0]["webhook"] == webhook


def test_a_slow_assistant_leaves_the_outcome_pending(world: World) -> None:
    world.bot.delay = 1.5
    assert world.write(text="Hola")["webhook"]["state"] == "pending"
    eventually(lambda: world.chat()[0]["webhook"]["state"] == "delivered")


def test_a_contacts_next_message_waits_until_the_one_before_is_taken(world: World) -> None:
    world.bot.delay = 1.5
    world.write(text="uno")
    world.bot.delay = 0
    world.write(text="dos")
    world.write(text="tres")

    texts = eventually(lambda: world.bot.texts() if len(world.bot.texts()) == 3 else None)
    assert texts == ["uno", "dos", "tres"]


def test_contacts_do_not_wait_for_one_another(world: World) -> None:
    world.bot.delay = 1.5
    world.write(text="lento")
    world.bot.delay = 0
    world.write(LUIS, text="rápido")

    assert eventually(lambda: world.bot.texts() if len(world.bot.texts()) == 2 else None) == ["rápido", "lento"]


def test_an_error_of_the_assistant_is_not_repeated(world: World) -> None:
    world.bot.status = 500
    webhook = world.write(text="Hola")["webhook"]

    assert (webhook["state"], webhook["status"], webhook["attempts"]) == ("failed", 500, 1)
    assert len(world.bot.webhooks()) == 1


def test_a_failed_connection_is_tried_once_more_and_can_be_retried_by_hand(world: World) -> None:
    address = world.emulator.webhooks._url
    world.emulator.webhooks._url = "http://127.0.0.1:9/api/whatsapp/webhook"
    written = world.write(text="Hola")
    assert (written["webhook"]["state"], written["webhook"]["status"]) == ("failed", None)
    assert written["webhook"]["attempts"] == 2

    world.emulator.webhooks._url = address
    again = world.http.post(f"/sandbox/contacts/{ANA}/messages/{written['sid']}/webhook")

    assert (again.status_code, again.json()["webhook"]["state"]) == (202, "delivered")
    assert world.bot.webhooks()[0].form["MessageSid"] == written["sid"]
    assert len(world.chat()) == 1


def test_a_lost_webhook_is_never_sent_and_the_list_shows_its_message(world: World) -> None:
    world.faults(twilio={"lose_webhooks": 1})
    webhook = world.write(text="uno")["webhook"]
    world.faults(twilio={"lose_webhooks": 0})
    world.write(text="dos")

    assert (webhook["state"], webhook["attempts"], webhook["error"]) == ("failed", 0, "lost")
    assert world.bot.texts() == ["dos"]
    assert [message.body for message in world.client.messages.list(to=BUSINESS)] == ["dos", "uno"]


def test_duplicates_carry_the_same_sid_and_idempotency_token(world: World) -> None:
    world.faults(twilio={"duplicate_webhooks": 2})
    world.write(text="Hola")

    requests = eventually(lambda: world.bot.webhooks() if len(world.bot.webhooks()) == 3 else None)
    assert len({request.form["MessageSid"] for request in requests}) == 1
    assert len({request.headers["i-twilio-idempotency-token"] for request in requests}) == 1
    assert len(world.chat()) == 1


def test_reordering_lets_the_second_message_overtake_the_first(world: World) -> None:
    world.faults(twilio={"reorder_webhooks": True})
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(world.write, text="uno")
        eventually(lambda: world.chat())
        world.write(text="dos")
        first.result()

    assert eventually(lambda: world.bot.texts() if len(world.bot.texts()) == 2 else None) == ["dos", "uno"]
    assert [message["text"] for message in world.chat()] == ["uno", "dos"]


def test_a_given_sid_is_used_and_its_repetition_is_the_same_message(world: World) -> None:
    world.write(text="Hola", sid=SID)
    world.write(text="Hola", sid=SID)

    assert [request.form["MessageSid"] for request in world.bot.webhooks()] == [SID, SID]
    assert len(world.chat()) == 1
    other = world.http.post(f"/sandbox/contacts/{ANA}/messages", json={"text": "Adiós", "sid": SID})
    assert other.status_code == 409
