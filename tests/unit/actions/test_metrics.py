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


def phrasings(metrics: Metrics) -> dict[tuple[str, str], float]:
    """Give the messages by verdict and reason."""
    samples = [s for family in metrics.registry.collect() for s in family.samples]
    found = [sample for sample in samples if sample.name == "orquestador_phrasings_total"]
    return {(sample.labels["verdict"], sample.labels["reason"]): sample.value for sample in found}


@pytest.mark.parametrize("report", [None, {}])
def test_messages_of_the_templates_were_not_asked_for(metrics: Metrics, report: Mapping[str, Any] | None) -> None:
    metrics.phrasing(2, report)

    assert phrasings(metrics) == {("not_asked", ""): 2}
    assert metrics.registry.get_sample_value("orquestador_phrasing_seconds_count") == 0


def test_each_message_counts_with_its_own_verdict(metrics: Metrics) -> None:
    metrics.phrasing(4, {"verdict": "accepted,rejected:timeout,rejected:facts_changed", "ms": 1500})

    assert phrasings(metrics) == {
        ("accepted", ""): 1,
        ("rejected", "timeout"): 1,
        ("rejected", "facts_changed"): 1,
        ("not_asked", ""): 1,
    }
    assert metrics.registry.get_sample_value("orquestador_phrasing_seconds_sum") == 1.5


def test_tokens_and_cost_add_up(metrics: Metrics) -> None:
    for _ in range(2):
        metrics.phrasing(1, {"verdict": "accepted", "tokens_in": 100, "tokens_out": 20, "cost": 0.25})
    metrics.phrasing(1, {"verdict": "accepted", "tokens_in": None, "tokens_out": None, "cost": None})

    value = metrics.registry.get_sample_value
    assert value("orquestador_phrasing_tokens_total", {"direction": "in"}) == 200
    assert value("orquestador_phrasing_tokens_total", {"direction": "out"}) == 40
    assert value("orquestador_phrasing_cost_dollars_total") == 0.5


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
