"""What an operator sees of the running system: its logs, and its metrics."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import RASA, System

pytestmark = pytest.mark.e2e

LOGS = Path(__file__).resolve().parents[2] / "var" / "log"
PARTS = ("rasa", "actions", "sandbox")
ACTIONS = "http://127.0.0.1:5055"


def lines(part: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (LOGS / f"{part}.log").read_text(encoding="utf-8").splitlines()]


def of_turn(part: str, sid: str) -> set[str]:
    return {line["event"] for line in lines(part) if line.get("turn_id") == sid}


def metric(url: str, name: str, **labels: str) -> float:
    text = httpx.get(f"{url}/metrics", trust_env=False).raise_for_status().text
    for line in text.splitlines():
        found = re.fullmatch(rf"{name}(?:\{{(.*)\}})? (\S+)", line)
        if found and dict(re.findall(r'(\w+)="([^"]*)"', found[1] or "")) == labels:
            return float(found[2])
    return 0.0


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never came to pass"
        time.sleep(0.1)


def test_every_line_of_every_part_is_json(system: System) -> None:
    system.phone().say("hola")

    for part in PARTS:
        assert all({"timestamp", "level", "logger", "event"} <= set(line) for line in lines(part)), part


def test_a_turn_can_be_followed_through_all_parts(system: System) -> None:
    phone = system.phone()
    sent = system.sandbox.post(f"/sandbox/contacts/{phone.number}/messages", json={"text": "qué paquetes tienen"})
    phone.hear()
    sid = sent.json()["sid"]

    eventually(lambda: "turn.over" in of_turn("rasa", sid))
    assert of_turn("actions", sid) == {"action.done"}
    assert of_turn("sandbox", sid) == {"api.call"}


def test_no_log_holds_what_was_said_or_by_whom(system: System) -> None:
    phone = system.phone()
    phone.say("hola, me llamo Zacarías y mi correo es zacarias.prueba@example.com")
    phone.say("quiero ver mi historial")

    shown = "".join((LOGS / f"{part}.log").read_text(encoding="utf-8") for part in PARTS)

    assert "action.done" in shown
    assert not [word for word in ("Zacar", "zacarias", "historial de", phone.number.lstrip("+")) if word in shown]


def test_turns_are_counted_by_what_was_understood(system: System) -> None:
    answered = {"channel": "whatsapp", "intent": "consultar_paquetes", "outcome": "answered"}
    before = metric(RASA, "orquestador_turns_total", **answered)
    runs = {"action": "action_consultar_paquetes", "outcome": "ok"}
    runs_before = metric(ACTIONS, "orquestador_action_seconds_count", **runs)

    system.phone().say("qué paquetes tienen")

    eventually(lambda: metric(RASA, "orquestador_turns_total", **answered) == before + 1)
    assert metric(ACTIONS, "orquestador_action_seconds_count", **runs) == runs_before + 1
    assert metric(RASA, "orquestador_stage_seconds_count", stage="whole") > 0
    assert metric(RASA, "orquestador_database_up") == 1
