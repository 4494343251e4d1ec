import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest
import time_machine

Call = Callable[..., httpx.Response]
Person = dict[str, str]


def starts(response: httpx.Response, key: str = "slots") -> list[str]:
    return [slot["start"] for slot in response.json()[key]]


def slots(api: httpx.Client, first: str, last: str, **params: Any) -> list[str]:
    response = api.get("/v1/slots", params={"from": first, "to": last, **params})
    assert response.status_code == 200, response.text
    return starts(response)


def test_offers_the_hours_of_a_day_without_the_taken_ones(api: httpx.Client) -> None:
    tuesday = slots(api, "2026-11-24", "2026-11-24")
    assert [start[11:16] for start in tuesday] == [
        "10:00",
        "11:00",
        "12:00",
        "13:00",
        "14:00",
        "15:00",
        "18:00",
    ]
    assert tuesday[0] == "2026-11-24T10:00:00-06:00"


def test_a_longer_session_ends_before_closing_time(api: httpx.Client) -> None:
    saturday = slots(api, "2026-11-28", "2026-11-28", session_type="revolucion_solar")
    assert [start[11:16] for start in saturday] == ["10:00"]
    assert slots(api, "2026-11-28", "2026-11-28", duration_minutes=300) == []


def test_never_offers_sundays_or_what_has_begun(api: httpx.Client, clock: time_machine.Traveller) -> None:
    assert slots(api, "2026-11-29", "2026-11-29") == []
    assert slots(api, "2026-11-01", "2026-11-22") == []
    clock.move_to("2026-11-23T15:00:00-06:00")
    assert [start[11:16] for start in slots(api, "2026-11-23", "2026-11-23")] == ["16:00", "17:00", "18:00"]


def test_offers_nothing_beyond_the_horizon(api: httpx.Client) -> None:
    assert slots(api, "2027-01-22", "2027-01-22")
    assert slots(api, "2027-01-23", "2027-02-20") == []
    assert slots(api, "9999-12-01", "9999-12-31") == []


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"from": "2026-11-01", "to": "2026-12-02"}, "range_too_long"),
        ({"from": "2026-11-24", "to": "2026-11-23"}, "invalid_request"),
        ({"from": "2026-11-24"}, "invalid_request"),
        ({"from": "0", "to": "1"}, "invalid_request"),
        ({"from": "2026-02-30", "to": "2026-03-01"}, "invalid_request"),
        ({"from": "2026-11-24", "to": "2026-11-24", "session_type": "reiki"}, "invalid_request"),
        ({"from": "2026-11-24", "to": "2026-11-24", "session_type": "a\x00"}, "invalid_request"),
        (
            {"from": "2026-11-24", "to": "2026-11-24", "session_type": "sinastria", "group_size": 3},
            "group_too_large",
        ),
    ],
)
def test_refuses_a_question_for_slots_that_makes_no_sense(api: httpx.Client, params: Any, code: str) -> None:
    response = api.get("/v1/slots", params=params)
    assert (response.status_code, response.json()["code"]) == (422, code)


def test_thirty_one_days_are_not_too_long(api: httpx.Client) -> None:
    assert len(slots(api, "2026-11-23", "2026-12-23")) > 150


def test_books_a_free_slot(api: httpx.Client, book: Call, ana: Person) -> None:
    response = book("2026-11-24T15:00:00-06:00", package_id="carta-natal", group_size=2)
    assert response.status_code == 201, response.text
    assert response.json() == {
        "id": "C-1046",
        "status": "booked",
        "start": "2026-11-24T15:00:00-06:00",
        "end": "2026-11-24T16:00:00-06:00",
        "session_type": "carta_natal",
        "package_id": "carta-natal",
        "group_size": 2,
        "price": {"amount": "50.00", "currency": "USD"},
        "paid": {"amount": "0.00", "currency": "USD"},
        "owed": {"amount": "50.00", "currency": "USD"},
        "customer_email": "ana@example.com",
    }
    assert api.get("/v1/appointments/C-1046", headers=ana).json() == response.json()
    assert "2026-11-24T15:00:00-06:00" not in slots(api, "2026-11-24", "2026-11-24")


def test_takes_the_same_instant_in_another_offset(book: Call) -> None:
    assert book("2026-11-24T21:00:00Z").json()["start"] == "2026-11-24T15:00:00-06:00"


def test_without_a_package_the_session_has_its_single_price(book: Call) -> None:
    booked = book("2026-11-25T10:00:00-06:00", session_type="tarot", package_id=None).json()
    assert (booked["end"], booked["price"]["amount"]) == ("2026-11-25T10:30:00-06:00", "20.00")


@pytest.mark.parametrize(
    ("start", "code", "alternatives"),
    [
        ("2026-11-24T16:00:00-06:00", "slot_taken", ["24T14:00", "24T15:00", "24T18:00"]),
        ("2026-11-24T17:00:00-06:00", "slot_taken", ["24T14:00", "24T15:00", "24T18:00"]),
        ("2026-11-24T20:00:00-06:00", "slot_closed", ["24T14:00", "24T15:00", "24T18:00"]),
        ("2026-11-24T15:30:00-06:00", "slot_closed", ["24T13:00", "24T14:00", "24T15:00"]),
        ("2026-11-29T11:00:00-06:00", "slot_closed", ["28T11:00", "28T13:00", "30T10:00"]),
        ("2026-11-23T08:00:00-06:00", "slot_past", ["23T10:00", "23T11:00", "23T12:00"]),
        ("0001-01-01T12:00:00Z", "slot_past", ["23T10:00", "23T11:00", "23T12:00"]),
        ("2027-01-25T11:00:00-06:00", "too_far", ["22T16:00", "22T17:00", "22T18:00"]),
        ("9999-12-31T23:00:00Z", "too_far", ["22T16:00", "22T17:00", "22T18:00"]),
    ],
)
def test_refuses_a_time_and_offers_the_nearest_free_ones(
    book: Call, start: str, code: str, alternatives: list[str]
) -> None:
    response = book(start)
    assert (response.status_code, response.json()["code"]) == (409, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert [start[8:16] for start in starts(response, "alternatives")] == alternatives


def test_a_session_may_not_reach_into_the_next_booking(book: Call) -> None:
    assert book("2026-11-24T15:00:00-06:00", session_type="sinastria").json()["code"] == "slot_taken"


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"package_id": "no-such"}, 404, "package_not_found", None),
        ({"package_id": "pareja", "group_size": 3}, 422, "group_too_large", None),
        ({"session_type": "reiki"}, 422, "invalid_request", "body.session_type"),
        ({"session_type": "tarot", "package_id": "pareja"}, 422, "invalid_request", "body.session_type"),
        ({"group_size": 0}, 422, "invalid_request", "body.group_size"),
        ({"group_size": "2"}, 422, "invalid_request", "body.group_size"),
        ({"customer_name": "a\x00b"}, 422, "invalid_request", "body.customer_name"),
        ({"customer_name": "x" * 101}, 422, "invalid_request", "body.customer_name"),
        ({"price": "1.00"}, 422, "invalid_request", "body.price"),
        ({"start": "2026-11-25T15:00:00"}, 422, "invalid_request", "body.start"),
        ({"start": "2026-02-30T15:00:00Z"}, 422, "invalid_request", "body.start"),
        ({"start": 1700000000}, 422, "invalid_request", "body.start"),
    ],
)
def test_refuses_a_booking_that_makes_no_sense(
    book: Call, body: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    response = book(**{"start": "2026-11-25T15:00:00-06:00", **body})
    assert (response.status_code, response.json()["code"]) == (status, code)
    if field:
        assert [error["field"] for error in response.json()["errors"]] == [field]


def test_half_a_surrogate_pair_is_refused_and_not_a_crash(api: httpx.Client, ana: Person) -> None:
    for content in (b'{"reason": "\\ud800"}', b'{"\\ud800": 1, "reason": "x"}'):
        response = api.post("/v1/handoffs", content=content, headers={"Content-Type": "application/json"})
        assert response.status_code == 422


def test_says_how_many_people_a_session_takes(book: Call) -> None:
    response = book("2026-11-25T15:00:00-06:00", package_id="pareja", group_size=3)
    assert response.json()["max_group_size"] == 2


def test_an_unknown_email_becomes_a_customer_with_the_contacts_phone(api: httpx.Client, book: Call) -> None:
    person = {"X-Customer-Email": "Nueva@Example.com", "X-Contact-Phone": "+5215500000001"}
    assert book("2026-11-25T15:00:00-06:00", person, customer_name="Nueva").status_code == 201
    assert api.get("/v1/contacts/self", headers=person).json() == {
        "name": "Nueva",
        "email": "nueva@example.com",
    }


def test_a_booking_by_a_stranger_changes_nothing_of_the_customer(
    api: httpx.Client, book: Call, ana: Person, stranger: Person
) -> None:
    assert book("2026-11-25T15:00:00-06:00", stranger, customer_name="Mallory").status_code == 201
    profile = api.get("/v1/profile", headers=ana).json()
    assert (profile["name"], profile["phone"]) == ("Ana López", "+5215512345678")


@pytest.mark.parametrize("path", ["C-1042", "C-9999", "1042", "c-1042", "C-01042", "C-x", "C-" + "9" * 30])
def test_a_strangers_and_an_unknown_appointment_are_answered_alike(api: httpx.Client, luis: Person, path: str) -> None:
    response = api.get(f"/v1/appointments/{path}", headers=luis)
    unknown = api.get("/v1/appointments/C-8888", headers=luis)
    assert (response.status_code, response.json()) == (404, unknown.json())


def test_lists_appointments_to_a_verified_person_only(api: httpx.Client, ana: Person, stranger: Person) -> None:
    response = api.get("/v1/appointments", headers=ana)
    assert [row["id"] for row in response.json()["appointments"]] == ["C-1001", "C-1042"]
    for headers in (
        stranger,
        {"X-Customer-Email": "ana@example.com"},
        {"X-Customer-Email": "no@example.com"},
    ):
        response = api.get("/v1/appointments", headers=headers)
        assert (response.status_code, response.json()["code"]) == (403, "verification_required")


def test_a_customer_without_a_phone_on_file_cannot_be_verified(api: httpx.Client) -> None:
    headers = {"X-Customer-Email": "valentina@example.com"}
    assert api.get("/v1/profile", headers=headers).status_code == 403
    headers["X-Contact-Phone"] = "+5215512345678"
    assert api.get("/v1/profile", headers=headers).status_code == 403


def test_filters_appointments_by_day_and_status(api: httpx.Client, ana: Person) -> None:
    def ids(**params: str) -> list[str]:
        response = api.get("/v1/appointments", headers=ana, params=params)
        return [row["id"] for row in response.json()["appointments"]]

    assert ids(status="completed") == ["C-1001"]
    assert ids(**{"from": "2026-11-27", "to": "2026-11-27"}) == ["C-1042"]
    assert ids(**{"from": "2026-11-28"}) == []
    assert api.get("/v1/appointments", headers=ana, params={"status": "lost"}).status_code == 422


def test_a_booking_that_is_over_is_completed(api: httpx.Client, ana: Person, clock: time_machine.Traveller) -> None:
    clock.move_to("2026-11-27T12:00:00-06:00")
    assert api.get("/v1/appointments/C-1042", headers=ana).json()["status"] == "completed"


def test_cancelling_frees_the_slot(api: httpx.Client, send: Call, ana: Person) -> None:
    path = "/v1/appointments/C-1042/cancellation"
    response = send("POST", path, ana, {"reason": "Me surgió un viaje"})
    assert (response.status_code, response.json()["status"]) == (200, "cancelled")
    assert response.json()["owed"]["amount"] == "0.00"
    assert "2026-11-27T11:00:00-06:00" in slots(api, "2026-11-27", "2026-11-27")
    again = send("POST", path, ana, {})
    assert (again.status_code, again.json()["code"]) == (409, "already_cancelled")


def test_refuses_to_cancel_what_is_past_or_anothers(
    send: Call, ana: Person, luis: Person, clock: time_machine.Traveller
) -> None:
    def refusal(number: str, person: Person) -> tuple[int, str]:
        response = send("POST", f"/v1/appointments/{number}/cancellation", person, {})
        return response.status_code, response.json()["code"]

    assert refusal("C-1001", ana) == (409, "already_past")
    assert refusal("C-1042", luis) == (404, "not_found")
    clock.move_to("2026-11-27T11:00:00-06:00")
    assert refusal("C-1042", ana) == (409, "already_past")


def test_two_bookings_of_the_last_slot_at_once_give_one_booking(book: Call, luis: Person) -> None:
    assert at_once(lambda n: book("2026-11-25T15:00:00-06:00", luis), 8) == [201] + [409] * 7


def test_overlapping_bookings_at_once_give_one_booking(book: Call, luis: Person) -> None:
    def call(n: int) -> httpx.Response:
        hour, kind = (15, "sinastria") if n % 2 else (16, "carta_natal")
        return book(f"2026-11-25T{hour}:00:00-06:00", luis, session_type=kind)

    assert at_once(call, 8) == [201] + [409] * 7


def test_one_key_twice_at_once_books_once(api: httpx.Client, book: Call, ana: Person) -> None:
    responses: list[httpx.Response] = []

    def call(n: int) -> httpx.Response:
        responses.append(book("2026-11-25T15:00:00-06:00", key="SM1"))
        return responses[-1]

    assert at_once(call, 6) == [201] * 6
    assert len({response.text for response in responses}) == 1
    assert sum(response.headers.get("Idempotency-Replayed") == "true" for response in responses) == 5
    assert len(api.get("/v1/appointments", headers=ana).json()["appointments"]) == 3


def at_once(call: Callable[[int], httpx.Response], times: int) -> list[int]:
    """Return the statuses of calls made at the same time, sorted."""
    barrier, statuses = threading.Barrier(times), []

    def run(n: int) -> None:
        barrier.wait()
        statuses.append(call(n).status_code)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


def test_follows_the_machines_clock(api: httpx.Client, book: Call, clock: time_machine.Traveller) -> None:
    clock.move_to("2030-06-03T09:00:00-06:00")
    assert slots(api, "2030-06-03", "2030-06-03")[0] == "2030-06-03T10:00:00-06:00"
    assert book("2030-06-04T10:00:00-06:00").status_code == 201
    assert book("2026-11-25T15:00:00-06:00").json()["code"] == "slot_past"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2027-03-14", ["01:00-05:00", "03:00-04:00", "04:00-04:00"]),
        ("2026-11-01", ["01:00-04:00", "01:00-05:00", "02:00-05:00", "03:00-05:00", "04:00-05:00"]),
    ],
)
def test_days_when_clocks_change_have_only_real_slots(
    api: httpx.Client, book: Call, clock: time_machine.Traveller, day: str, expected: list[str]
) -> None:
    state = api.get("/sandbox/business").json()
    state["business"]["timezone"] = "America/New_York"
    state["opening_hours"] = [{"weekday": 6, "opens": "01:00", "closes": "05:00"}]
    assert api.put("/sandbox/business", json=state).status_code == 200
    clock.move_to(datetime.fromisoformat(f"{day}T00:10:00-05:00").timestamp() - 86400)
    found = slots(api, day, day)
    assert [start[11:16] + start[19:] for start in found] == expected
    for start in found:
        assert book(start).status_code == 201
    assert slots(api, day, day) == []
