"""The sandbox's journal: every call and the turn it belongs to, and nothing of whom it was about."""

import time
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

TURN = "SM0123456789abcdef0123456789abcdef"
LATEST = 5.0
FACTS = ("method", "path", "status", "turn_id")


def noted(api: httpx.Client, path: str, *, is_noted: bool = True, **headers: str) -> list[tuple[Any, ...]]:
    with capture_logs() as lines:
        api.get(path, headers=headers)
        # A line is written once the answer is on its way, which may be here before it.
        deadline = time.monotonic() + (LATEST if is_noted else 0.1)
        while not lines and time.monotonic() < deadline:
            time.sleep(0.01)
    assert not [line for line in lines if "1042" in str(line) or "ana@" in str(line)]
    return [tuple(line.get(fact) for fact in FACTS) for line in lines]


def test_a_call_is_noted_by_its_template_with_its_turn(api: httpx.Client, ana: dict[str, str]) -> None:
    lines = noted(api, "/v1/appointments/C-1042", **ana, **{"X-Request-Id": TURN})
    assert [line[:2] + line[3:] for line in lines] == [("GET", "/v1/appointments/{appointment_id}", TURN)]


def test_who_is_not_let_in_is_noted_too(api: httpx.Client) -> None:
    assert noted(api, "/v1/appointments/C-1042", Authorization="Bearer x") == [("GET", None, 401, None)]


def test_what_is_not_there_is_noted_without_its_name(api: httpx.Client) -> None:
    assert noted(api, "/v1/nothing/C-1042") == [("GET", None, 404, None)]


@pytest.mark.parametrize("named", ["for ana@example.com", "x" * 129, "{}"])
def test_an_id_that_is_none_is_refused_and_not_noted(api: httpx.Client, named: str) -> None:
    assert noted(api, "/v1/business", **{"X-Request-Id": named}) == [("GET", "/v1/business", 422, None)]


@pytest.mark.parametrize("path", ["/v1/health", "/sandbox/business"])
def test_what_is_no_call_of_a_turn_is_not_noted(api: httpx.Client, path: str) -> None:
    assert noted(api, path, is_noted=False) == []
