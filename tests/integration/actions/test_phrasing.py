"""Rewording against an OpenAI-compatible server that behaves well, badly, slowly or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from actions.dialogue.turn import Said
from actions.phrasing.phraser import OpenRouterPhraser, TemplatesOnly, make_phraser
from actions.settings import Settings

BOOKED = Said(
    "utter_cita_agendada",
    {"fecha": "martes 24 de noviembre", "hora": "15:00", "cita_id": "C-1042", "email": "ana@example.com"},
)
EXACT = Said("utter_confirmar_agendar_cita", {"fecha": "x", "hora": "y", "email": "z"})


@pytest.fixture
async def phraser(sandbox: httpx.Client) -> AsyncIterator[OpenRouterPhraser]:
    url = f"{sandbox.base_url}/llm/v1".replace("//llm", "/llm")
    made = make_phraser(Settings(openrouter_api_key="sk-test", openrouter_base_url=url, phrasing_timeout=3.0))
    assert isinstance(made, OpenRouterPhraser)
    yield made
    await made.close()
    sandbox.put("/sandbox/faults", json={}).raise_for_status()


async def test_without_a_key_the_templates_stay() -> None:
    phraser = make_phraser(Settings(openrouter_api_key=None))

    assert isinstance(phraser, TemplatesOnly)
    assert await phraser.reword([BOOKED]) == ([None], None)


async def test_rewords_with_every_fact_in_place(phraser: OpenRouterPhraser) -> None:
    (text,), verdict = await phraser.reword([BOOKED])

    assert text is not None
    assert text.startswith("¡Claro!")
    assert all(str(fact) in text for fact in BOOKED.facts.values())
    assert verdict is not None
    assert verdict["verdict"] == "accepted"


async def test_the_model_never_sees_a_fact(phraser: OpenRouterPhraser) -> None:
    _, verdict = await phraser.reword([BOOKED])

    assert verdict is not None
    assert "[[1]]" in verdict["text"]
    assert not any(str(fact) in verdict["text"] for fact in BOOKED.facts.values())


async def test_an_exact_text_is_never_sent(phraser: OpenRouterPhraser) -> None:
    assert await phraser.reword([EXACT]) == ([None], None)


@pytest.mark.parametrize(
    ("faults", "why"),
    [
        ({"reply": "Tu cita es mañana a las 8, cuesta 10 dólares"}, "rejected:facts_changed"),
        ({"reply": "[[1]] [[2]] [[3]] [[4]] y te regalamos 20 dólares"}, "rejected:something_added"),
        ({"latency_ms": 6000}, "rejected:timeout"),
        ({"status": 503, "rate": 1.0}, "rejected:http_503"),
        ({"status": 429, "rate": 1.0}, "rejected:http_429"),
    ],
)
async def test_anything_else_leaves_the_template_and_says_why(
    phraser: OpenRouterPhraser, sandbox: httpx.Client, faults: dict[str, object], why: str
) -> None:
    sandbox.put("/sandbox/faults", json={"llm": faults}).raise_for_status()

    texts, verdict = await phraser.reword([BOOKED])

    assert texts == [None]
    assert verdict is not None
    assert verdict["verdict"] == why


async def test_no_server_at_all_leaves_the_template() -> None:
    settings = Settings(openrouter_api_key="sk-test", openrouter_base_url="http://127.0.0.1:9/v1", phrasing_timeout=1.0)

    phraser = make_phraser(settings)

    texts, verdict = await phraser.reword([BOOKED])
    await phraser.close()

    assert texts == [None]
    assert verdict is not None
    assert verdict["verdict"] == "rejected:unreachable"
