"""The admin and testing API of the whole system, with every part running."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from connectors.orchestrator.trials import examples
from tests.e2e.conftest import RASA, System

pytestmark = pytest.mark.e2e

ADMIN, TEST = "/api/orchestrator", "/api/orchestrator/test"
PARTS = {"rasa", "openrouter", "twilio", "api", "logging", "actions", "database", "redis"}


@pytest.fixture
def api(system: System) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=RASA, timeout=60.0, trust_env=False) as api:
        yield api


def look(api: httpx.Client, action: str, **query: Any) -> Any:
    answer = api.get(ADMIN, params={"action": action, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def act(api: httpx.Client, action: str, **members: Any) -> dict[str, int]:
    answer = api.post(ADMIN, json={"action": action, **members})
    assert answer.status_code == 200, answer.text
    counts: dict[str, int] = answer.json()["data"]["counts"]
    return counts


def say(api: httpx.Client, message: str, **members: Any) -> Any:
    answer = api.post(TEST, json={"message": message, **members})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def logged(api: httpx.Client, expected: int, **query: Any) -> list[dict[str, Any]]:
    """Gives all that the log has, page by page, as soon as there is as much as expected."""
    deadline = time.monotonic() + 10
    while len(look(api, "logs", **query)["entries"]) < expected:
        assert time.monotonic() < deadline, look(api, "logs")
        time.sleep(0.5)
    page = look(api, "logs", limit=1, **query)
    entries: list[dict[str, Any]] = page["entries"]
    while page["next_cursor"]:
        page = look(api, "logs", limit=1, cursor=page["next_cursor"], **query)
        entries += page["entries"]
    return entries


def test_every_part_is_well(api: httpx.Client) -> None:
    data = look(api, "health")
    assert data["overall"], data
    assert data["services"] == dict.fromkeys(PARTS, True)
    assert data["version"]["model"]
    assert api.get(TEST, params={"type": "health"}).json()["data"]["services"] == data["services"]


def test_a_twilio_that_fails_is_named(api: httpx.Client, system: System) -> None:
    system.faults(twilio={"status": 503})
    time.sleep(1.1)
    answer = api.get(ADMIN, params={"action": "health"})
    assert (answer.status_code, answer.json()["data"]["services"]["twilio"]) == (503, False)
    assert answer.json()["data"]["details"]["twilio"]["error"] == "HTTP 503"


def test_a_message_is_tried_on_the_whole_chain(api: httpx.Client) -> None:
    packages = say(api, "¿Qué paquetes tienen disponibles?")
    assert (packages["intent"]["name"], packages["error"]) == ("consultar_paquetes", None)
    assert "action_consultar_paquetes" in packages["actions"]
    assert {call["path_template"] for call in packages["api_calls"]} >= {"/v1/packages"}
    assert "Carta natal" in packages["answers"][0]["text"]
    assert packages["times"]["actions"][0]["action"] == "action_consultar_paquetes"
    assert len(packages["intent_ranking"]) > 1

    asked = say(api, "Quiero agendar una cita para el próximo martes a las 3pm")
    assert {entity["entity"] for entity in asked["entities"]} >= {"fecha", "hora"}
    confirmation = say(api, "prueba@example.com", sender=asked["sender"])
    assert "15:00" in " ".join(answer["text"] for answer in confirmation["answers"])
    assert say(api, "olvídalo", sender=asked["sender"])["intent"]["name"] == "olvidar"


def test_the_seeds_examples_are_understood(api: httpx.Client) -> None:
    listed = api.get(TEST, params={"type": "examples"}).json()["data"]["examples"]
    assert listed == examples()
    found = {example["message"]: say(api, example["message"])["intent"]["name"] for example in listed}
    assert found == {example["message"]: example["intent"] for example in listed}


def test_the_log_is_read_by_cursor_and_forgetting_empties_it(api: httpx.Client, system: System) -> None:
    phone = system.phone()
    for text in ("hola", "qué paquetes tienen", "gracias"):
        phone.say(text)

    entries = logged(api, 3, user=phone.number)
    assert [entry["message"] for entry in entries] == ["gracias", "qué paquetes tienen", "hola"]
    assert {entry["intent"] for entry in logged(api, 1, user=phone.number, text="PAQUETES TIENEN")} == {
        "consultar_paquetes"
    }
    assert look(api, "stats", user=phone.number)["total_messages"] == 3

    user = entries[0]["userId"]
    counts = act(api, "forget", user=phone.number, dry_run=True)
    assert (counts["conversation_logs"], counts["inbox"], counts["contacts"]) == (3, 3, 1)
    assert act(api, "forget", user=phone.number)["conversation_logs"] == 3
    assert look(api, "logs", user=phone.number) == {"entries": [], "next_cursor": None}
    assert "Carta natal" in phone.say("qué paquetes tienen")
    assert [entry["subject"] for entry in look(api, "audit")["entries"][:2]] == [user, user]


def test_who_is_paused_hears_nothing_until_released(api: httpx.Client, system: System) -> None:
    phone = system.phone()
    phone.say("hola")
    assert act(api, "pause", user=phone.number) == {"handed_over": 1}
    phone.send("¿siguen ahí?")
    time.sleep(3)
    assert phone.unread() == []
    assert phone.number in [one["number"] for one in look(api, "handed_over")["customers"]]

    assert act(api, "release", user=phone.number) == {"released": 1}
    assert "Carta natal" in phone.say("qué paquetes tienen")


def test_nobody_behind_a_proxy_is_let_in_without_a_token(api: httpx.Client) -> None:
    answer = api.get(ADMIN, params={"action": "health"}, headers={"x-forwarded-for": "203.0.113.9"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_local")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_browser_is_allowed_nothing(api: httpx.Client) -> None:
    headers = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    answer = api.options(ADMIN, headers=headers)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]
