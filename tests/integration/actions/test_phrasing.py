"""Rewording against an OpenAI-compatible server that behaves well, badly, slowly or not at all."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest

from actions.dialogue.turn import Said
from actions.phrasing.phraser import ModelPhraser, Phraser, TemplatesOnly, make_phraser
from actions.settings import Settings

FACTS = {"fecha": "martes 24 de noviembre", "hora": "15:00", "cita_id": "C-1042", "email": "ana@example.com"}
BOOKED = Said("utter_cita_agendada", FACTS)
CANCELLED = Said("utter_cita_cancelada", FACTS)
EXACT = Said("utter_confirmar_agendar_cita", {"fecha": "x", "hora": "y", "email": "z"})
PASSAGE = Said(
    "utter_ayuda_tema", {"texto": "Puedes pagar con tarjeta o en efectivo."}, passage="Puedes pagar con tarjeta."
)


@pytest.fixture
def faults(sandbox: httpx.Client) -> Iterator[Callable[..., None]]:
    sandbox.delete("/sandbox/llm/calls").raise_for_status()

    def put(**llm: Any) -> None:
        sandbox.put("/sandbox/faults", json={"llm": llm}).raise_for_status()

    yield put
    sandbox.put("/sandbox/faults", json={}).raise_for_status()


@pytest.fixture
async def made(sandbox: httpx.Client, faults: Callable[..., None]) -> AsyncIterator[Callable[..., Phraser]]:
    phrasers = []

    def make(**settings: Any) -> Phraser:
        base = str(sandbox.base_url.join("/llm/v1"))
        chosen = {"openrouter_model": "a/model", "phrasing_timeout": 3.0, **settings}
        phrasers.append(make_phraser(Settings(openrouter_api_key="sk-test", openrouter_base_url=base, **chosen)))
        return phrasers[-1]

    yield make
    for phraser in phrasers:
        await phraser.close()


def calls_of(sandbox: httpx.Client) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = sandbox.get("/sandbox/llm/calls").raise_for_status().json()["calls"]
    return calls


async def verdict(phraser: Phraser, *messages: Said) -> tuple[str, str | None]:
    """Rewords and gives what became of the first message; where it is not accepted, the template must stay."""
    texts, report = await phraser.reword(messages or [BOOKED])
    assert report is not None
    call = report["calls"][0]
    assert (texts[0] is None) == (call["verdict"] != "accepted")
    return call["verdict"], call["reason"]


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


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        ({"script": "swapped_tokens"}, ("rejected", "facts_moved")),
        ({"script": "lost_token"}, ("rejected", "fact_lost")),
        ({"script": "second_price"}, ("rejected", "number")),
        ({"script": "english"}, ("rejected", "language")),
        ({"script": "empty"}, ("rejected", "empty")),
        ({"script": "very_long"}, ("rejected", "too_long")),
        ({"reply": "[[1]]"}, ("rejected", "too_short")),
        ({"latency_ms": 6000}, ("rejected", "timeout")),
        ({"status": 503}, ("rejected", "http_503")),
        ({"status": 429, "retry_after": 30}, ("rejected", "http_429")),
        ({"status": 404}, ("rejected", "http_404")),
        ({"garble": 1.0}, ("rejected", "unreadable")),
        ({"drop_rate": 1.0}, ("rejected", "unreachable")),
        ({"lose_answers": 1.0}, ("rejected", "unreachable")),
        ({"error_in_body": 1.0}, ("rejected", "http_502")),
        ({"no_choices": 1.0}, ("rejected", "no_choices")),
    ],
)
async def test_anything_else_leaves_the_template_and_says_why(
    made: Callable[..., Phraser], faults: Callable[..., None], trouble: dict[str, Any], outcome: tuple[str, str]
) -> None:
    faults(**trouble)

    assert await verdict(made(phrasing_timeout=1.5)) == outcome


async def test_nothing_of_the_catalogue_of_bad_outputs_reaches_a_customer(
    made: Callable[..., Phraser], faults: Callable[..., None]
) -> None:
    faults(script="all")
    phraser = made(phrasing_concurrency=100)

    texts, report = await phraser.reword([BOOKED, CANCELLED] * 60)

    assert report is not None
    reasons = {call["reason"] for call in report["calls"]}
    assert texts == [None] * 120
    assert len(reasons) >= 8, reasons


async def test_no_server_at_all_leaves_the_template() -> None:
    settings = Settings(openrouter_api_key="sk-test", openrouter_base_url="http://127.0.0.1:9/v1", phrasing_timeout=1.0)
    phraser = make_phraser(settings)

    assert await verdict(phraser) == ("rejected", "unreachable")
    await phraser.close()


async def test_a_passing_failure_is_tried_once_more_and_no_oftener(
    made: Callable[..., Phraser], sandbox: httpx.Client, faults: Callable[..., None]
) -> None:
    faults(status=503)

    await made().reword([BOOKED])

    assert len(calls_of(sandbox)) == 2


@pytest.mark.parametrize("status", [400, 404])
async def test_what_will_fail_again_is_not_tried_again(
    made: Callable[..., Phraser], sandbox: httpx.Client, faults: Callable[..., None], status: int
) -> None:
    faults(status=status)

    await made().reword([BOOKED])

    assert len(calls_of(sandbox)) == 1


@pytest.mark.parametrize(("after", "calls"), [(1, 2), (30, 1)])
async def test_waits_as_long_as_it_is_told_to_or_gives_up_at_once(
    made: Callable[..., Phraser], sandbox: httpx.Client, faults: Callable[..., None], after: int, calls: int
) -> None:
    faults(status=429, retry_after=after)
    began = time.monotonic()

    await made().reword([BOOKED])

    waited = time.monotonic() - began
    assert len(calls_of(sandbox)) == calls
    assert (waited >= 1.0) == (calls == 2)


async def test_all_messages_of_a_turn_share_one_deadline(
    made: Callable[..., Phraser], faults: Callable[..., None]
) -> None:
    faults(latency_ms=10_000)
    began = time.monotonic()

    texts, _ = await made(phrasing_timeout=10.0).reword([BOOKED, CANCELLED] * 3, within=0.8)

    assert texts == [None] * 6
    assert time.monotonic() - began < 5.0


async def test_with_no_time_left_nobody_is_asked(made: Callable[..., Phraser], sandbox: httpx.Client) -> None:
    _, report = await made().reword([BOOKED], within=0.1)

    assert report is not None
    assert (report["calls"][0]["verdict"], report["calls"][0]["reason"]) == ("skipped", "no_time")
    assert calls_of(sandbox) == []


@pytest.mark.parametrize(("status", "trouble"), [(401, "key"), (402, "credit"), (403, "key")])
async def test_without_key_or_credit_it_is_switched_off_until_it_works_again(
    made: Callable[..., Phraser], sandbox: httpx.Client, faults: Callable[..., None], status: int, trouble: str
) -> None:
    phraser = made()
    faults(status=status)
    assert await verdict(phraser) == ("rejected", f"http_{status}")
    assert phraser.trouble == trouble

    faults()
    assert await verdict(phraser) == ("skipped", "off")
    assert len(calls_of(sandbox)) == 1

    assert isinstance(phraser, ModelPhraser)
    # The ten minutes are over.
    phraser._model._restraint._off_until = 0.0
    assert await verdict(phraser) == ("accepted", None)
    assert phraser.trouble is None


async def test_a_model_that_fails_again_and_again_is_left_alone(
    made: Callable[..., Phraser], sandbox: httpx.Client, faults: Callable[..., None]
) -> None:
    faults(status=500)
    phraser = made()
    for _ in range(5):
        assert await verdict(phraser) == ("rejected", "http_500")

    asked = len(calls_of(sandbox))
    assert await verdict(phraser) == ("skipped", "breaker")
    assert len(calls_of(sandbox)) == asked


async def test_what_the_lock_refuses_is_no_failure_of_the_model(
    made: Callable[..., Phraser], faults: Callable[..., None]
) -> None:
    faults(script="lost_token")
    phraser = made()
    for _ in range(7):
        assert await verdict(phraser) == ("rejected", "fact_lost")


async def test_past_so_many_calls_at_once_the_template_goes_out_at_once(
    made: Callable[..., Phraser], faults: Callable[..., None]
) -> None:
    faults(latency_ms=800)
    phraser = made(phrasing_concurrency=2)

    _, report = await phraser.reword([BOOKED] * 5)

    assert report is not None
    found = sorted((call["verdict"], call["reason"]) for call in report["calls"] if call["verdict"] == "skipped")
    assert found == [("skipped", "busy")] * 3


@pytest.mark.parametrize(("model", "most"), [("a/model:free", 20), ("a/model", None)])
async def test_a_free_model_is_asked_twenty_times_a_minute_at_most(
    made: Callable[..., Phraser], model: str, most: int | None
) -> None:
    phraser = made(openrouter_model=model, phrasing_concurrency=100)
    messages = [Said("utter_perfil_nombre", {"nombre": "Ana"})] * 25

    _, report = await phraser.reword(messages)

    assert report is not None
    limited = [call for call in report["calls"] if call["reason"] == "rate_limit"]
    assert len(limited) == (25 - most if most else 0)


async def test_rewordings_are_kept_without_their_facts_and_taken_in_turn(
    made: Callable[..., Phraser], sandbox: httpx.Client
) -> None:
    phraser = made()
    seen = set()
    for number in range(40):
        # The sandbox words a text otherwise for another tone.
        (text,), _ = await phraser.reword(
            [Said("utter_perfil_nombre", {"nombre": f"Ana{number}"})], "hola " + "!" * number
        )
        assert text is not None
        assert f"Ana{number}" in text
        seen.add(text.replace(f"Ana{number}", ""))

    asked = len(calls_of(sandbox))
    assert 3 <= asked < 20
    assert len(seen) == 3
    assert await verdict(phraser, Said("utter_perfil_nombre", {"nombre": "Eva"})) == ("accepted", "cached")


async def test_where_nobody_can_be_asked_what_is_kept_is_said(
    made: Callable[..., Phraser], faults: Callable[..., None]
) -> None:
    phraser = made()
    assert await verdict(phraser) == ("accepted", None)
    faults(status=402)
    await phraser.reword([BOOKED])

    assert await verdict(phraser) == ("accepted", "cached")


async def test_what_others_wrote_into_a_shared_cache_must_pass_the_lock(
    made: Callable[..., Phraser], sandbox: httpx.Client
) -> None:
    phraser = made()
    assert isinstance(phraser, ModelPhraser)
    rewordings = phraser._model.shared

    async def poisoned(key: str) -> tuple[str, ...]:
        return tuple(f"[[1]] [[2]] [[3]] [[4]] gratis {number}" for number in range(3))

    rewordings.rewordings = poisoned  # type: ignore[method-assign]
    (text,), _ = await phraser.reword([BOOKED])

    assert text is not None
    assert "gratis" not in text
    assert len(calls_of(sandbox)) == 1


async def test_processes_share_rewordings_and_the_limit_through_redis(
    made: Callable[..., Phraser], redis_url: str
) -> None:
    one, other = (made(redis_url=redis_url, openrouter_requests_per_minute=2) for _ in range(2))
    for number in range(2):
        await one.reword([BOOKED], "hola " + "!" * number)

    assert await verdict(other) == ("accepted", "cached")
    assert await verdict(other, CANCELLED) == ("skipped", "rate_limit")


async def test_while_redis_is_away_a_process_goes_on_alone_and_nobody_waits(made: Callable[..., Phraser]) -> None:
    phraser = made(redis_url="redis://127.0.0.1:9/0")
    assert await verdict(phraser) == ("accepted", None)

    began = time.monotonic()
    await asyncio.gather(*(phraser.reword([BOOKED], within=0.1) for _ in range(50)))
    assert time.monotonic() - began < 5.0
