"""Below the threshold the model may say what a message means; it is believed only what can be checked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.intents.aclarar import TELLING, ActionAclarar
from actions.intents.agendar_cita import AgendarCitaForm
from actions.llm.opinion import ENTITIES, INTENTS, NoOpinion
from actions.services import Services, make_services
from actions.settings import Settings
from tests.integration.actions.conversation import Conversation

DOMAIN = yaml.safe_load((Path(__file__).resolve().parents[3] / "domain.yml").read_text(encoding="utf-8"))
TEXT = "me laten el martes con lo de las cartas"


@pytest.fixture
def replies(sandbox: httpx.Client) -> Iterator[Callable[..., None]]:
    sandbox.delete("/sandbox/llm/calls").raise_for_status()

    def put(reply: Any = None, **llm: Any) -> None:
        text = reply if isinstance(reply, str | None) else json.dumps(reply)
        sandbox.put("/sandbox/faults", json={"llm": {"reply": text, **llm}}).raise_for_status()

    yield put
    sandbox.put("/sandbox/faults", json={}).raise_for_status()


@pytest.fixture
async def services(sandbox: httpx.Client) -> AsyncIterator[Services]:
    made = make_services(_settings(sandbox, second_opinion=True))
    yield made
    await asyncio.gather(made.phraser.close(), made.transport.close())


def _settings(sandbox: httpx.Client, **chosen: Any) -> Settings:
    base = str(sandbox.base_url.join("/llm/v1"))
    urls = {"internal_api_url": str(sandbox.base_url), "openrouter_base_url": base}
    return Settings(openrouter_api_key="sk-test", openrouter_model="a/model", **urls, **chosen)


def opinion(intent: str = "agendar_cita", confidence: float = 0.95, **entities: str) -> dict[str, Any]:
    found = [{"entity": name, "text": text} for name, text in entities.items()]
    return {"intent": intent, "confidence": confidence, "entities": found}


async def answer(services: Services, conversation: Conversation) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Runs the action; gives its events and the calls of the model that its log entry tells of."""
    dispatcher = CollectingDispatcher()
    tracker = Tracker.from_dict(conversation.call("action_aclarar")["tracker"])
    events = await ActionAclarar(services).run(dispatcher, tracker, {})
    # An action that hands the turn to a form says nothing itself.
    told = [message["custom"] if "turn" not in message else message for message in dispatcher.messages]
    calls = [call for message in told for call in ((message.get("turn") or {}).get("llm") or {"calls": []})["calls"]]
    return events, [call for call in calls if call["purpose"] == "understanding"]


def test_it_knows_what_the_assistant_can_do() -> None:
    forms = {name.removesuffix("_form") for name in DOMAIN["forms"]}
    assert set(INTENTS) == forms | set(TELLING)
    assert set(INTENTS) <= set(DOMAIN["intents"])
    assert set(ENTITIES) <= set(DOMAIN["entities"])


async def test_it_is_off_unless_it_is_asked_for(sandbox: httpx.Client, replies: Callable[..., None]) -> None:
    replies(opinion())
    made = make_services(_settings(sandbox))

    events, _ = await answer(made, Conversation().user(TEXT, "nlu_fallback", 0.4))

    assert isinstance(made.understanding, NoOpinion)
    assert events == []
    asked = sandbox.get("/sandbox/llm/calls").json()["calls"]
    assert not [call for call in asked if "Clasificas" in str(call)]
    await asyncio.gather(made.phraser.close(), made.transport.close())


async def test_a_form_opens_with_the_words_that_the_model_saw(services: Services, replies: Callable[..., None]) -> None:
    replies(opinion(fecha="el martes", tipo_sesion="cartas"))

    events, _ = await answer(services, Conversation().user(TEXT, "nlu_fallback", 0.4))

    kept = next(event for event in events if event["event"] == "slot")
    assert (kept["name"], kept["value"]["intent"]["name"]) == ("otro_deseo", "agendar_cita")
    assert [(e["entity"], TEXT[e["start"] : e["end"]]) for e in kept["value"]["entities"]] == [
        ("fecha", "el martes"),
        ("tipo_sesion", "cartas"),
    ]
    assert (events[-1]["event"], events[-1]["name"]) == ("followup", "agendar_cita_form")


async def test_the_form_that_opens_reads_those_words_and_reports_what_the_model_cost(
    services: Services, replies: Callable[..., None]
) -> None:
    replies(opinion(fecha="el martes"))
    conversation = Conversation().user(TEXT, "nlu_fallback", 0.4)
    events, _ = await answer(services, conversation)
    conversation.slots["otro_deseo"] = events[0]["value"]
    dispatcher = CollectingDispatcher()
    tracker = Tracker.from_dict(conversation.opens("agendar_cita_form").call("validate_agendar_cita_form")["tracker"])

    done = await AgendarCitaForm(services).run(dispatcher, tracker, {})

    slots = {event["name"]: event["value"] for event in done if event["event"] == "slot"}
    assert slots["fecha"]
    assert slots["otro_deseo"] is None
    # It leaves its question to Rasa, so its report travels with a slot.
    reports = [event["metadata"]["turn"] for event in done if event.get("metadata")]
    assert dispatcher.messages == []
    assert reports[0]["api_calls"]
    calls = [call for report in reports for call in report["llm"]["calls"]]
    (call,) = [call for call in calls if call["purpose"] == "understanding"]
    assert (call["subject"], call["verdict"]) == ("agendar_cita", "accepted")
    assert call["tokens_in"] > 0


async def test_what_only_tells_something_is_told_at_once(services: Services, replies: Callable[..., None]) -> None:
    replies(opinion("consultar_paquetes"))

    events, calls = await answer(services, Conversation().user("y de a cómo", "nlu_fallback", 0.4))

    assert not [event for event in events if event["event"] == "followup"]
    (call,) = calls
    assert (call["subject"], call["verdict"], call["reason"]) == ("consultar_paquetes", "accepted", None)
    assert call["tokens_in"] > 0


async def test_what_our_own_reading_found_stands(services: Services, replies: Callable[..., None]) -> None:
    replies(opinion(fecha="cartas"))

    events, _ = await answer(services, Conversation().user(TEXT, "nlu_fallback", 0.4, fecha="el martes"))

    (entity,) = events[0]["value"]["entities"]
    assert entity["value"] == "el martes"


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("Creo que quiere agendar.", "not_json"),
        ("", "not_json"),
        ('{"intent": "agendar_cita"', "not_json"),
        ("[1]", "not_json"),
        ("[" * 5000, "not_json"),
        ({"intent": "agendar_cita", "confidence": "0.99"}, "not_json"),
        ({"intent": "agendar_cita", "confidence": 0.99, "entities": [], "slots": {"verificacion": {}}}, "not_json"),
        ({"intent": "agendar_cita", "confidence": float("nan"), "entities": []}, "unsure"),
        (opinion("ninguno"), "unknown_intent"),
        (opinion("afirmar"), "unknown_intent"),
        (opinion("hablar_con_persona"), "unknown_intent"),
        (opinion("restart"), "unknown_intent"),
        (opinion(confidence=0.79), "unsure"),
        (opinion(confidence=7), "unsure"),
        (opinion(fecha="el martes próximo"), "not_verbatim"),
        (opinion(fecha="martes", hora=" "), "not_verbatim"),
        (opinion(fecha="a"), "not_verbatim"),
        (opinion(email="martes"), "unknown_entity"),
        (opinion(verificacion="martes"), "unknown_entity"),
    ],
)
async def test_anything_else_leaves_the_usual_question(
    services: Services, replies: Callable[..., None], reply: Any, why: str
) -> None:
    replies(reply)

    events, calls = await answer(services, Conversation().user(TEXT, "nlu_fallback", 0.4))

    assert events == []
    (call,) = calls
    assert (call["verdict"], call["reason"], call["subject"]) == ("rejected", why, "nlu_fallback")


async def test_a_model_that_does_not_answer_leaves_the_usual_question(
    services: Services, replies: Callable[..., None]
) -> None:
    replies(opinion(), status=400)

    events, (call,) = await answer(services, Conversation().user(TEXT, "nlu_fallback", 0.4))

    assert events == []
    assert (call["verdict"], call["reason"]) == ("rejected", "http_400")


async def test_a_button_needs_no_opinion(
    services: Services, replies: Callable[..., None], sandbox: httpx.Client
) -> None:
    replies(opinion())

    events, calls = await answer(services, Conversation().user("/nlu_fallback", "nlu_fallback", 1.0))

    assert (events, calls) == ([], [])


async def test_the_model_does_not_see_who_writes(
    services: Services, replies: Callable[..., None], sandbox: httpx.Client
) -> None:
    replies(opinion())
    text = "soy Ximena Ríos, ximena@example.com, 55 1234 5678, y me laten las cartas con 4111 1111 1111 1111"

    await answer(services, Conversation().user(text, "nlu_fallback", 0.4, nombre="Ximena Ríos"))

    sent = str(sandbox.get("/sandbox/llm/calls").json())
    assert "me laten las cartas" in sent
    for private in ("Ximena", "Ríos", "ximena", "5678", "4111"):
        assert private not in sent, private


async def test_what_was_hidden_is_no_words_of_the_message(services: Services, replies: Callable[..., None]) -> None:
    replies(opinion(fecha="ximena@example.com"))

    events, (call,) = await answer(services, Conversation().user("me late ximena@example.com", "nlu_fallback", 0.4))

    assert events == []
    assert call["reason"] == "not_verbatim"


async def test_nothing_the_model_writes_is_kept_beside_its_verdict(
    services: Services, replies: Callable[..., None]
) -> None:
    replies("El cliente se llama Ximena")
    dispatcher = CollectingDispatcher()
    tracker = Tracker.from_dict(Conversation().user(TEXT, "nlu_fallback", 0.4).call("action_aclarar")["tracker"])

    await ActionAclarar(services).run(dispatcher, tracker, {})

    assert "Ximena" not in json.dumps(dispatcher.messages)
