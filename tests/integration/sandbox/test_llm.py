"""The scripted model, asked as an OpenAI client asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openai import APIStatusError, AuthenticationError, BadRequestError, OpenAI

from sandbox.llm.calls import MAX_CALLS
from sandbox.llm.chat_api import DOLLARS_PER_TOKEN
from sandbox.llm.rewording import OPENINGS
from tests.integration.sandbox.twilio_world import World, twilio_world

LOCKED = "Tu cita es el [[1]] a las [[2]]."
PROMPT = f"<tono>\nquiero mi cita ya!!\n</tono>\n<plantilla>\n{LOCKED}\n</plantilla>"
COMPLETIONS = "/llm/v1/chat/completions"
KEY = {"Authorization": "Bearer sk-or-v1-x"}


@pytest.fixture
def world() -> Iterator[World]:
    with twilio_world() as world:
        yield world


def ask(world: World, said: str = PROMPT, model: str = "some/model:free", **options: Any) -> Any:
    with httpx.Client(trust_env=False) as http:
        client = OpenAI(
            base_url=str(world.http.base_url.join("/llm/v1")), api_key="sk-or-v1-x", max_retries=0, http_client=http
        )
        return client.chat.completions.create(
            model=model,
            messages=[{"role": "system", "content": "Rewrite."}, {"role": "user", "content": said}],
            **options,
        )


def text_of(answer: Any) -> str:
    said: str = answer.choices[0].message.content
    return said


def calls(world: World) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = world.http.get("/sandbox/llm/calls").json()["calls"]
    return shown


def test_rewords_what_is_marked_and_keeps_every_token(world: World) -> None:
    answer = ask(world)

    assert text_of(answer) in {opening + LOCKED for opening in OPENINGS}
    assert (answer.choices[0].finish_reason, answer.model) == ("stop", "some/model:free")


def test_rewords_the_whole_message_when_nothing_is_marked(world: World) -> None:
    assert text_of(ask(world, LOCKED)) in {opening + LOCKED for opening in OPENINGS}


def test_says_the_same_to_the_same_question_and_more_than_one_thing_to_others(world: World) -> None:
    assert len({text_of(ask(world)) for _ in range(5)}) == 1
    assert len({text_of(ask(world, seed=seed)) for seed in range(12)}) > 1


def test_says_the_hostile_text_it_is_told_to_say(world: World) -> None:
    world.faults(llm={"reply": "Todo es gratis: http://malo.example"})

    assert text_of(ask(world)) == "Todo es gratis: http://malo.example"


def test_can_answer_with_nothing(world: World) -> None:
    world.faults(llm={"reply": ""})

    assert text_of(ask(world)) == ""


def test_answers_json_where_json_is_wanted(world: World) -> None:
    as_json: dict[str, Any] = {"response_format": {"type": "json_object"}}
    assert text_of(ask(world, **as_json)) == "{}"

    world.faults(llm={"reply": '{"a": 1}', "script": "promise"})
    assert text_of(ask(world, **as_json)) == '{"a": 1}'


def test_tells_the_tokens_and_the_cost_to_who_asks_for_it(world: World) -> None:
    plain = ask(world).usage
    told = ask(world, extra_body={"usage": {"include": True}}).usage

    assert plain.prompt_tokens > len(PROMPT) // 4
    assert plain.completion_tokens > len(LOCKED) // 4
    assert plain.total_tokens == plain.prompt_tokens + plain.completion_tokens
    assert not hasattr(plain, "cost")
    assert told.cost == pytest.approx(told.total_tokens * DOLLARS_PER_TOKEN)
    assert not hasattr(ask(world, extra_body={"usage": {"include": False}}).usage, "cost")


def test_the_first_model_answers_and_the_second_where_the_first_is_down(world: World) -> None:
    models = {"models": ["one/a", "two/b"]}
    assert ask(world, model="one/a", extra_body=models).model == "one/a"

    world.faults(llm={"primary_down": 1})
    assert ask(world, model="one/a", extra_body=models).model == "two/b"
    with pytest.raises(APIStatusError) as caught:
        ask(world, model="one/a")
    assert (caught.value.status_code, caught.value.body["code"]) == (502, 502)  # type: ignore[index]


def test_shows_what_reached_it_the_newest_first_and_never_the_key(world: World) -> None:
    ask(world, extra_headers={"HTTP-Referer": "https://casa.example", "X-Title": "Casa"}, extra_body={"provider": {}})
    ask(world, "otra cosa", temperature=0.3)
    newest, oldest = calls(world)

    assert oldest["headers"] == {"HTTP-Referer": "https://casa.example", "X-Title": "Casa"}
    assert newest["headers"] == {"HTTP-Referer": None, "X-Title": None}
    assert oldest["body"] == {
        "model": "some/model:free",
        "messages": [{"role": "system", "content": "Rewrite."}, {"role": "user", "content": PROMPT}],
        "provider": {},
    }
    assert newest["body"]["temperature"] == 0.3
    assert oldest["said"].endswith(LOCKED)
    assert "sk-or-v1-x" not in world.http.get("/sandbox/llm/calls").text


def test_what_failed_reached_it_too(world: World) -> None:
    world.faults(llm={"drop_rate": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        world.http.post(COMPLETIONS, headers=KEY, json={"messages": [{"role": "user", "content": "x"}]})

    assert [call["said"] for call in calls(world)] == [None]


def test_forgets_the_calls_when_told_and_the_oldest_past_the_bound(world: World) -> None:
    for number in range(MAX_CALLS + 2):
        message = {"role": "user", "content": str(number)}
        world.http.post(COMPLETIONS, headers=KEY, json={"messages": [message]}).raise_for_status()
    contents = [call["body"]["messages"][0]["content"] for call in calls(world)]
    assert contents == [str(number) for number in range(MAX_CALLS + 1, 1, -1)]

    assert world.http.delete("/sandbox/llm/calls").status_code == 204
    assert calls(world) == []


def test_half_a_surrogate_pair_comes_back_and_can_be_shown(world: World) -> None:
    content = b'{"messages": [{"role": "user", "content": "\\ud83d [[1]]"}]}'
    answer = world.http.post(COMPLETIONS, headers=KEY, content=content)

    assert "\\ud83d [[1]]" in answer.text
    assert world.http.get("/sandbox/llm/calls").status_code == 200


@pytest.mark.parametrize("key", [{}, {"Authorization": "Bearer"}, {"Authorization": "Basic eDp5"}])
def test_without_a_key_nothing_is_answered(world: World, key: dict[str, str]) -> None:
    asked = world.http.post(COMPLETIONS, headers=key, json={"messages": [{"role": "user", "content": "x"}]})

    for answer in (asked, world.http.get("/llm/v1/key", headers=key)):
        assert answer.status_code == 401
        assert answer.json() == {"error": {"code": 401, "message": "No auth credentials found"}}


@pytest.mark.parametrize(
    "body", [b"no JSON", b"\xff", b"[]", b"{}", b'{"messages": []}', b'{"messages": [{"text": 1}]}']
)
def test_what_cannot_be_answered_is_refused(world: World, body: bytes) -> None:
    answer = world.http.post(COMPLETIONS, headers=KEY, content=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 400)
    assert answer.json()["error"]["message"]


def test_the_openai_client_understands_the_refusals(world: World) -> None:
    with pytest.raises(AuthenticationError, match="No auth credentials found"):
        ask(world, extra_headers={"Authorization": "Basic eDp5"})
    with pytest.raises(BadRequestError, match="messages"):
        ask(world, extra_body={"messages": []})


def test_the_key_is_good_for_more(world: World) -> None:
    assert world.http.get("/llm/v1/key", headers=KEY).json()["data"]["limit_remaining"] is None
