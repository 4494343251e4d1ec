from __future__ import annotations

import threading
import warnings
from typing import Any
from unittest.mock import Mock

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Rasa's own imports
    from rasa.engine.graph import ExecutionContext, GraphComponent, GraphNode

    from connectors.courtesy import give_way_between_components

from connectors import right_of_way as module
from connectors.right_of_way import RightOfWay


class Component(GraphComponent):
    """A component that runs in no time."""

    @classmethod
    def create(cls, **_: Any) -> Component:
        return cls()

    def run(self) -> str:
        return "done"


def test_each_component_of_rasas_graph_waits_for_webhooks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_SECONDS", 30.0)
    monkeypatch.setattr(GraphNode, "__call__", GraphNode.__call__)  # put back afterwards
    node = GraphNode("one", Component, "create", {}, "run", {}, True, Mock(), Mock(), ExecutionContext(Mock()))
    way, outcomes = RightOfWay(), []
    give_way_between_components(RightOfWay())
    give_way_between_components(way)

    with way.entered():
        running = threading.Thread(target=lambda: outcomes.append(node()))
        running.start()
        running.join(0.05)
        assert not outcomes
    running.join(5)
    assert outcomes == [("one", "done")]
