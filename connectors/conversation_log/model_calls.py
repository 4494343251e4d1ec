"""Calls of the language model: what the log keeps of each, and what those of a turn come to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from privacy import redact

ACCEPTED = "accepted"
MIXED = "mixed"

Call = Mapping[str, Any]

_WORDS = ("purpose", "subject", "verdict", "reason")
_COUNTS = ("ms", "tokens_in", "tokens_out")
_LONGEST_WORD = 100


def calls_of(report: Mapping[str, Any], names: Iterable[str]) -> list[dict[str, Any]]:
    """Return the calls that an action reports, redacted, each with all its members and of the types the views read.

    `purpose` is `phrasing` or `understanding`; `subject` names the response or the intent; `verdict` is `accepted`,
    `rejected` (the model was asked in vain) or `skipped` (it was not asked), `reason` says why; `ms` is milliseconds,
    `cost` US dollars, None where nobody told.

    Args:
        report: What the phraser reported of one action; its `calls` are read.
        names: Names of people known to be meant.
    """
    names = tuple(names)
    return [_call(call, names) for call in report.get("calls") or () if isinstance(call, Mapping)]


def summed_up(actions: Sequence[Sequence[Call]]) -> dict[str, Any]:
    """Return what a turn's calls come to, by the columns of the log; all None where there were none.

    Of what is not used the first reason counts; a reason of what is used only where all have it. Calls of one action
    and purpose run at once and so last as long as the longest; actions follow each other.

    Args:
        actions: The calls of each action (`calls_of`).
    """
    calls = [call for action in actions for call in action]
    if not calls:
        return dict.fromkeys(
            ("llm_model", "llm_verdict", "llm_reason", "llm_ms", "tokens_in", "tokens_out", "cost"),
        )
    verdicts = {call["verdict"] for call in calls}
    costs = [call["cost"] for call in calls if call["cost"] is not None]
    return {
        "llm_model": next((call["model"] for call in reversed(calls) if call["model"]), None),
        "llm_verdict": calls[0]["verdict"] if len(verdicts) == 1 else MIXED,
        "llm_reason": _reason(calls),
        "llm_ms": sum(_longest(action) for action in actions),
        "tokens_in": sum(call["tokens_in"] for call in calls),
        "tokens_out": sum(call["tokens_out"] for call in calls),
        "cost": sum(costs) if costs else None,
    }


def _longest(action: Sequence[Call]) -> int:
    """Return how long an action waited: what serves one purpose is asked at once, and one purpose after the other."""
    longest: dict[str | None, int] = {}
    for call in action:
        longest[call["purpose"]] = max(longest.get(call["purpose"], 0), call["ms"])
    return sum(longest.values())


def _call(call: Call, names: tuple[str, ...]) -> dict[str, Any]:
    cost, model = _number(call.get("cost")), call.get("model")
    return {
        **{word: _word(call.get(word), names) for word in _WORDS},
        # Not redacted: the day that ends many models' names looks like a phone, and no model is named by a customer.
        "model": None if model is None else str(model)[:_LONGEST_WORD],
        # PostgreSQL's view would break on anything else.
        **{count: round(_number(call.get(count)) or 0) for count in _COUNTS},
        "cost": None if cost is None else float(cost),
    }


def _word(value: Any, names: tuple[str, ...]) -> str | None:
    return None if value is None else redact(str(value)[: 2 * _LONGEST_WORD], names)[:_LONGEST_WORD]


def _number(value: Any) -> int | float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if is_number else None


def _reason(calls: Sequence[Call]) -> str | None:
    unused = next((call["reason"] for call in calls if call["verdict"] != ACCEPTED and call["reason"]), None)
    reasons = {call["reason"] for call in calls}
    reason: str | None = unused or (calls[0]["reason"] if len(reasons) == 1 else None)
    return reason
