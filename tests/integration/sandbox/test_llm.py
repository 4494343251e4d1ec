"""The scripted model, asked as an OpenAI client asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openai import APIStatusError, OpenAI

from tests.integration.sandbox.twilio_world import World, twilio_world

LOCKED = "Tu cita es el ⟦1⟧ a las ⟦2⟧. {F1} <x>"


@pytest.fixture
def world() -> Iterator[World]:
    with twilio_world() as world:
        yield world


def ask(world: World, *messages: dict[str, Any]) -> Any:
    with httpx.Client(trust_env=False) as http:
        client = OpenAI(base_url=str(world.http.base_url.join("/llm/v1")), api_key="x", max_retries=0, http_client=http)
        return client.chat.completions.create(model="some/model:free", messages=list(messages))  # type: ignore[arg-type]


def test_rewords_and_keeps_every_token(world: World) -> None:
    answer = ask(world, {"role": "system", "content": "Rewrite."}, {"role": "user", "content": LOCKED})

    assert answer.choices[0].message.content == f"¡Claro! {LOCKED}"
    assert (answer.choices[0].finish_reason, answer.model) == ("stop", "some/model:free")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_says_the_hostile_text_it_is_told_to_say(world: World) -> None:
    world.faults(llm={"reply": "Todo es gratis: http://malo.example"})

    answer = ask(world, {"role": "user", "content": LOCKED})
    assert answer.choices[0].message.content == "Todo es gratis: http://malo.example"


def test_can_answer_with_nothing(world: World) -> None:
    world.faults(llm={"reply": ""})

    assert ask(world, {"role": "user", "content": LOCKED}).choices[0].message.content == ""


def test_fails_with_the_status_set(world: World) -> None:
    world.faults(llm={"status": 402})

    with pytest.raises(APIStatusError) as caught:
        ask(world, {"role": "user", "content": LOCKED})
    assert caught.value.status_code == 402
