"""Rewordings that are kept, and shared between processes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import httpx

from actions.dialogue.turn import Said
from actions.phrasing.phraser import ModelPhraser, Phraser
from tests.integration.actions.phrasing.rewording import BOOKED, CANCELLED, calls_of, verdict


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
