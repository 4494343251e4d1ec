"""Twilio's REST API, used through Twilio's own client."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException

from tests.integration.sandbox.twilio_world import (
    ACCOUNT,
    ANA,
    BUSINESS,
    LUIS,
    TOKEN,
    World,
    twilio_world,
)

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
TYPING = "/v2/Indicators/Typing.json"
RESOURCE_FIELDS = {
    *("account_sid", "api_version", "body", "date_created", "date_sent", "date_updated", "direction"),
    *("error_code", "error_message", "from", "messaging_service_sid", "num_media", "num_segments"),
    *("price", "price_unit", "sid", "status", "subresource_uris", "to", "uri"),
}
TWO_BUTTONS, THREE_BUTTONS, FOUR_ROWS, TEN_ROWS, NOTICE = (f"HX{number:032}" for number in (2, 3, 4, 10, 16))


@pytest.fixture
def world() -> Iterator[World]:
    with twilio_world() as world:
        yield world


def test_the_official_client_sends_and_fetches(world: World) -> None:
    sent = world.send(body="¡Hola! ¿Cómo estás?")

    assert re.fullmatch(r"SM[0-9a-f]{32}", sent.sid)
    assert (sent.status, sent.direction) == ("queued", "outbound-api")
    assert (sent.from_, sent.to) == (BUSINESS, f"whatsapp:{ANA}")
    assert abs(sent.date_created - datetime.now(timezone.utc)) < timedelta(minutes=1)
    fetched = world.client.messages(sent.sid).fetch()
    assert (fetched.sid, fetched.body) == (sent.sid, "¡Hola! ¿Cómo estás?")
    assert world.chat()[0]["text"] == "¡Hola! ¿Cómo estás?"


def test_a_message_resource_has_all_of_twilios_fields(world: World) -> None:
    form = {"To": f"whatsapp:{ANA}", "From": BUSINESS, "Body": "Hola"}
    response = world.http.post(MESSAGES, data=form, auth=(ACCOUNT, TOKEN))

    assert response.status_code == 201
    resource = response.json()
    assert set(resource) == RESOURCE_FIELDS
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", resource["date_created"])
    assert resource["uri"] == f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{resource['sid']}.json"
    assert (resource["date_sent"], resource["num_segments"]) == (None, "1")


@pytest.mark.parametrize("auth", [None, (ACCOUNT, "wrong"), ("AC" + "1" * 32, TOKEN), httpx.BasicAuth("", "")])
def test_refuses_wrong_credentials(world: World, auth: httpx.Auth | tuple[str, str] | None) -> None:
    response = world.http.post(MESSAGES, data={"To": f"whatsapp:{ANA}", "Body": "Hola"}, auth=auth)

    assert (response.status_code, response.json()["code"]) == (401, 20003)
    assert world.chat() == []


def test_the_official_client_reads_the_account_with_its_credentials_only(world: World) -> None:
    account = world.client.api.accounts(ACCOUNT).fetch()
    assert (account.sid, account.status) == (ACCOUNT, "active")
    path = f"/2010-04-01/Accounts/{ACCOUNT}.json"
    assert world.http.get(path, auth=(ACCOUNT, "wrong")).status_code == 401


def test_another_accounts_messages_are_not_found(world: World) -> None:
    path = MESSAGES.replace(ACCOUNT, "AC" + "1" * 32)
    response = world.http.get(path, auth=(ACCOUNT, TOKEN))

    assert (response.status_code, response.json()["code"]) == (404, 20404)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "whatsapp:+12"}, 21211),
        ({"To": "whatsapp:hola"}, 21211),
        ({"To": ANA}, 21910),
        ({"From": ""}, 21603),
        ({"From": "whatsapp:+15005550009"}, 63007),
        ({"Body": ""}, 21602),
        ({"Body": "a" * 1601}, 21617),
        ({"MediaUrl": "ftp://example.org/a.jpg"}, 21620),
        ({"StatusCallback": "nowhere"}, 21609),
        ({"ContentSid": "HX" + "9" * 32}, 21655),
        ({"ContentSid": TWO_BUTTONS, "ContentVariables": "{"}, 21656),
        ({"ContentSid": TWO_BUTTONS, "ContentVariables": '{"1":"¿Sí?","2":"Sí"}'}, 21656),
        ({"ContentSid": TWO_BUTTONS, "ContentVariables": '{"1":"a","2":"b","3":"%s"}' % ("c" * 21)}, 21656),
        ({"ContentSid": TWO_BUTTONS, "ContentVariables": '{"1":"%s","2":"b","3":"c"}' % ("a" * 1025)}, 21656),
        ({"ContentSid": FOUR_ROWS, "ContentVariables": '{"1":"a","2":"b","3":"c","4":"d"}'}, 21656),
        (
            {"ContentSid": FOUR_ROWS, "ContentVariables": '{"1":"a","2":"b","3":"c","4":"d","5":"%s"}' % ("e" * 25)},
            21656,
        ),
    ],
)
def test_refuses_what_twilio_refuses_with_its_code(world: World, change: dict[str, str], code: int) -> None:
    form = {"To": f"whatsapp:{ANA}", "From": BUSINESS, "Body": "Hola"} | change
    response = world.http.post(MESSAGES, data=form, auth=(ACCOUNT, TOKEN))

    error = response.json()
    assert (response.status_code, error["code"], error["status"]) == (400, code, 400)
    assert error["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert error["message"]
    assert world.chat() == []


def test_takes_the_longest_body(world: World) -> None:
    assert world.send(body="á" * 1600).num_segments == "24"


def test_the_official_client_raises_the_code(world: World) -> None:
    with pytest.raises(TwilioRestException) as caught:
        world.send(body="a" * 1601)

    assert (caught.value.status, caught.value.code) == (400, 21617)


def test_sends_media(world: World) -> None:
    sent = world.send(media_url=["https://example.org/recibo.pdf"])

    assert (sent.num_media, sent.sid[:2]) == ("1", "MM")
    media = [{"url": "https://example.org/recibo.pdf", "content_type": "application/pdf"}]
    assert world.chat()[0]["media"] == media


def test_renders_a_template_with_its_buttons(world: World) -> None:
    variables = {"1": "¿Qué prefieres?", "2": "Agendar", "3": "Pagar", "4": "Nada"}
    world.send(content_sid=THREE_BUTTONS, content_variables=json.dumps(variables))

    shown = world.chat()[0]
    assert shown["text"] == "¿Qué prefieres?"
    assert shown["buttons"] == [
        {"title": "Agendar", "id": "1"},
        {"title": "Pagar", "id": "2"},
        {"title": "Nada", "id": "3"},
    ]


@pytest.mark.parametrize(("content_sid", "count"), [(FOUR_ROWS, 4), (TEN_ROWS, 10)])
def test_renders_a_list_with_its_rows(world: World, content_sid: str, count: int) -> None:
    rows = {str(number): f"Fila {number}".ljust(24, "x") for number in range(2, count + 2)}
    world.send(content_sid=content_sid, content_variables=json.dumps({"1": "¿Cuál?", **rows}))

    shown = world.chat()[0]
    items = [{"title": title, "id": str(place)} for place, title in enumerate(rows.values(), start=1)]
    assert (shown["text"], shown["buttons"]) == ("¿Cuál?", [])
    assert shown["list"] == {"button": "Ver opciones", "items": items}
    assert world.client.messages.list()[0].body == "¿Cuál?"


def test_a_template_without_variables_needs_none(world: World) -> None:
    world.send(content_sid=NOTICE)

    assert world.chat()[0]["text"] == "Tenemos una respuesta para ti. Escríbenos para leerla."


def test_lists_all_messages_newest_first_over_several_pages(world: World) -> None:
    for number in range(5):
        world.send(body=f"{number}")

    bodies = [message.body for message in world.client.messages.list(page_size=2)]

    assert bodies == ["4", "3", "2", "1", "0"]


def test_a_message_that_comes_between_two_pages_shifts_nothing(world: World) -> None:
    for number in range(3):
        world.send(body=f"{number}")
    first = world.client.messages.page(page_size=2)
    shown = [message.body for message in first]
    world.send(body="new")

    assert shown + [message.body for message in first.next_page()] == ["2", "1", "0"]


def test_lists_by_sender_recipient_and_date(world: World) -> None:
    world.write(text="de Ana")
    world.write(LUIS, text="de Luis")
    world.send(body="a Ana")
    now = datetime.now(timezone.utc)
    messages = world.client.messages

    assert [m.body for m in messages.list(to=BUSINESS)] == ["de Luis", "de Ana"]
    assert [m.body for m in messages.list(from_=f"whatsapp:{ANA}")] == ["de Ana"]
    assert [m.body for m in messages.list(to=f"whatsapp:{ANA}")] == ["a Ana"]
    recent = messages.list(to=BUSINESS, date_sent_after=now - timedelta(minutes=5))
    assert [m.direction for m in recent] == ["inbound", "inbound"]
    assert messages.list(to=BUSINESS, date_sent_before=now - timedelta(minutes=5)) == []
    assert messages.list(to=BUSINESS, date_sent=(now - timedelta(days=2)).date()) == []


def test_an_unknown_message_is_not_found(world: World) -> None:
    with pytest.raises(TwilioRestException) as caught:
        world.client.messages("SM" + "0" * 32).fetch()

    assert (caught.value.status, caught.value.code) == (404, 20404)


def test_a_message_whose_answer_is_lost_was_taken(world: World) -> None:
    world.faults(twilio={"lose_answers": 1})
    form = {"To": f"whatsapp:{ANA}", "From": BUSINESS, "Body": "Hola"}
    with pytest.raises(httpx.RemoteProtocolError):
        world.http.post(MESSAGES, data=form, auth=(ACCOUNT, TOKEN))

    assert [message["text"] for message in world.chat()] == ["Hola"]
    assert [message.body for message in world.client.messages.list()] == ["Hola"], "only new messages are lost"


def test_the_files_of_a_message_are_listed_and_given_to_the_account_only(world: World) -> None:
    files = [{"url": f"https://example.org/{kind}", "content_type": kind} for kind in ("image/jpeg", "audio/ogg")]
    sid = world.write(media=files)["sid"]

    listed = world.client.messages(sid).media.list()

    assert [medium.content_type for medium in listed] == ["image/jpeg", "audio/ogg"]
    assert all(re.fullmatch(r"ME[0-9a-f]{32}", medium.sid) and medium.parent_sid == sid for medium in listed)
    path = listed[1].uri.removesuffix(".json")
    assert world.http.get(path).status_code == 401
    file = world.http.get(path, auth=(ACCOUNT, TOKEN))
    assert (file.headers["Content-Type"], file.headers["Content-Length"]) == ("audio/ogg", str(len(file.content)))
    assert world.http.get(path[:-1] + "x", auth=(ACCOUNT, TOKEN)).status_code == 404
    assert world.client.messages(world.write(text="Hola")["sid"]).media.list() == []


def test_too_many_requests_carry_retry_after(world: World) -> None:
    world.faults(twilio={"status": 429, "retry_after": 7})
    form = {"To": f"whatsapp:{ANA}", "From": BUSINESS, "Body": "Hola"}
    response = world.http.post(MESSAGES, data=form, auth=(ACCOUNT, TOKEN))

    assert (response.status_code, response.headers["Retry-After"]) == (429, "7")
    assert response.json()["code"] == 20429
    assert world.chat() == []


def test_a_fault_of_no_rate_hits_nothing_and_an_ended_one_neither(world: World) -> None:
    world.faults(twilio={"status": 500, "rate": 0})
    world.send(body="uno")
    world.faults(twilio={"status": 500})
    with pytest.raises(TwilioRestException):
        world.send(body="dos")
    world.faults()
    world.send(body="tres")

    assert [message["text"] for message in world.chat()] == ["uno", "tres"]


def is_typing(world: World, phone: str = ANA) -> bool:
    contacts = world.http.get("/sandbox/contacts").json()["contacts"]
    return any(contact["typing"] for contact in contacts if contact["phone"] == phone)


def test_typing_marks_the_message_read_and_shows_until_the_answer(world: World) -> None:
    sid = world.write(text="Hola")["sid"]
    form = {"messageId": sid, "channel": "whatsapp"}
    response = world.http.post(TYPING, data=form, auth=(ACCOUNT, TOKEN))

    assert (response.status_code, response.json()) == (200, {"success": True})
    assert is_typing(world)
    assert world.chat()[0]["status"] == "read"
    assert not is_typing(world, LUIS)
    world.send(body="Buenas")
    assert not is_typing(world)


@pytest.mark.parametrize(
    ("form", "auth", "status"),
    [
        ({"messageId": "SM" + "0" * 32, "channel": "whatsapp"}, (ACCOUNT, TOKEN), 404),
        ({"messageId": "SM" + "0" * 32, "channel": "whatsapp"}, None, 401),
        ({}, (ACCOUNT, TOKEN), 404),
    ],
)
def test_typing_needs_a_message_and_credentials(
    world: World, form: dict[str, str], auth: tuple[str, str] | None, status: int
) -> None:
    assert world.http.post(TYPING, data=form, auth=auth).status_code == status
