"""The customers' side over HTTP, and the events that a page follows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.integration.sandbox.twilio_world import ANA, LUIS, World, twilio_world


@pytest.fixture
def world() -> Iterator[World]:
    with twilio_world() as world:
        yield world


def test_contacts_are_there_from_the_start(world: World) -> None:
    listed = world.http.get("/sandbox/contacts").json()

    names = {contact["phone"]: contact["name"] for contact in listed["contacts"]}
    assert names == {
        ANA: "Ana",
        LUIS: "Luis",
        "+5491123456789": "Sofía",
        "+34600111222": "María",
        "+12025550123": "Desconocido",
    }
    assert listed["business_phone"] == "+15005550006"


@pytest.mark.parametrize("written", [ANA, ANA[1:], quote(ANA), quote(ANA, safe=""), "whatsapp:" + ANA])
def test_a_phone_may_be_written_in_several_ways(world: World, written: str) -> None:
    world.write(written, text="Hola")

    assert [message["text"] for message in world.chat(ANA)] == ["Hola"]


@pytest.mark.parametrize("written", ["12", "hola", "+0123456789", "1" * 16, "%2B١٢٣٤٥٦٧٨٩"])
def test_what_is_no_phone_is_refused(world: World, written: str) -> None:
    assert world.http.get(f"/sandbox/contacts/{written}/messages").status_code == 422


def test_both_sides_are_listed_in_order_and_from_a_message_on(world: World) -> None:
    first = world.write(text="Hola")
    world.send(body="Buenas")
    world.write(text="Quiero una cita")

    assert [(message["direction"], message["text"]) for message in world.chat()] == [
        ("inbound", "Hola"),
        ("outbound", "Buenas"),
        ("inbound", "Quiero una cita"),
    ]
    later = world.chat(after=first["sid"])
    assert [message["text"] for message in later] == ["Buenas", "Quiero una cita"]
    unknown = world.http.get(f"/sandbox/contacts/{ANA}/messages", params={"after": "SM0"})
    assert unknown.status_code == 404


def test_a_new_number_that_writes_becomes_a_contact(world: World) -> None:
    world.write("+525511112222", text="Hola", profile_name="Zoé 🌙")

    assert world.bot.webhooks()[0].form["ProfileName"] == "Zoé 🌙"
    names = [contact["name"] for contact in world.http.get("/sandbox/contacts").json()["contacts"]]
    assert names[-1] == "Zoé 🌙"


def test_a_contact_is_added_and_renamed(world: World) -> None:
    added = world.http.put("/sandbox/contacts/525511112222", json={"name": "Zoé"})
    renamed = world.http.put("/sandbox/contacts/525511112222", json={"name": "Zoe"})

    assert (added.status_code, renamed.status_code) == (201, 200)
    world.write("+525511112222", text="Hola")
    assert world.bot.webhooks()[0].form["ProfileName"] == "Zoe"


def test_a_cleared_chat_is_empty_and_others_stay(world: World) -> None:
    world.write(text="Hola")
    world.write(LUIS, text="Hola")
    cleared = world.http.delete(f"/sandbox/contacts/{ANA}/messages")

    assert cleared.status_code == 204
    assert (world.chat(), len(world.chat(LUIS))) == ([], 1)


@pytest.mark.parametrize("window", [{}, {"hours_ago": -1}, {"hours_ago": "x"}, {"days_ago": 1}])
def test_a_window_that_makes_no_sense_is_refused(world: World, window: dict[str, Any]) -> None:
    assert world.http.put(f"/sandbox/contacts/{ANA}/window", json=window).status_code == 422


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"text": ""},
        {"texto": "Hola"},
        {"text": "Hola", "sid": "SM1"},
        {"location": {"latitude": 91, "longitude": 0}},
        {"media": [{"url": "https://example.org"}]},
    ],
)
def test_a_malformed_message_is_refused_and_never_sent(world: World, message: dict[str, Any]) -> None:
    response = world.http.post(f"/sandbox/contacts/{ANA}/messages", json=message)

    assert response.status_code == 422
    assert (world.chat(), world.bot.requests) == ([], [])


def test_faults_are_replaced_as_a_whole_and_reset(world: World) -> None:
    well = world.http.get("/sandbox/faults").json()
    world.faults(twilio={"status": 500}, llm={"reply": "x"})
    world.faults(api={"latency_ms": 5})
    shown = world.http.get("/sandbox/faults").json()

    assert (shown["twilio"]["status"], shown["llm"]["reply"], shown["api"]["latency_ms"]) == (None, None, 5)
    world.faults()
    assert world.http.get("/sandbox/faults").json() == well


@pytest.mark.parametrize(
    "faults",
    [{"rasa": {}}, {"twilio": {"lag": 1}}, {"api": {"rate": 2}}, {"llm": {"status": 200}}],
)
def test_unknown_or_impossible_faults_are_refused(world: World, faults: dict[str, Any]) -> None:
    assert world.http.put("/sandbox/faults", json=faults).status_code == 422


def events(response: httpx.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    name = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_a_page_hears_of_messages_receipts_and_clearing(world: World) -> None:
    with world.http.stream("GET", "/sandbox/events") as response:
        heard = events(response)
        assert next(heard) == ("hello", {"business_phone": "+15005550006"})
        world.send(body="Buenas")
        seen = [next(heard) for _ in range(4)]
        with httpx.Client(base_url=world.http.base_url, trust_env=False) as another_page:
            another_page.delete(f"/sandbox/contacts/{ANA}/messages").raise_for_status()
        assert next(heard) == ("cleared", {"phone": ANA})

    assert {(name, data["phone"], data["message"]["text"]) for name, data in seen} == {("message", ANA, "Buenas")}
    statuses = [data["message"]["status"] for _, data in seen]
    assert list(dict.fromkeys(statuses)) == ["queued", "sent", "delivered"]
