"""Whole dialogues, from the signed webhook to the business's database; each ends in the state that it must."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.e2e.conftest import System
from tests.e2e.dialogue import (
    SILENCE_SECONDS,
    Calendar,
    State,
    as_json,
    changes,
    filled,
    matches,
    options,
    patched,
    says,
    scripts,
    shape,
)
from tests.e2e.phone import Phone

SCRIPTS = dict(scripts())


@pytest.mark.parametrize("name", SCRIPTS)
def test_ends_as_it_must(name: str, system: System, request: pytest.FixtureRequest) -> None:
    script = SCRIPTS[name]
    if reason := script.get("known_failure"):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    calendar = Calendar(system.seeded["business"]["timezone"])
    # What others booked before would be in the way.
    before = patched(system.seeded, script.get("business") or {}, calendar)
    system.sandbox.put("/sandbox/business", json=before).raise_for_status()
    before = system.business()

    said = _play(script["steps"], system, system.phone(script["contact"]), before)

    wrong = _wrong_in_the_end(script.get("end") or {}, before, system.business(), calendar, said)
    assert not wrong, "\n".join([*wrong, "", *_transcript(script["steps"], said)])


def _play(steps: list[dict[str, Any]], system: System, phone: Phone, before: State) -> list[str]:
    said: list[str] = []
    for number, step in enumerate(steps, start=1):
        if step.get("expect_silence"):
            phone.send(step["say"])
            time.sleep(SILENCE_SECONDS)
            assert not phone.unread(), "it was not silent"
            said.append("")
            continue
        if step.get("release"):
            system.release(phone.number)
            said.append("")
            continue
        if choice := step.get("choose"):
            offered = max(len(options(said[-1])), phone.choices())
            assert offered >= choice, f"step {number} has no option {choice} to choose: {said[-1]}"
        said.append(phone.say(str(choice or filled(step["say"], system.mailed))))
        wrong = _wrong_in_a_step(step, said)
        if step.get("nothing_changed") and system.business() != before:
            wrong.append("something changed")
        assert not wrong, "\n".join([f"step {number}:", *wrong, "", *_transcript(steps, said)])
    return said


def _wrong_in_a_step(step: dict[str, Any], said: list[str]) -> list[str]:
    answer = said[-1]
    wrong = [f"says {term!r}" for term in step.get("forbid", []) if says(answer, term)]
    for one_of in [*([step["expect_any"]] if "expect_any" in step else []), *step.get("expect_each", [])]:
        if not any(says(answer, term) for term in one_of):
            wrong.append(f"says none of {one_of}")
    if "expect_two_of" in step and sum(says(answer, term) for term in step["expect_two_of"]) < 2:
        wrong.append(f"says no two of {step['expect_two_of']}")
    if (other := step.get("differs_from_step")) and said[other - 1] == answer:
        wrong.append(f"says the same as in step {other}")
    if (other := step.get("same_answer_as_step")) and shape(said[other - 1]) != shape(answer):
        wrong.append(f"says something else than in step {other}")
    return wrong


def _wrong_in_the_end(
    end: dict[str, Any], before: State, after: State, calendar: Calendar, said: list[str]
) -> list[str]:
    wrong = []
    for section in ("appointments", "payments", "customers", "handoffs"):
        rows = changes(before, after, section)
        for wanted in end.get(section, []):
            found = sum(matches(section, row, wanted, calendar) for row in rows)
            if found != wanted["count"]:
                wrong.append(f"{section}: {found} like {wanted} among the changed {rows}")
    if end.get("nothing_changed") and after != before:
        wrong.append("something changed")
    everything = "\n".join(said)
    wrong += [f"no answer says any of {terms}" for terms in end.get("answers_each", []) if not _any(everything, terms)]
    wrong += [f"an answer says {term!r}" for term in end.get("answers_forbid", []) if says(everything, term)]
    wrong += [f"the state has {term!r}" for term in end.get("state_forbid", []) if says(as_json(after), term)]
    return wrong


def _any(text: str, terms: list[str]) -> bool:
    return any(says(text, term) for term in terms)


def _transcript(steps: list[dict[str, Any]], said: list[str]) -> list[str]:
    lines = []
    for step, answer in zip(steps, said, strict=False):
        lines += [f"  > {step.get('say', step.get('choose'))}", *(f"    {line}" for line in answer.splitlines())]
    return lines
