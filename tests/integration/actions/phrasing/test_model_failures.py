"""A model that answers badly, slowly or not at all costs a rewording, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from actions.dialogue.turn import Said
from actions.phrasing.phraser import ModelPhraser, Phraser, make_phraser
from actions.settings import Settings
from tests.integration.actions.phrasing.rewording import BOOKED, CANCELLED, calls_of, verdict


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

    assert await verdict(made(phrasing_timeout=6.0)) == outcome


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
