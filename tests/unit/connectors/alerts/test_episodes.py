"""When somebody is told, with the time passed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import pytest

from connectors.alerts.conditions import Condition, Look, Severity
from connectors.alerts.episodes import TELLING_MAY_TAKE, Alert, Episodes, Notice

SECONDS = 30
TWILIO = Condition("part_down", "twilio", Severity.CRITICAL, "Twilio does not work", {"error": "HTTP 503"}, patience=2)
PARKED = Condition("failed_turns", "", Severity.CRITICAL, "Messages could not be answered", {"messages": "3"})
KEY = PARKED.key


@dataclass
class Servers:
    """Servers that share their alerts, and tell what is to be told at once unless they are told not to."""

    count: int = 1
    now: datetime = datetime(2026, 11, 24, 15, tzinfo=timezone.utc)
    alerts: dict[str, Alert] = field(default_factory=dict)
    takes: bool = True

    def __post_init__(self) -> None:
        self.episodes = [Episodes(SECONDS) for _ in range(self.count)]

    def claim(self, *found: Condition, server: int = 0, unknown: tuple[str, ...] = ()) -> list[Notice]:
        """Look once, and give what is to be told."""
        self.alerts, notices = self.episodes[server].advance(self.alerts, Look.of(found, unknown), self.now)
        return notices

    def settle(self, notice: Notice) -> None:
        key = notice.alert.condition.key
        self.alerts[key] = self.alerts[key].settled(notice.telling, self.now, is_told=self.takes)

    def look(
        self, *found: Condition, server: int = 0, unknown: tuple[str, ...] = (), after: float = SECONDS
    ) -> list[str]:
        """Let time pass, look and tell; give what was told."""
        self.now += timedelta(seconds=after)
        notices = self.claim(*found, server=server, unknown=unknown)
        for notice in notices:
            self.settle(notice)
        return [f"{notice.alert.condition.name} {notice.telling.value}" for notice in notices]


@pytest.fixture
def one() -> Servers:
    return Servers()


def test_a_condition_is_told_once_when_it_begins_and_once_when_it_is_over(one: Servers) -> None:
    assert one.look(PARKED) == ["failed_turns begins"]
    assert [one.look(PARKED) for _ in range(5)] == [[]] * 5
    assert [one.look() for _ in range(4)] == [[], ["failed_turns ends"], [], []]


def test_while_it_lasts_there_is_a_reminder_every_hour_with_how_often_it_was_seen(one: Servers) -> None:
    told = [one.look(PARKED) for _ in range(241)]

    reminders = [number for number, said in enumerate(told) if said == ["failed_turns lasts"]]
    assert reminders == [120, 240]
    alert = one.alerts[KEY]
    assert (alert.sightings, alert.seen_at - alert.since) == (241, timedelta(hours=2))


def test_a_part_is_down_only_when_two_checks_in_a_row_say_so(one: Servers) -> None:
    assert one.look(TWILIO) == []
    assert one.look() == []
    assert one.look(TWILIO) == []
    assert one.alerts == {}
    assert one.look(TWILIO) == ["part_down begins"]


def test_what_flaps_is_neither_over_nor_begun_anew(one: Servers) -> None:
    one.look(PARKED)

    assert [one.look(*([PARKED] if number % 2 else [])) for number in range(40)] == [[]] * 40


def test_what_is_unknown_is_neither_there_nor_over(one: Servers) -> None:
    one.look(PARKED)

    assert [one.look(unknown=("failed_turns",)) for _ in range(5)] == [[]] * 5
    assert one.look() == []
    assert one.look() == ["failed_turns ends"]


def test_a_condition_that_comes_back_is_a_new_one(one: Servers) -> None:
    for found in ([PARKED], [], []):
        one.look(*found)

    assert one.look(PARKED) == ["failed_turns begins"]
    assert (one.alerts[KEY].since, one.alerts[KEY].sightings) == (one.now, 1)


def test_what_could_not_be_told_is_told_at_a_later_look(one: Servers) -> None:
    one.takes = False
    assert [one.look(PARKED) for _ in range(3)] == [["failed_turns begins"]] * 3
    one.takes = True
    assert [one.look(PARKED) for _ in range(2)] == [["failed_turns begins"], []]
    one.takes = False
    assert [one.look() for _ in range(3)] == [[], ["failed_turns ends"], ["failed_turns ends"]]
    one.takes = True
    assert [one.look() for _ in range(2)] == [["failed_turns ends"], []]


def test_of_what_nobody_heard_nobody_hears_the_end(one: Servers) -> None:
    one.takes = False
    one.look(PARKED)
    one.takes = True

    assert [one.look() for _ in range(4)] == [[]] * 4


def test_what_comes_back_before_its_end_was_told_goes_on(one: Servers) -> None:
    one.look(PARKED)
    one.takes = False
    assert [one.look() for _ in range(2)] == [[], ["failed_turns ends"]]
    since = one.alerts[KEY].since
    one.takes = True

    assert one.look(PARKED) == []
    assert (one.alerts[KEY].is_open, one.alerts[KEY].since) == (True, since)


def test_of_two_servers_only_one_tells() -> None:
    two = Servers(2)
    (notice,) = two.claim(PARKED, server=0)

    assert two.claim(PARKED, server=1) == []
    two.settle(notice)
    assert two.look(PARKED, server=1) == []


def test_what_a_server_died_over_is_told_by_another_after_a_while() -> None:
    two = Servers(2)
    two.claim(PARKED, server=0)

    assert two.look(PARKED, server=1) == []
    assert two.look(PARKED, server=1, after=TELLING_MAY_TAKE.total_seconds()) == ["failed_turns begins"]


def test_it_lasts_for_as_long_as_one_server_finds_it() -> None:
    two = Servers(2)
    two.look(PARKED, server=0)
    told = []
    for _ in range(10):
        told += two.look(server=1, after=SECONDS / 2)
        told += two.look(PARKED, server=0, after=SECONDS / 2)
    assert told == []

    assert [two.look(server=number % 2, after=SECONDS / 2) for number in range(5)] == [
        [], [], ["failed_turns ends"], [], []
    ]  # fmt: skip


def test_a_restart_tells_nothing_again_and_tells_the_end() -> None:
    before = Servers()
    before.look(PARKED)
    after = Servers(now=before.now, alerts=before.alerts)

    assert after.look(PARKED, after=600) == []
    assert [after.look() for _ in range(3)] == [[], ["failed_turns ends"], []]


def test_a_first_look_after_a_long_break_does_not_call_it_over() -> None:
    before = Servers()
    before.look(PARKED)
    after = Servers(now=before.now, alerts=before.alerts)

    assert after.look(after=3600) == []


def test_what_is_over_keeps_no_facts(one: Servers) -> None:
    one.look(PARKED)
    assert one.alerts[KEY].condition.facts == {"messages": "3"}
    for _ in range(2):
        one.look()

    assert not one.alerts[KEY].is_open
    assert one.alerts[KEY].condition.facts == {}


def test_conditions_of_one_kind_are_told_by_their_subject(one: Servers) -> None:
    other = Condition("part_down", "api", Severity.CRITICAL, "The internal API does not work")
    one.look(other)

    assert one.look(other, PARKED) == ["failed_turns begins"]
    assert set(one.alerts) == {"part_down/api", "failed_turns"}
