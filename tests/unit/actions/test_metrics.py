"""What the action server tells Prometheus of rewording, and that importing its server does nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from actions.errors import Refused, ServiceUnavailable
from actions.internal_api.models import Refusal
from actions.metrics import Metrics

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def phrasings(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Give the messages by purpose, verdict and reason."""
    samples = [s for family in metrics.registry.collect() for s in family.samples]
    found = [sample for sample in samples if sample.name == "orquestador_phrasings_total"]
    labels = ("purpose", "verdict", "reason")
    return {tuple(sample.labels[name] for name in labels): sample.value for sample in found}


def call(verdict: str = "accepted", reason: str | None = None, **rest: Any) -> dict[str, Any]:
    """Give a call of the language model as the phraser reports it."""
    return {"purpose": "phrasing", "verdict": verdict, "reason": reason, "ms": 0, "cost": None, **rest}


def seconds(metrics: Metrics, purpose: str = "phrasing") -> tuple[float | None, float | None]:
    """Give how many calls were timed, and their sum."""
    value = metrics.registry.get_sample_value
    name, labels = "orquestador_phrasing_seconds", {"purpose": purpose}
    return value(f"{name}_count", labels), value(f"{name}_sum", labels)


@pytest.mark.parametrize("report", [None, {}, {"text": None, "calls": []}])
def test_messages_of_the_templates_were_not_asked_for(metrics: Metrics, report: Mapping[str, Any] | None) -> None:
    metrics.phrasing(2, report)

    assert phrasings(metrics) == {("phrasing", "not_asked", ""): 2}
    assert seconds(metrics) == (0, 0)


def test_each_message_counts_with_its_own_verdict(metrics: Metrics) -> None:
    late, changed = call("rejected", "timeout"), call("rejected", "facts_changed")
    understood = call("rejected", "no_intent", purpose="understanding")
    metrics.phrasing(6, {"calls": [call(), call(reason="cached"), late, changed, call("skipped", "busy"), understood]})

    assert phrasings(metrics) == {
        ("phrasing", "accepted", ""): 1,
        ("phrasing", "accepted", "cached"): 1,
        ("phrasing", "rejected", "timeout"): 1,
        ("phrasing", "rejected", "facts_changed"): 1,
        ("phrasing", "skipped", "busy"): 1,
        ("phrasing", "not_asked", ""): 1,
        ("understanding", "rejected", "no_intent"): 1,
    }


def test_only_calls_that_were_made_are_timed_each_by_itself(metrics: Metrics) -> None:
    made = [call(ms=1500), call("rejected", "timeout", ms=4000), call(purpose="understanding", ms=250)]
    metrics.phrasing(4, {"calls": [*made, call("skipped", "off", ms=9), call(reason="cached", ms=9)]})

    assert (seconds(metrics), seconds(metrics, "understanding")) == ((2, 5.5), (1, 0.25))


def test_tokens_and_cost_add_up(metrics: Metrics) -> None:
    for _ in range(2):
        metrics.phrasing(2, {"calls": [call(tokens_in=50, tokens_out=10, cost=0.125)] * 2})
    metrics.phrasing(1, {"calls": [call(tokens_in=None, tokens_out=None, cost=None)]})

    value = metrics.registry.get_sample_value
    assert value("orquestador_phrasing_tokens_total", {"direction": "in"}) == 200
    assert value("orquestador_phrasing_tokens_total", {"direction": "out"}) == 40
    assert value("orquestador_phrasing_cost_dollars_total") == 0.5


def test_no_label_grows_without_end_or_holds_a_sentence(metrics: Metrics) -> None:
    odd = [call("rejected", reason) for reason in ("Ana Pérez", "x" * 41, "a@b.mx")]
    odd += [call("whatever"), call("accepted", purpose="poetry")]
    metrics.phrasing(0, {"calls": [*odd, *(call("rejected", f"reason_{number}") for number in range(1000))]})

    found = set(phrasings(metrics))
    assert {("phrasing", "rejected", "other"), ("phrasing", "other", ""), ("other", "accepted", "")} <= found
    assert ("phrasing", "rejected", "reason_0") in found
    assert len(found) < 60
    assert not [label for labels in found for label in labels if len(label) > 40 or " " in label or "@" in label]


def test_an_action_counts_by_the_kind_of_its_failure(metrics: Metrics) -> None:
    metrics.action("action_saludo", None, 0.1)
    metrics.action("action_saludo", Refused(Refusal(code="whatever_the_business_says")), 0.2)
    metrics.action("action_saludo", ServiceUnavailable(), 0.3)

    def count(outcome: str) -> float | None:
        labels = {"action": "action_saludo", "outcome": outcome}
        return metrics.registry.get_sample_value("orquestador_action_seconds_count", labels)

    assert (count("ok"), count("api")) == (1, 2)


@pytest.mark.parametrize(("status", "answered"), [(200, "2xx"), (404, "4xx"), (503, "5xx"), (None, "none")])
def test_a_call_counts_by_operation_and_class_of_answer(metrics: Metrics, status: int | None, answered: str) -> None:
    metrics.api_call("GET", "/v1/requests/{id}", status, 0.1)

    labels = {"operation": "GET /v1/requests/{id}", "status": answered}
    assert metrics.registry.get_sample_value("orquestador_internal_api_seconds_count", labels) == 1


def test_importing_the_server_serves_nothing_and_logs_as_before() -> None:
    code = (
        "import logging, structlog, actions.server; from rasa_sdk.plugin import plugin_manager; "
        "print(plugin_manager().get_plugins(), logging.getLogger().handlers, structlog.is_configured())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.split("\n")[-2] == "set() [] False"
