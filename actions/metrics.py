"""What Prometheus is told of the action server. No label holds what comes from a customer, or grows without end."""

from __future__ import annotations

from collections.abc import Mapping
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

NOT_ASKED = "not_asked"
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
            "Messages by what became of their rewording: accepted, rejected and why, or not asked for.",
            ("verdict", "reason"),
            registry=self.registry,
        )
        self._phrasing_seconds = Histogram(
            "orquestador_phrasing_seconds",
            "How long an action waited for the language model.",
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
        """Note what became of the rewording of an action's messages.

        Args:
            messages: How many there were.
            report: What the phraser says of those that the model was asked for.
        """
        report = report or {}
        verdicts = [verdict for verdict in str(report.get("verdict") or "").split(",") if verdict]
        for verdict in verdicts:
            name, _, reason = verdict.partition(":")
            self._phrasings.labels(name, reason).inc()
        self._phrasings.labels(NOT_ASKED, "").inc(max(0, messages - len(verdicts)))
        if verdicts:
            self._phrasing_seconds.observe((report.get("ms") or 0) / 1000)
        for direction in ("in", "out"):
            self._tokens.labels(direction).inc(report.get(f"tokens_{direction}") or 0)
        self._cost.inc(float(report.get("cost") or 0))


@lru_cache(maxsize=1)
def get_metrics() -> Metrics:
    """Gives this process's metrics, made at the first call."""
    return Metrics()
