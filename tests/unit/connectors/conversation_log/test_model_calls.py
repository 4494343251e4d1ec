"""What the log keeps of the language model's calls, and what those of a turn come to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.conversation_log.model_calls import calls_of, summed_up
from tests.unit.connectors.conversation_log.rasa_events import called

ACCEPTED, CACHED = called(), called(reason="cached", ms=0, tokens_in=0, tokens_out=0)
LATE, WRONG = called("rejected", "timeout"), called("rejected", "number_added")
BUSY = called("skipped", "busy", model=None, ms=0, tokens_in=0, tokens_out=0)


@pytest.mark.parametrize(
    ("calls", "verdict", "reason"),
    [
        ([ACCEPTED, ACCEPTED], "accepted", None),
        ([CACHED, CACHED], "accepted", "cached"),
        ([ACCEPTED, CACHED], "accepted", None),
        ([LATE, WRONG], "rejected", "timeout"),
        ([BUSY], "skipped", "busy"),
        ([CACHED, ACCEPTED, WRONG], "mixed", "number_added"),
        ([BUSY, LATE], "mixed", "busy"),
    ],
)
def test_a_verdict_that_all_calls_share_is_the_turns(
    calls: list[dict[str, Any]], verdict: str, reason: str | None
) -> None:
    for actions in ([calls], [[call] for call in calls]):
        found = summed_up(actions)
        assert (found["llm_verdict"], found["llm_reason"]) == (verdict, reason)


def test_calls_of_one_action_run_at_once_and_actions_follow_each_other() -> None:
    assert summed_up([[called(ms=300), called(ms=500)], [], [called(ms=70), BUSY]])["llm_ms"] == 570


def test_what_serves_another_purpose_is_asked_before_or_after() -> None:
    assert summed_up([[called(ms=300), called(ms=200), called(ms=50, purpose="understanding")]])["llm_ms"] == 350


def test_tokens_and_cost_add_up_and_a_cost_that_nobody_told_is_none() -> None:
    one, other = called(tokens_in=10, tokens_out=3, cost=0.25), called(tokens_in=5, tokens_out=1, cost=0.5)

    found = summed_up([[one, ACCEPTED], [other]])

    assert (found["tokens_in"], found["tokens_out"], found["cost"]) == (16, 6, 0.75)
    assert summed_up([[ACCEPTED]])["cost"] is None


def test_the_model_is_that_which_was_asked_last() -> None:
    assert summed_up([[called(model="a"), called(model="b")], [BUSY]])["llm_model"] == "b"
    assert summed_up([[BUSY]])["llm_model"] is None


@pytest.mark.parametrize("actions", [[], [[]]])
def test_without_calls_there_is_nothing_to_tell(actions: list[list[dict[str, Any]]]) -> None:
    assert set(summed_up(actions).values()) == {None}


def test_a_call_is_kept_as_it_was_reported() -> None:
    calls = [called(cost=0.25), LATE, BUSY, called(purpose="understanding", subject="agendar_cita")]

    assert calls_of({"text": None, "calls": calls}, ["Ana Pérez", "Ana"]) == calls


@pytest.mark.parametrize("report", [{}, {"text": "a"}, {"calls": None}, {"calls": ["accepted"]}])
def test_a_report_without_calls_has_none(report: dict[str, Any]) -> None:
    assert calls_of(report, ()) == []


def test_words_are_redacted_and_short() -> None:
    words = {"subject": "Ana Pérez", "reason": "ana@example.com", "purpose": "5512345678", "verdict": "x" * 1000}

    (call,) = calls_of({"calls": [called(**words)]}, ["Ana Pérez"])

    assert (call["subject"], call["reason"], call["purpose"]) == ("[nombre]", "[email]", "[teléfono]")
    assert len(call["verdict"]) == 100


def test_a_model_keeps_its_name_though_a_day_in_it_looks_like_a_phone() -> None:
    name = "anthropic/claude-3-5-sonnet-20241022"

    assert calls_of({"calls": [called(model=name)]}, ["Claude"])[0]["model"] == name


def test_numbers_are_what_the_views_can_read() -> None:
    odd = called(ms="80", tokens_in=None, tokens_out=7.6, cost=float("nan"), more="x")

    (call,) = calls_of(
        {
            "calls": [
                odd,
            ]
        },
        (),
    )

    assert (call["ms"], call["tokens_in"], call["tokens_out"], call["cost"]) == (0, 0, 8, None)
    assert "more" not in call
    assert set(calls_of({"calls": [{}]}, ())[0]) == set(ACCEPTED)
    assert json.loads(json.dumps(call)) == call
