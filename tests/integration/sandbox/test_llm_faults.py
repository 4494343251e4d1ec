"""The model on a bad day, seen by an OpenAI client and on the wire."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openai import APIConnectionError, APIStatusError, AsyncOpenAI

from sandbox.llm.outputs import OUTPUTS
from tests.integration.sandbox.test_llm import COMPLETIONS, KEY, LOCKED, ask, calls, text_of
from tests.integration.sandbox.twilio_world import World, twilio_world

REQUEST = {"messages": [{"role": "user", "content": LOCKED}]}


@pytest.fixture
def world() -> Iterator[World]:
    with twilio_world() as world:
        yield world


def post(world: World) -> httpx.Response:
    return world.http.post(COMPLETIONS, headers=KEY, json=REQUEST)


@pytest.mark.parametrize("name", OUTPUTS)
def test_says_each_bad_thing_on_demand(world: World, name: str) -> None:
    world.faults(llm={"script": name})

    assert text_of(ask(world)) == OUTPUTS[name](LOCKED)
    assert [(call["script"], call["said"]) for call in calls(world)] == [(name, OUTPUTS[name](LOCKED))]


def test_says_one_bad_thing_or_another_and_the_rest_well(world: World) -> None:
    world.faults(llm={"script": ["promise", "html"], "bad_rate": 0.5})
    said = [post(world).json()["choices"][0]["message"]["content"] for _ in range(60)]
    bad = {OUTPUTS["promise"](LOCKED), OUTPUTS["html"](LOCKED)}

    # What is missing after sixty draws of a quarter each is not by chance.
    assert bad < set(said)
    assert {text for text in said if text not in bad} == {text_of(ask_well(world))}


def ask_well(world: World) -> Any:
    world.faults()
    return ask(world, LOCKED)


def test_a_script_goes_before_the_reply_which_answers_the_rest(world: World) -> None:
    world.faults(llm={"script": "promise", "reply": "así"})
    assert text_of(ask(world)) == OUTPUTS["promise"](LOCKED)

    world.faults(llm={"script": "promise", "bad_rate": 0, "reply": "así"})
    assert text_of(ask(world)) == "así"


def test_an_unknown_script_is_refused_with_the_known_ones(world: World) -> None:
    answer = world.http.put("/sandbox/faults", json={"llm": {"script": "rude"}})

    assert answer.status_code == 422
    assert "swapped_tokens" in answer.text


def test_fails_with_the_status_set(world: World) -> None:
    world.faults(llm={"status": 402})

    with pytest.raises(APIStatusError) as caught:
        ask(world)
    assert caught.value.status_code == 402
    assert world.http.get("/llm/v1/key", headers=KEY).status_code == 402


@pytest.mark.parametrize(("status", "told"), [(429, "7"), (503, "7"), (500, None)])
def test_says_how_long_to_wait_where_waiting_helps(world: World, status: int, told: str | None) -> None:
    world.faults(llm={"status": status, "retry_after": 7})

    assert (post(world).status_code, post(world).headers.get("Retry-After")) == (status, told)
    world.faults(llm={"status": status})
    assert "Retry-After" not in post(world).headers


@pytest.mark.parametrize("fault", ["drop_rate", "lose_answers"])
def test_a_connection_that_is_cut_is_one_that_failed_to_the_client(world: World, fault: str) -> None:
    world.faults(llm={fault: 1})

    with pytest.raises(APIConnectionError):
        ask(world)


def test_what_is_cut_on_its_way_arrives_in_part(world: World) -> None:
    def arrived() -> bytes:
        parts: list[bytes] = []

        def read() -> None:
            with world.http.stream("POST", COMPLETIONS, headers=KEY, json=REQUEST) as answer:
                parts.extend(answer.iter_raw())

        with pytest.raises(httpx.RemoteProtocolError):
            read()
        return b"".join(parts)

    world.faults(llm={"lose_answers": 1})
    assert arrived().startswith(b'{"id": "gen-')
    assert calls(world)[0]["said"]
    world.faults(llm={"drop_rate": 1})
    assert arrived() == b""
    assert calls(world)[0]["said"] is None


def test_a_garbled_answer_is_json_that_ends_in_the_middle(world: World) -> None:
    world.faults(llm={"garble": 1})
    half = post(world)

    assert (half.status_code, half.headers["Content-Type"]) == (200, "application/json")
    assert half.text.startswith('{"id": "gen-')
    with pytest.raises(ValueError, match=r".+"):
        half.json()


def test_an_error_in_the_middle_of_generating_comes_with_200(world: World) -> None:
    world.faults(llm={"error_in_body": 1})

    answer = post(world)
    assert (answer.status_code, answer.json()["error"]["code"]) == (200, 502)
    assert ask(world).choices is None


def test_there_may_be_no_choices_and_no_usage(world: World) -> None:
    world.faults(llm={"no_choices": 1})
    assert ask(world).choices == []
    assert ask(world).usage is not None

    world.faults(llm={"no_usage": 1})
    assert ask(world).usage is None
    assert text_of(ask(world)).endswith(LOCKED)


@pytest.mark.parametrize("fault", ["garble", "error_in_body", "no_choices", "no_usage", "drop_rate", "lose_answers"])
def test_a_share_of_the_calls_suffers(world: World, fault: str) -> None:
    world.faults(llm={fault: 0.5})
    whole = []
    for _ in range(60):
        try:
            document = post(world).json()
        except (ValueError, httpx.RemoteProtocolError):
            document = {}
        whole.append(bool(document.get("choices")) and "usage" in document)

    # Sixty times the same side of a coin is nothing that anybody will see.
    assert set(whole) == {True, False}


def test_calls_wait_for_as_long_as_is_drawn(world: World) -> None:
    world.faults(llm={"median_ms": 100})
    waits = [post(world).elapsed.total_seconds() for _ in range(20)]

    # A log-normal draw is below a seventh of its median once in twenty thousand times.
    assert min(waits) > 0.014
    assert max(waits) - min(waits) > 0.02


async def test_slow_calls_do_not_wait_for_one_another(world: World) -> None:
    world.faults(llm={"latency_ms": 1500})
    # Connections of sixty at once, whose making is not what is timed.
    limits = httpx.Limits(max_connections=60)
    async with httpx.AsyncClient(trust_env=False, limits=limits, timeout=30) as http:
        client = AsyncOpenAI(
            base_url=str(world.http.base_url.join("/llm/v1")), api_key="x", max_retries=0, http_client=http
        )

        async def one(number: int) -> Any:
            message = {"role": "user", "content": f"{LOCKED} {number}"}
            return await client.chat.completions.create(model="m", messages=[message])  # type: ignore[list-item]

        started = time.monotonic()
        answers = await asyncio.gather(*map(one, range(60)))
        seconds = time.monotonic() - started

    assert [text_of(answer).split()[-1] for answer in answers] == [str(number) for number in range(60)]
    assert 1.5 <= seconds < 2 * 1.5 + 1


def test_no_fault_is_in_force_until_it_is_set(world: World) -> None:
    shown = world.http.get("/sandbox/faults").json()["llm"]

    assert {name for name, value in shown.items() if value} == {"rate"}
