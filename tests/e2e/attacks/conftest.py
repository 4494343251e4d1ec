"""A business as it was seeded for every attack, and the record of what each got."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.e2e.attacks.record import Record
from tests.e2e.attacks.stranger import begin
from tests.e2e.conftest import ROOT, System

Note = Callable[..., None]


@pytest.fixture(scope="session")
def record() -> Iterator[Record]:
    record = Record()
    yield record
    record.write(ROOT / "results" / "attacks.md")


@pytest.fixture
def note(record: Record, request: pytest.FixtureRequest) -> Note:
    """Writes down what an attack got: attack, what was tried, what it got, what was looked at."""

    def write(attack: str, tried: str, got: object, looked_at: str) -> None:
        record.note(request.node.originalname, attack, tried, got, looked_at)

    return write


@pytest.fixture(autouse=True)
def _as_seeded(system: System) -> None:
    """The business as it was: what was booked, and what codes were asked for, is forgotten."""
    system.sandbox.put("/sandbox/business", json=system.seeded).raise_for_status()
    begin()
