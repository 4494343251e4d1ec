"""What the conversation log keeps of what the language model was asked."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from actions.llm.openrouter import Answer

Verdict = Literal["accepted", "rejected", "skipped"]
CACHED = "cached"


@dataclass
class Call:
    """One text that could be reworded, or one message that could be understood; nothing in it is personal.

    Attributes:
        purpose: what the model was to do.
        subject: the response's name, or the intent's.
        verdict: `rejected` when it was asked in vain, `skipped` when it was not asked.
        reason: why; of what was accepted, `cached` or None.
        ms: milliseconds.
        cost: US dollars, None where nobody says.
        text: what the model wrote.
    """

    purpose: Literal["phrasing", "understanding"]
    subject: str
    verdict: Verdict = "skipped"
    reason: str | None = None
    model: str | None = None
    ms: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None
    text: str | None = None
    _started: float = field(default_factory=time.perf_counter, repr=False)

    def heard(self, answer: Answer) -> None:
        """Notes what the model answered."""
        self.model, self.text = answer.model or self.model, answer.text
        self.tokens_in, self.tokens_out, self.cost = answer.tokens_in, answer.tokens_out, answer.cost

    def ended(self, verdict: Verdict, reason: str | None = None) -> None:
        """Notes what became of it."""
        self.verdict, self.reason = verdict, reason
        self.ms = round((time.perf_counter() - self._started) * 1000)

    def as_dict(self) -> dict[str, Any]:
        """Gives it as the log keeps it."""
        return {name: value for name, value in asdict(self).items() if name not in {"text", "_started"}}


def report(calls: list[Call]) -> Mapping[str, Any] | None:
    """Gives the calls of an action as the log has them; None where there were none."""
    if not calls:
        return None
    text = "\n".join(call.text for call in calls if call.text)
    return {"text": text or None, "calls": [call.as_dict() for call in calls]}


def joined(*reports: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Gives several reports as one; None where there is none of them."""
    told = [it for it in reports if it]
    if len(told) < 2:
        return told[0] if told else None
    return {
        "text": "\n".join(it["text"] for it in told if it["text"]) or None,
        "calls": [call for it in told for call in it["calls"]],
    }
