"""The action server as it is started: its logs, its metrics, and what it says of its own errors."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.actions.conftest import free_port, running
from tests.integration.actions.conversation import Conversation

WORDS = "hola, soy Ana Pérez, ana.perez@example.com, 55 8642 9753"
PERSONAL = ("soy Ana", "Pérez", "P\\u00e9rez", "ana.perez", "8642 9753", "86429753")


@dataclass
class World:
    """An action server and the sandbox it calls, with what both have written."""

    http: httpx.Client
    log: Path
    sandbox_log: Path

    def call(self, action: str, conversation: Conversation) -> dict[str, Any]:
        answer = self.http.post("/webhook", json=conversation.call(action), timeout=20)
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()
        return result

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]

    def sandbox_lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.sandbox_log.read_text(encoding="utf-8").splitlines()]

    def metrics(self) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        """Give the samples by name and labels."""
        answer = self.http.get("/metrics")
        answer.raise_for_status()
        families = text_string_to_metric_families(answer.text)
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in families
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float:
        return self.metrics().get((name, tuple(sorted(labels.items()))), 0.0)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder, ports = tmp_path_factory.mktemp("logged"), (free_port(), free_port())
    business, url = (f"http://127.0.0.1:{port}" for port in ports)
    of_sandbox = {"SANDBOX_PORT": str(ports[0]), "SANDBOX_DATABASE_URL": f"sqlite:///{folder / 'sandbox.db'}"}
    of_server = {"SANIC_HOST": "127.0.0.1", "INTERNAL_API_URL": business, "PYTHONUNBUFFERED": "1"}
    server = [sys.executable, "-m", "launcher.quiet", "actions.server", "--port", str(ports[1])]
    with (
        running([sys.executable, "-m", "sandbox"], f"{business}/health", folder / "sandbox.log", **of_sandbox),
        running(server, f"{url}/health", folder / "actions.log", **of_server),
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        yield World(client, folder / "actions.log", folder / "sandbox.log")


def test_every_line_is_json_with_the_same_keys(world: World) -> None:
    world.call("action_consultar_paquetes", Conversation().user("qué paquetes tienen", "consultar_paquetes"))

    lines = [*world.lines(), *world.sandbox_lines()]

    assert len(lines) > 3
    assert all({"timestamp", "level", "logger", "event"} <= set(line) for line in lines)
    assert all(line["timestamp"].endswith("Z") for line in lines)


def test_a_turns_lines_here_and_in_the_business_system_name_it(world: World) -> None:
    conversation = Conversation(sender="whatsapp:+5215586429753").user("qué paquetes tienen", "consultar_paquetes")
    sid = conversation.message["metadata"]["message_sid"] = "SM00000000000000000000000000000042"

    world.call("action_consultar_paquetes", conversation)

    ours = [line for line in world.lines() if line.get("turn_id") == sid]
    theirs = [line for line in world.sandbox_lines() if line.get("turn_id") == sid]
    assert [(line["event"], line["action"], line["outcome"]) for line in ours] == [
        ("action.done", "action_consultar_paquetes", "ok")
    ]
    assert ("GET", "/v1/packages", 200) in {(line["method"], line["path"], line["status"]) for line in theirs}


def test_a_form_names_the_turn_too(world: World) -> None:
    conversation = Conversation().user("quiero agendar una cita", "agendar_cita").opens("agendar_cita_form")
    sid = conversation.message["metadata"]["message_sid"] = "SM00000000000000000000000000000043"

    world.call("validate_agendar_cita_form", conversation)

    assert [line["action"] for line in world.lines() if line.get("turn_id") == sid] == ["validate_agendar_cita_form"]


def test_where_rasa_gives_the_message_its_id_the_lines_name_that(world: World) -> None:
    conversation = Conversation(channel="rest", sender="rest:x").user("hola", "saludo")
    conversation.message.update(message_id="0123456789abcdef0123456789abcdef", metadata={})

    world.call("action_saludo", conversation)

    assert "0123456789abcdef0123456789abcdef" in {line.get("turn_id") for line in world.lines()}


def test_neither_log_nor_metrics_hold_what_a_customer_said(world: World) -> None:
    conversation = Conversation(sender="whatsapp:+5215586429753").user(WORDS, "saludo", nombre="Ana Pérez")
    world.call("action_saludo", conversation)
    profile = Conversation(sender="whatsapp:+5215586429753").user(WORDS, "consultar_historial", email="ana.perez")
    world.call("validate_consultar_historial_form", profile.opens("consultar_historial_form"))

    shown = world.log.read_text() + world.sandbox_log.read_text() + world.http.get("/metrics").text

    assert "action_saludo" in shown
    assert not [word for word in PERSONAL if word in shown]


@pytest.mark.parametrize(
    ("call", "status", "error"),
    [
        ({"next_action": "action_saludo", "tracker": WORDS, "version": "3.6.21"}, 500, "TypeError"),
        ([WORDS], 500, "AttributeError"),
        (f'{{"tracker": "{WORDS}', 400, "InvalidUsage"),
    ],
)
def test_an_error_of_its_own_says_nothing_of_the_request(
    world: World, call: dict[str, Any] | list[str] | str, status: int, error: str
) -> None:
    answer = world.http.post("/webhook", content=call if isinstance(call, str) else json.dumps(call))

    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert not [word for word in PERSONAL if word in world.log.read_text()]


def test_an_error_of_its_own_is_logged_with_its_place(world: World) -> None:
    world.http.post("/webhook", json={"next_action": "action_saludo", "tracker": WORDS, "version": "3.6.21"})

    (line,) = [line for line in world.lines() if line["event"] == "request.broke"][-1:]

    assert (line["level"], line["route"], line["error"]) == ("error", "webhook", "TypeError")
    assert "interfaces.py:" in line["at"]


def test_the_services_that_actions_need_are_told_with_their_health(world: World) -> None:
    parts = world.http.get("/health/parts").raise_for_status().json()

    assert parts["api"] == {"ok": True, "ms": parts["api"]["ms"], "error": None}
    assert parts["openrouter"] == {"ok": True, "ms": parts["openrouter"]["ms"], "error": "not configured"}


def test_what_is_not_there_is_told_as_such(world: World) -> None:
    assert world.http.get("/nothing").status_code == 404
    assert world.http.get("/webhook").status_code == 405


def test_rasas_own_answers_stay(world: World) -> None:
    unknown = world.http.post("/webhook", json=Conversation().user("hola", "saludo").call("action_nobody_wrote"))

    assert unknown.status_code == 404
    assert unknown.json()["action_name"] == "action_nobody_wrote"
    assert world.http.get("/health").json() == {"status": "ok"}
    assert {"name": "action_saludo"} in world.http.get("/actions").json()


def test_runs_calls_and_messages_are_counted(world: World) -> None:
    run = {"action": "action_consultar_paquetes", "outcome": "ok"}
    call = {"operation": "GET /v1/packages", "status": "2xx"}
    before = (
        world.value("orquestador_action_seconds_count", **run),
        world.value("orquestador_internal_api_seconds_count", **call),
        world.value("orquestador_phrasings_total", purpose="phrasing", verdict="not_asked", reason=""),
    )

    world.call("action_consultar_paquetes", Conversation().user("qué paquetes tienen", "consultar_paquetes"))

    after = (
        world.value("orquestador_action_seconds_count", **run),
        world.value("orquestador_internal_api_seconds_count", **call),
        world.value("orquestador_phrasings_total", purpose="phrasing", verdict="not_asked", reason=""),
    )
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 1, 1]


def test_the_processs_own_figures_are_there(world: World) -> None:
    assert world.value("process_resident_memory_bytes") > 0


def test_without_our_server_the_actions_run_under_rasas(tmp_path: Path) -> None:
    port = free_port()
    url, command = f"http://127.0.0.1:{port}", [sys.executable, "-m", "rasa_sdk", "--actions", "actions"]
    with running([*command, "--port", str(port)], f"{url}/health", tmp_path / "log", SANIC_HOST="127.0.0.1"):
        names = {action["name"] for action in httpx.get(f"{url}/actions", trust_env=False).json()}
        metrics = httpx.get(f"{url}/metrics", trust_env=False)

    assert "action_saludo" in names
    assert not metrics.is_success
