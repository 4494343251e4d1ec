"""What the model is asked, what it is not, and what comes of a good answer."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx

from actions.phrasing.phraser import ModelPhraser, Phraser, TemplatesOnly, make_phraser
from actions.settings import Settings
from tests.integration.actions.phrasing.rewording import BOOKED, EXACT, FACTS, PASSAGE, calls_of


async def test_without_a_key_the_templates_stay() -> None:
    phraser = make_phraser(Settings(openrouter_api_key=None))

    assert isinstance(phraser, TemplatesOnly)
    assert await phraser.reword([BOOKED]) == ([None], None)


async def test_rewords_with_every_fact_in_place(made: Callable[..., Phraser]) -> None:
    (text,), report = await made().reword([BOOKED])

    assert text is not None
    assert all(text.count(fact) == 1 for fact in FACTS.values())
    assert report is not None
    (call,) = report["calls"]
    assert (
        call.items()
        >= {
            "purpose": "phrasing",
            "subject": "utter_cita_agendada",
            "verdict": "accepted",
            "reason": None,
            "model": "a/model",
        }.items()
    )
    assert call["tokens_in"] > 100
    assert call["tokens_out"] > 5
    assert call["cost"] > 0
    assert "[[1]]" in report["text"]


async def test_neither_a_fact_nor_what_the_customer_says_reaches_the_model(
    made: Callable[..., Phraser], sandbox: httpx.Client
) -> None:
    heard = (
        "hola!! soy Ximena Ríos, mi correo es ximena@example.com y pagué $850 con la 4111 1111 1111 1111, urge porfa"
    )

    await made().reword([BOOKED], heard)

    (call,) = calls_of(sandbox)
    sent = str(call)
    for private in (*FACTS.values(), "Ximena", "Ríos", "ximena", "850", "4111", "pagué"):
        assert private not in sent, private
    last = call["body"]["messages"][-1]["content"]
    assert re.search(r"<tono>\nhola !! … .*urge porfa\n</tono>", last), last


async def test_a_style_without_tone_keeps_even_that_at_home(
    made: Callable[..., Phraser], sandbox: httpx.Client
) -> None:
    phraser = made()
    assert isinstance(phraser, ModelPhraser)
    phraser._style = phraser._style.copy(update={"tono_del_cliente": False})

    await phraser.reword([BOOKED], "hola!! urge porfa")

    assert "<tono>\n" not in str(calls_of(sandbox)[0]["body"]["messages"][-1])


async def test_openrouter_is_told_who_asks_what_may_happen_to_the_data_and_whom_else_to_ask(
    made: Callable[..., Phraser], sandbox: httpx.Client, faults: Callable[..., None]
) -> None:
    faults(primary_down=1.0)
    phraser = made(openrouter_fallback_models="b/model, c/model", openrouter_referer="https://casa.example")

    _, report = await phraser.reword([BOOKED])

    (call,) = calls_of(sandbox)
    assert call["body"]["models"] == ["a/model", "b/model", "c/model"]
    assert call["body"]["provider"] == {"data_collection": "deny"}
    assert call["body"]["usage"] == {"include": True}
    headers = {name.lower(): value for name, value in call["headers"].items()}
    assert (headers["http-referer"], headers["x-title"]) == ("https://casa.example", "Orquestador Conversacional")
    assert report is not None
    assert report["calls"][0]["model"] == "b/model"


async def test_an_exact_text_is_never_sent(made: Callable[..., Phraser], sandbox: httpx.Client) -> None:
    assert await made().reword([EXACT]) == ([None], None)
    assert calls_of(sandbox) == []


async def test_a_passage_is_reworded_in_place_of_the_response_that_holds_it(
    made: Callable[..., Phraser], sandbox: httpx.Client
) -> None:
    (text,), _ = await made().reword([PASSAGE])

    assert text is not None
    assert "con tarjeta" in text
    assert "efectivo" not in str(calls_of(sandbox))
