"""The model's faults, as they are drawn and as the READMEs tell of them."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import median

import pytest
from pydantic import ValidationError

from sandbox.faults.board import LlmFaults
from sandbox.llm.outputs import OUTPUTS

ROOT = Path(__file__).resolve().parents[4]


def test_without_faults_nothing_waits_and_nothing_bad_is_said() -> None:
    assert LlmFaults().wait_ms() == 0
    assert LlmFaults(bad_rate=1).draw_script() is None


def test_delays_lie_around_the_median_with_a_long_tail() -> None:
    faults = LlmFaults(latency_ms=50, median_ms=800)
    waits = [faults.wait_ms() - 50 for _ in range(4000)]

    assert 740 < median(waits) < 860
    assert min(waits) > 50
    # Of a log-normal with sigma 0.5, 8.3 % is above twice the median and as much below half of it.
    assert 0.06 < sum(wait > 1600 for wait in waits) / len(waits) < 0.11
    assert 0.06 < sum(wait < 400 for wait in waits) / len(waits) < 0.11


@pytest.mark.parametrize(
    ("script", "names"),
    [("all", set(OUTPUTS)), ("promise", {"promise"}), (["empty", "html"], {"empty", "html"})],
)
def test_one_of_the_scripts_is_drawn_for_each_call(script: object, names: set[str]) -> None:
    faults = LlmFaults.parse_obj({"script": script})

    assert {faults.draw_script() for _ in range(1000)} == names


def test_a_share_of_the_calls_is_answered_badly() -> None:
    faults = LlmFaults.parse_obj({"script": "all", "bad_rate": 0.25})
    bad = sum(faults.draw_script() is not None for _ in range(4000)) / 4000

    assert 0.2 < bad < 0.3
    assert {LlmFaults(script=["promise"], bad_rate=0).draw_script() for _ in range(100)} == {None}


@pytest.mark.parametrize(
    "fault",
    [
        {"script": "rude"},
        {"script": []},
        {"script": ["empty", "all"]},
        {"script": 3},
        {"script": {}},
        {"bad_rate": 2},
        {"median_ms": -1},
        {"retry_after": -1},
        {"mistype": 1},
    ],
)
def test_refuses_faults_that_cannot_be(fault: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LlmFaults.parse_obj(fault)


@pytest.mark.parametrize("name", ["README.md", "README.es.md"])
def test_the_table_of_faults_has_a_row_for_each(name: str) -> None:
    rows = re.findall(r"^\| `llm\.(\w+)` \| \S.* \|$", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)

    assert rows == [field for field in LlmFaults.__fields__ if field not in ("latency_ms", "status", "rate")]
