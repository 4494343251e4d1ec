"""Which of the model's bad outputs came through to a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from sandbox.llm.prompt import ChatRequest
from tests.chaos.bad_day.people import Person
from tests.chaos.bad_day.verdict import Complaint
from tests.chaos.world import World

_TOKEN = re.compile(r"\[\[\d+\]\]")

Call = dict[str, Any]


async def calls_of(world: World) -> list[Call]:
    """Gives what reached the model, by the sandbox's own list."""
    answer = await world.sandbox.get("/sandbox/llm/calls")
    calls: list[Call] = answer.raise_for_status().json()["calls"]
    return calls


def slipped(calls: Sequence[Call], people: Sequence[Person]) -> Iterator[Complaint]:
    """Complains of every text that reached a phone and is a bad output, whatever facts stand in its tokens' places.

    Facts in each other's places alone look like a good output here: only who knows the facts can tell.
    """
    for call in calls:
        if call["script"] is None or not call["said"].strip():
            continue
        if _shape(call["said"]) == _shape(ChatRequest.parse_obj(call["body"]).template()):
            continue
        bad = re.compile(".+?".join(map(re.escape, _TOKEN.split(call["said"].strip()))), re.DOTALL)
        for person in people:
            for text in person.phone.heard.values():
                if bad.fullmatch(text):
                    yield person, f"a bad output reached a phone: {call['script']} {text!r}"


def _shape(text: str) -> str:
    return _TOKEN.sub("[[]]", text).strip()
