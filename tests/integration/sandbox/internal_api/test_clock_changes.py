"""Slots and bookings on the days on which clocks change, against a walk over every minute of those days."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

import httpx
import pytest
import time_machine

Call = Callable[..., httpx.Response]
Person = dict[str, str]

A_MINUTE, AN_HOUR, A_DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
REALLY_NOW = datetime.now(timezone.utc)
# As the tests' clock is set, as it is, and as it will be.
TODAYS = [
    datetime(2026, 11, 23, 15, tzinfo=timezone.utc),
    REALLY_NOW,
    REALLY_NOW + 150 * A_DAY,
]
# Lord Howe's clocks change by half an hour; Santiago's leap over midnight, and go back to the day before.
ZONES = ["America/New_York", "Europe/Madrid", "Australia/Lord_Howe", "America/Santiago"]
# The whole day, the nights in which clocks change with times that they leap over, and working hours.
HOURS = {
    60: [("00:00", "23:59")],
    30: [("00:30", "02:15"), ("02:45", "05:00"), ("22:00", "23:45")],
    15: [("10:00", "19:00")],
}
DIRECTIONS = {"forward": 1, "back": -1}
LENGTHS = {"carta_natal": 60, "revolucion_solar": 90, "sinastria": 90, "tarot": 30}


@cache
def next_change(zone: ZoneInfo, after: datetime, direction: int) -> datetime:
    """Return the next instant at which the zone's clocks go forward (1) or back (-1)."""
    before = after.astimezone(timezone.utc).replace(minute=0, second=0, microsecond=0)

    def offset(instant: datetime) -> timedelta:
        return instant.astimezone(zone).utcoffset() or timedelta()

    while (offset(before + AN_HOUR) - offset(before)) * direction <= timedelta():
        before += AN_HOUR
    return next(at for n in range(1, 61) if offset(at := before + n * A_MINUTE) != offset(before))


def days_before(zone: ZoneInfo, today: datetime, direction: int) -> tuple[datetime, datetime]:
    """Return the day, or one soon after it from which a year's horizon reaches the next change, and the change."""
    change = next_change(zone, today + 3 * A_DAY, direction)
    return max(today, change - 360 * A_DAY), change


@cache
def open_minutes(zone: ZoneInfo, day: date, opens: str, closes: str) -> list[datetime]:
    """Return the minutes on end for which the wall clock shows a time within the hours: the longest such run."""
    minute = datetime.combine(day, time(), zone).astimezone(timezone.utc)
    runs: list[list[datetime]] = [[]]
    while (local := minute.astimezone(zone)).date() <= day:
        if local.date() == day and opens <= f"{local:%H:%M}" < closes:
            runs[-1].append(minute)
        elif runs[-1]:
            runs.append([])
        minute += A_MINUTE
    return max(runs, key=len)


def expected(zone: ZoneInfo, day: date, hours: list[tuple[str, str]], step: int, length: int) -> list[datetime]:
    starts = []
    for opens, closes in hours:
        minutes = open_minutes(zone, day, opens, closes)
        starts += [minutes[n] for n in range(0, len(minutes) - length + 1, step)]
    return starts


@pytest.fixture
def open_at(api: httpx.Client) -> Callable[[str, list[tuple[str, str]], int], None]:
    """Give the business another zone, hours for all days and a step, a year's horizon and no bookings."""

    def call(zone: str, hours: list[tuple[str, str]], step: int) -> None:
        state = api.get("/sandbox/business").json()
        rules = {"timezone": zone, "booking_horizon_days": 366, "slot_step_minutes": step}
        state["business"].update(rules)
        state["opening_hours"] = [
            {"weekday": day, "opens": opens, "closes": closes} for day in range(7) for opens, closes in hours
        ]
        for part in ("appointments", "payments", "purchases"):
            state[part] = []
        assert api.put("/sandbox/business", json=state).status_code == 200

    return call


def slots(api: httpx.Client, first: date, last: date, session_type: str) -> list[dict[str, str]]:
    params = {"from": str(first), "to": str(last), "session_type": session_type}
    response = api.get("/v1/slots", params=params)
    assert response.status_code == 200, response.text
    found: list[dict[str, str]] = response.json()["slots"]
    return found


@pytest.mark.parametrize("today", TODAYS, ids=["set", "now", "in-150-days"])
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("name", ZONES)
def test_every_open_time_is_a_slot_and_nothing_else_is(
    api: httpx.Client,
    open_at: Callable[..., None],
    clock: time_machine.Traveller,
    name: str,
    direction: str,
    today: datetime,
) -> None:
    zone = ZoneInfo(name)
    today, change = days_before(zone, today, DIRECTIONS[direction])
    clock.move_to(today)
    day = change.astimezone(zone).date()
    days = [day - A_DAY, day, day + A_DAY]
    for step, hours in HOURS.items():
        open_at(name, hours, step)
        for kind, length in LENGTHS.items():
            found = slots(api, days[0], days[-1], kind)
            starts = [datetime.fromisoformat(slot["start"]) for slot in found]
            ends = [datetime.fromisoformat(slot["end"]) for slot in found]
            wanted = [start for one in days for start in expected(zone, one, hours, step, length)]
            assert starts == wanted, (hours, step, kind)
            assert {end - start for start, end in zip(starts, ends, strict=True)} == {length * A_MINUTE}
            shown = [moment.astimezone(zone).isoformat() for moment in (*starts, *ends)]
            assert shown == [slot["start"] for slot in found] + [slot["end"] for slot in found]


@pytest.mark.parametrize("kind", LENGTHS)
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("name", ZONES)
def test_the_hours_around_a_change_are_booked_once_and_fully(
    api: httpx.Client,
    book: Call,
    send: Call,
    luis: Person,
    open_at: Callable[..., None],
    clock: time_machine.Traveller,
    name: str,
    direction: str,
    kind: str,
) -> None:
    zone, length = ZoneInfo(name), LENGTHS[kind] * A_MINUTE
    today, change = days_before(zone, REALLY_NOW, DIRECTIONS[direction])
    clock.move_to(today)
    open_at(name, [("00:00", "23:59")], 30)
    around = [change.astimezone(zone).date() + n * A_DAY for n in (-1, 0, 1)]
    grid = [slot["start"] for slot in slots(api, around[0], around[-1], kind)]
    # One after the other from two hours before the change to two hours after it.
    start, booked = change - 2 * AN_HOUR, []
    while start < change + 2 * AN_HOUR:
        shown = start.astimezone(zone).isoformat()
        if shown in grid:
            response = book(shown, luis, session_type=kind)
            assert response.status_code == 201, (shown, response.text)
            answer = response.json()
            assert (answer["start"], answer["end"]) == (shown, (start + length).astimezone(zone).isoformat())
            assert book(shown, luis, session_type=kind).json()["code"] == "slot_taken"
            booked.append(answer)
            start += length
        else:
            start += 30 * A_MINUTE
    assert len(booked) >= 2
    taken = [(datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"])) for one in booked]
    left = [datetime.fromisoformat(slot["start"]) for slot in slots(api, around[0], around[-1], kind)]
    assert left == [
        at
        for at in (datetime.fromisoformat(one) for one in grid)
        if all(at + length <= begins or at >= ends for begins, ends in taken)
    ]
    # What was booked first is moved to where another one was, as soon as that one is cancelled.
    last, first = booked[-1], booked[0]
    assert send("POST", f"/v1/appointments/{last['id']}/cancellation", luis, {}).status_code == 200
    moved = send("POST", f"/v1/appointments/{first['id']}/rescheduling", luis, {"start": last["start"]})
    assert (moved.json()["start"], moved.json()["end"]) == (last["start"], last["end"])
    assert first["start"] in [slot["start"] for slot in slots(api, around[0], around[-1], kind)]


def test_an_hour_that_comes_twice_is_two_hours(
    api: httpx.Client, book: Call, luis: Person, open_at: Callable[..., None], clock: time_machine.Traveller
) -> None:
    zone = ZoneInfo("America/New_York")
    today, change = days_before(zone, REALLY_NOW, -1)
    clock.move_to(today)
    open_at("America/New_York", [("00:00", "05:00")], 60)
    first, second = ((change + moved).astimezone(zone).isoformat() for moved in (-AN_HOUR, timedelta()))
    assert (first[:19], first[19:], second[19:]) == (second[:19], "-04:00", "-05:00")
    assert [book(start, luis).status_code for start in (first, second, first, second)] == [201, 201, 409, 409]


def test_an_hour_that_does_not_come_is_not_offered(
    api: httpx.Client, book: Call, luis: Person, open_at: Callable[..., None], clock: time_machine.Traveller
) -> None:
    zone = ZoneInfo("America/New_York")
    today, change = days_before(zone, REALLY_NOW, 1)
    clock.move_to(today)
    day = change.astimezone(zone).date()
    open_at("America/New_York", [("02:00", "02:45")], 30)
    assert slots(api, day, day, "tarot") == []
    refused = book(f"{day}T02:00:00-05:00", luis, session_type="tarot")
    assert refused.json()["code"] == "slot_closed"
    nearest = {slot["start"][:10] for slot in refused.json()["alternatives"]}
    assert nearest <= {str(day - A_DAY), str(day + A_DAY), str(day - 2 * A_DAY), str(day + 2 * A_DAY)}
