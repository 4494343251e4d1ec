"""The Grafana dashboard shows metrics that there are, by labels that they have, and leaves none out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry

import actions.metrics
import connectors.metrics
from connectors.present import Present
from connectors.whatsapp.queue_state import QueueState
from launcher import parts

ROOT = Path(__file__).resolve().parents[2]
BOARD = json.loads((ROOT / "docker" / "grafana" / "orquestador.json").read_text(encoding="utf-8"))
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
ROWS = [panel["title"] for panel in BOARD["panels"] if panel["type"] == "row"]
EXPRESSIONS = [target["expr"] for panel in PANELS for target in panel["targets"]]
SCRAPES = yaml.safe_load((ROOT / "docker" / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]

SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}
# What Prometheus adds to every sample, and to a histogram's buckets.
GIVEN = {"instance", "job", "le"}
METRIC = re.compile(r"\b((?:orquestador|process)_\w+)")


def labels_by_sample() -> dict[str, set[str]]:
    """Give every name that our processes expose, with the labels that it may have."""
    found: dict[str, set[str]] = {}
    for registry in (connectors.metrics.Metrics().registry, actions.metrics.Metrics().registry):
        found |= _of_registry(registry)
    seen = Present(QueueState(1, 1.0, 1, 1, 1.0, 1), 1, True)
    for family in seen.families():
        found[family.name] = {label for sample in family.samples for label in sample.labels}
    return found


def _of_registry(registry: CollectorRegistry) -> dict[str, set[str]]:
    found = {}
    for collector in registry._collector_to_names:
        labels = set(getattr(collector, "_labelnames", ()))
        for family in collector.collect():
            for suffix in SUFFIXES.get(family.type, ()):
                found[family.name + suffix] = labels
    return found


THERE = labels_by_sample()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_names_metrics_and_labels_that_there_are(expression: str) -> None:
    named = set(METRIC.findall(expression))

    assert named
    assert named <= set(THERE)
    known = GIVEN.union(*(THERE[name] for name in named))
    grouped = {label.strip() for group in re.findall(r"by \(([^)]*)\)", expression) for label in group.split(",")}
    matched = set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)\"", expression))
    assert grouped | matched <= known


def test_every_metric_of_ours_is_shown() -> None:
    shown = {re.sub(r"_(?:bucket|count|sum)$", "", name) for text in EXPRESSIONS for name in METRIC.findall(text)}
    ours = {re.sub(r"_(?:bucket|count|sum)$", "", name) for name in THERE if name.startswith("orquestador_")}

    assert len(ours) > 12
    assert shown >= ours


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_what_a_legend_names_is_grouped_by(panel: dict) -> None:
    for target in panel["targets"]:
        named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        groups = re.findall(r"by \(([^)]*)\)", target["expr"])
        kept = {label.strip() for group in groups for label in group.split(",")} if groups else GIVEN
        assert named <= kept


def test_the_rows_are_those_an_operator_looks_for() -> None:
    assert ROWS == [
        "Traffic",
        "Latency by stage",
        "Queues",
        "Deliveries",
        "Internal API",
        "Phrasing",
        "Log",
        "Processes",
    ]


def test_no_panel_lies_on_another_and_each_has_its_id() -> None:
    cells = [
        (x, y)
        for panel in BOARD["panels"]
        for place in (panel["gridPos"],)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    ids = [panel["id"] for panel in BOARD["panels"]]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len(ids) == len(set(ids))


def test_prometheus_is_shown_both_servers_by_the_names_that_the_dashboard_uses() -> None:
    ports = {part.name: part.port for part in (parts.ACTIONS, parts.rasa(Path("m")))}
    found = {scrape["job_name"]: scrape["dns_sd_configs"][0] for scrape in SCRAPES}

    assert {name: (place["names"], place["port"]) for name, place in found.items()} == {
        name: ([name], port) for name, port in ports.items()
    }
    jobs = {job for text in EXPRESSIONS for group in re.findall(r'job=~"([^"]+)"', text) for job in group.split("|")}
    assert jobs == set(found)
    assert "authorization" in next(scrape for scrape in SCRAPES if scrape["job_name"] == "rasa")
