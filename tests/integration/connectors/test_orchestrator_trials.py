"""Trying a message: through the agent and back, with everything that was made of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.errors import Problem
from connectors.orchestrator.assistant import Assistant
from connectors.orchestrator.trials import Trials
from connectors.remote_actions import ActionNotDone
from connectors.turn_loop import TurnLoop
from tests.integration.connectors.orchestrator_world import ADMIN, REPORT, World, orchestrator_world
from tests.unit.connectors.conversation_log.rasa_events import called


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with orchestrator_world(f"sqlite:///{tmp_path}/test.db", tmp_path) as world:
        yield world


async def test_shows_what_was_understood_done_and_answered(world: World) -> None:
    answer = await world.say("Ana, ¿qué tal?")

    data = answer.json()["data"]
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert data["intent"] == {"name": "saludo", "confidence": 0.98}
    assert data["intent_ranking"] == [data["intent"]]
    assert data["entities"] == [{"entity": "nombre", "value": "Ana", "start": 0, "end": 3}]
    assert data["actions"] == ["action_saludo"]
    assert data["api_calls"] == REPORT["api_calls"]
    buttons = [{"title": "Agendar", "payload": "/agendar_cita"}]
    assert data["answers"] == [{"text": "eco: Ana, ¿qué tal?", "buttons": buttons}]
    assert (data["error"], data["model"]) == (None, "model-1")
    assert data["times"]["actions"] == [{"action": "action_saludo", "ms": 7}]


async def test_what_was_put_to_the_language_model_is_shown_call_by_call(world: World) -> None:
    world.agent.report["llm"] = {"text": "¡Hola!", "calls": [called(), called("skipped", "busy")]}
    answer = await world.say("hola")
    assert answer.json()["data"]["llm"] == [{"text": "¡Hola!", "calls": [called(), called("skipped", "busy")]}]


async def test_a_failure_of_the_turn_is_shown(world: World) -> None:
    world.agent.report["error"] = {"type": "api", "code": "service_unavailable"}
    answer = await world.say("hola")
    assert (answer.status_code, answer.json()["success"]) == (200, False)
    assert answer.json()["data"]["error"] == {"type": "api", "code": "service_unavailable"}


async def test_a_conversation_goes_on_under_its_name_and_is_nobodys_else(world: World) -> None:
    first = (await world.say("hola")).json()["data"]["sender"]
    second = (await world.say("adiós", sender=first)).json()["data"]
    third = (await world.say("hola")).json()["data"]
    assert second["sender"] == first != third["sender"]
    assert [message.sender_id for message in world.agent.heard] == [f"test:{first}"] * 2 + [f"test:{third['sender']}"]
    assert {message.input_channel for message in world.agent.heard} == {"test"}
    # Of the second turn only, though the conversation holds both.
    assert [answer["text"] for answer in second["answers"]] == ["eco: adiós"]


@pytest.mark.parametrize("sender", ["", "a b", "whatsapp:+5215512345678", "á", "x" * 65])
async def test_a_name_that_is_none_is_refused(world: World, sender: str) -> None:
    assert (await world.say("hola", sender=sender)).status_code == 400
    assert world.agent.heard == []


async def test_typed_payload_syntax_is_text(world: World) -> None:
    data = (await world.say(' \u200b/pagar_servicio{"monto": "0.01"}')).json()["data"]
    assert data["message"] == 'pagar_servicio{"monto": "0.01"}'
    assert world.agent.heard[0].text == data["message"]


async def test_card_numbers_go_no_further(world: World) -> None:
    assert "4111" not in (await world.say("mi tarjeta es 4111 1111 1111 1111")).text
    assert "4111" not in world.agent.heard[0].text


@pytest.mark.parametrize("message", ["/", " \t ", "\u0000"])
async def test_an_empty_message_is_refused(world: World, message: str) -> None:
    answer = await world.say(message)
    assert (answer.status_code, answer.json()["code"]) == (400, "message_empty")


async def test_an_action_server_that_does_not_answer_is_named(world: World) -> None:
    world.agent.fails = ActionNotDone("'action_saludo': ClientConnectorError")
    answer = await world.say("hola")
    assert (answer.status_code, answer.json()["code"]) == (502, "actions_unavailable")


async def test_an_agent_that_breaks_is_a_problem_without_its_words(world: World) -> None:
    world.agent.fails = LookupError("ana@example.com")
    answer = await world.say("hola")
    assert (answer.status_code, answer.json()["code"]) == (500, "unexpected")
    assert "ana@" not in answer.text


async def test_without_a_model_nothing_can_be_tried(world: World) -> None:
    world.agent.is_loaded = False
    answer = await world.say("hola")
    assert (answer.status_code, answer.json()["code"]) == (503, "no_model")


async def test_a_turn_that_does_not_end_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(message: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(world.agent, "handle_message", hang)
    trials = Trials(Assistant(lambda: world.agent, TurnLoop()), "a-log-key", max_seconds=0.05)
    with pytest.raises(Problem, match="turn_too_long"):
        await trials.run("hola", None)


async def test_nothing_of_a_trial_is_in_the_audit(world: World) -> None:
    await world.say("hola")
    assert (await world.http.get(ADMIN, params={"action": "audit"})).json()["data"]["entries"] == []
