"""What Prometheus is told of the action server. No label holds what comes from a customer, or grows without end."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

from actions.errors import AssistantError

PHRASING = "phrasing"
PURPOSES = (PHRASING, "understanding")
SKIPPED, CACHED = "skipped", "cached"
VERDICTS = ("accepted", "rejected", SKIPPED)
NOT_ASKED = "not_asked"
OTHER = "other"
_REASON = re.compile(r"[a-z0-9_]{1,40}")
_MOST_REASONS = 40
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15)


class Metrics:
    """All that is counted and timed in this process; safe for any thread.

    Attributes:
        registry: what there is to be exposed, the process's own figures too.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._actions = Histogram(
            "orquestador_action_seconds",
            "How long actions took, phrasing included, by what became of them: ok, or the kind of error.",
            ("action", "outcome"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._api_calls = Histogram(
            "orquestador_internal_api_seconds",
            "How long calls of the business's system took, retries included, by operation and by answer.",
            ("operation", "status"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._phrasings = Counter(
            "orquestador_phrasings",
            "Messages by what they were to be put to the language model for (purpose), and by what became of that: "
            "accepted, rejected (asked in vain) or skipped (not asked), why, or nothing to ask (not_asked).",
            ("purpose", "verdict", "reason"),
            registry=self.registry,
        )
        self._phrasing_seconds = Histogram(
            "orquestador_phrasing_seconds",
            "How long each call of the language model took, of those that were made, by purpose.",
            ("purpose",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._tokens = Counter(
            "orquestador_phrasing_tokens",
            "Tokens that the language model read (in) and wrote (out).",
            ("direction",),
            registry=self.registry,
        )
        self._cost = Counter(
            "orquestador_phrasing_cost_dollars",
            "What the language model cost, as far as OpenRouter says so.",
            registry=self.registry,
        )
        for direction in ("in", "out"):
            self._tokens.labels(direction)
        for purpose in PURPOSES:
            self._phrasing_seconds.labels(purpose)
        self._reasons = {""}
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def action(self, name: str, error: AssistantError | None, seconds: float) -> None:
        """Note a run of an action, and the failure that the customer was told of, if any."""
        self._actions.labels(name, error.kind if error else "ok").observe(seconds)

    def api_call(self, method: str, path_template: str, status: int | None, seconds: float) -> None:
        """Note a call of the business's system; no status is no answer, or none but a passing failure."""
        answered = f"{status // 100}xx" if status else "none"
        self._api_calls.labels(f"{method} {path_template}", answered).observe(seconds)

    def phrasing(self, messages: int, report: Mapping[str, Any] | None) -> None:
        """Note what became of what an action would put to the language model.

        Args:
            messages: How many messages the action sends.
            report: What the phraser says of them: `calls`, one for each that could be reworded or understood.
        """
        calls = (report or {}).get("calls") or ()
        for call in calls:
            self._call(call)
        phrasings = sum(_known(call.get("purpose"), PURPOSES) == PHRASING for call in calls)
        self._phrasings.labels(PHRASING, NOT_ASKED, "").inc(max(0, messages - phrasings))

    def _call(self, call: Mapping[str, Any]) -> None:
        purpose, verdict = _known(call.get("purpose"), PURPOSES), _known(call.get("verdict"), VERDICTS)
        self._phrasings.labels(purpose, verdict, self._reason(call.get("reason"))).inc()
        if verdict != SKIPPED and call.get("reason") != CACHED:
            self._phrasing_seconds.labels(purpose).observe((call.get("ms") or 0) / 1000)
        for direction in ("in", "out"):
            self._tokens.labels(direction).inc(call.get(f"tokens_{direction}") or 0)
        self._cost.inc(float(call.get("cost") or 0))

    def _reason(self, reason: Any) -> str:
        """Give a reason as a label: the first so many, and one for all that come after."""
        name = str(reason or "")
        if len(self._reasons) < _MOST_REASONS and _REASON.fullmatch(name):
            self._reasons.add(name)
        return name if name in self._reasons else OTHER


def _known(name: Any, known: Collection[str]) -> str:
    return str(name) if name in known else OTHER


@lru_cache(maxsize=1)
def get_metrics() -> Metrics:
    """Gives this process's metrics, made at the first call."""
    return Metrics()
