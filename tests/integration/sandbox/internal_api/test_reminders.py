from typing import Any

import httpx
import pytest
import time_machine


def reminders(api: httpx.Client, day: str) -> list[dict[str, Any]]:
    response = api.get("/v1/reminders", params={"date": day})
    assert response.status_code == 200, response.text
    listed: list[dict[str, Any]] = response.json()["reminders"]
    return listed


def change(api: httpx.Client, **parts: Any) -> None:
    state = api.get("/sandbox/business").json()
    assert api.put("/sandbox/business", json={**state, **parts}).status_code == 200


def test_names_whom_to_remind_of_what(api: httpx.Client) -> None:
    assert reminders(api, "2026-11-27") == [
        {
            "appointment_id": "C-1042",
            "start": "2026-11-27T11:00:00-06:00",
            "session_name": "carta natal",
            "customer_name": "Ana López",
            "phone": "+5215512345678",
        }
    ]


def test_has_a_days_appointments_in_order_of_time(api: httpx.Client) -> None:
    day = "2026-11-25"
    state = api.get("/sandbox/business").json()
    first = {**state["appointments"][2], "status": "booked"}
    hours = {"C-2001": 18, "C-2002": 10, "C-2003": 14}
    appointments = [
        {**first, "id": number, "start": f"{day}T{hour}:00:00-06:00", "end": f"{day}T{hour}:30:00-06:00"}
        for number, hour in hours.items()
    ]
    change(api, appointments=appointments, payments=[])
    assert [one["appointment_id"] for one in reminders(api, day)] == ["C-2002", "C-2003", "C-2001"]


def test_leaves_out_the_cancelled_the_completed_and_those_without_a_phone(
    api: httpx.Client, clock: time_machine.Traveller
) -> None:
    # Sofía's appointment of that day is cancelled, Ana's of the third is over.
    assert reminders(api, "2026-11-25") == []
    assert reminders(api, "2026-11-03") == []
    customers = api.get("/sandbox/business").json()["customers"]
    change(api, customers=[{**one, "phone": None} for one in customers])
    assert reminders(api, "2026-11-27") == []


def test_forgets_what_is_over_and_not_what_has_only_begun(api: httpx.Client, clock: time_machine.Traveller) -> None:
    clock.move_to("2026-11-27T11:30:00-06:00")
    assert len(reminders(api, "2026-11-27")) == 1
    clock.move_to("2026-11-27T12:00:00-06:00")
    assert reminders(api, "2026-11-27") == []


@pytest.mark.parametrize(
    ("zone", "start", "day"),
    [
        ("America/Mexico_City", "2026-11-28T05:59:00Z", "2026-11-27"),
        ("America/Mexico_City", "2026-11-28T06:00:00Z", "2026-11-28"),
        ("Pacific/Auckland", "2026-11-27T10:59:00Z", "2026-11-27"),
        ("Pacific/Auckland", "2026-11-27T11:00:00Z", "2026-11-28"),
        # The day on which New York's clocks go back has twenty-five hours.
        ("America/New_York", "2027-11-07T04:00:00Z", "2027-11-07"),
        ("America/New_York", "2027-11-08T04:59:00Z", "2027-11-07"),
        ("America/New_York", "2027-11-08T05:00:00Z", "2027-11-08"),
        # Santiago's spring day begins at one o'clock.
        ("America/Santiago", "2027-09-05T03:59:00Z", "2027-09-04"),
        ("America/Santiago", "2027-09-05T04:00:00Z", "2027-09-05"),
    ],
)
def test_a_day_is_the_businesss_own(api: httpx.Client, zone: str, start: str, day: str) -> None:
    state = api.get("/sandbox/business").json()
    one = {**state["appointments"][2], "start": start, "end": start[:17] + "30Z"}
    change(api, business={**state["business"], "timezone": zone}, appointments=[one], payments=[])
    around = ["2026-11-26", "2026-11-27", "2026-11-28", "2026-11-29", "2027-09-03", "2027-09-04", "2027-09-05"]
    around += ["2027-11-06", "2027-11-07", "2027-11-08"]
    assert [date for date in around if reminders(api, date)] == [day]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_have_none(api: httpx.Client, day: str) -> None:
    assert reminders(api, day) == []


@pytest.mark.parametrize("params", [{}, {"date": "27/11/2026"}, {"date": "2026-02-30"}, {"day": "2026-11-27"}])
def test_refuses_what_is_no_day(api: httpx.Client, params: dict[str, str]) -> None:
    assert api.get("/v1/reminders", params=params).status_code == 422
