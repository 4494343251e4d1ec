"""What a server can tell is wrong by itself."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from connectors.alerts.conditions import Condition, Severity
from connectors.alerts.local import (
    database_down,
    log_behind,
    log_lost,
    openrouter,
    parts_down,
    refused_signatures,
)
from connectors.alerts.recent import Recent


@dataclass(frozen=True)
class PartHealth:
    ok: bool
    vital: bool
    ms: int = 1
    error: str | None = None


WELL = PartHealth(True, True)


def keys(conditions: list[Condition]) -> list[str]:
    return [condition.key for condition in conditions]


def test_vital_parts_that_do_not_work_are_down_each_by_itself() -> None:
    health = {
        "rasa": WELL,
        "twilio": PartHealth(False, True, error="credentials"),
        "redis": PartHealth(False, False),
        "api": PartHealth(False, True),
    }
    down = parts_down(health)

    assert keys(down) == ["part_down/twilio", "part_down/api", "part_down/redis"]
    assert [one.severity for one in down] == [Severity.CRITICAL, Severity.CRITICAL, Severity.WARNING]
    assert (down[0].title, down[0].facts) == ("Twilio does not work", {"error": "credentials"})
    assert {one.patience for one in down} == {2}


def test_the_database_is_away_when_the_health_check_or_a_query_says_so() -> None:
    down = {"database": PartHealth(False, True, error="its tables are at revision 0003")}

    assert database_down({"database": WELL}, None) == []
    (queried,) = database_down({"database": WELL}, "OperationalError")
    (checked,) = database_down(down, "OperationalError")
    assert (queried.key, queried.facts) == ("part_down/database", {"error": "OperationalError"})
    assert (checked.key, checked.facts) == ("part_down/database", {"error": "its tables are at revision 0003"})
    assert parts_down(down) == []


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (PartHealth(False, False, error="credit"), ["openrouter/credit"]),
        (PartHealth(False, False, error="key"), ["openrouter/key"]),
        (PartHealth(False, False, error="HTTP 503"), []),
        (PartHealth(False, False, error="no answer within 1.5 s"), []),
        (PartHealth(True, False, error="not configured"), []),
        (PartHealth(True, False, error="credit"), []),
        (PartHealth(False, False), []),
    ],
)
def test_openrouter_is_told_of_where_only_its_customer_can_help(part: PartHealth, expected: list[str]) -> None:
    found = openrouter({"openrouter": part})

    assert keys(found) == expected
    assert all(one.severity is Severity.WARNING for one in found)


def test_refused_signatures_are_told_of_from_so_many_on() -> None:
    assert refused_signatures(19, 20) == []
    (found,) = refused_signatures(20, 20)
    assert found.facts == {"refused in 5 minutes": "20"}


def test_a_log_is_behind_when_a_tenth_of_its_place_is_taken() -> None:
    assert log_behind(None, 1000) == []
    assert log_behind(100, 1000) == []
    assert keys(log_behind(101, 1000)) == ["log_backlog"]


def test_a_row_that_is_lost_is_told_of() -> None:
    assert log_lost(0) == []
    assert log_lost(1)[0].facts == {"lost in 5 minutes": "1"}


def test_what_happened_counts_until_the_window_has_passed() -> None:
    now = [0.0]
    recent = Recent(300, lambda: now[0])
    recent.add(3)
    now[0] = 200
    recent.add()

    assert recent.count() == 4
    now[0] = 301
    assert recent.count() == 1
    now[0] = 501
    assert recent.count() == 0


def test_counting_much_takes_no_more_than_the_window_holds() -> None:
    now = [0.0]
    recent = Recent(300, lambda: now[0])
    for number in range(10_000):
        now[0] = number / 100
        recent.add()

    assert recent.count() == 10_000
    assert len(recent._counts) <= 60
