from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import time_machine

Call = Callable[..., httpx.Response]
Person = dict[str, str]

# Friday at eleven is C-1042's own time.
OWN = "2026-11-27T11:00:00-06:00"
FREE = "2026-11-25T15:00:00-06:00"


@pytest.fixture
def move(send: Call, ana: Person) -> Call:
    def call(
        start: str, person: Person | None = None, number: str = "C-1042", key: str | None = None
    ) -> httpx.Response:
        return send("POST", f"/v1/appointments/{number}/rescheduling", person or ana, {"start": start}, key)

    return call


def refusal(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def free(api: httpx.Client, day: str) -> list[str]:
    slots = api.get("/v1/slots", params={"from": day, "to": day}).json()["slots"]
    return [slot["start"] for slot in slots]


def test_moves_an_appointment_and_leaves_all_else_of_it(api: httpx.Client, move: Call, pay: Call, ana: Person) -> None:
    pay("20.00", appointment_id="C-1042")
    before = api.get("/v1/appointments/C-1042", headers=ana).json()
    moved = move(FREE)
    assert moved.status_code == 200, moved.text
    assert moved.json() == {**before, "start": FREE, "end": "2026-11-25T16:00:00-06:00"}
    assert api.get("/v1/appointments/C-1042", headers=ana).json() == moved.json()
    assert OWN in free(api, "2026-11-27")
    assert FREE not in free(api, "2026-11-25")


def test_keeps_the_length_that_was_booked_whatever_the_session_type_has_now(
    api: httpx.Client, move: Call, luis: Person
) -> None:
    state = api.get("/sandbox/business").json()
    state["session_types"] = [{**kind, "duration_minutes": 30} for kind in state["session_types"]]
    api.put("/sandbox/business", json=state)
    moved = move(FREE, luis, "C-1043").json()
    assert (moved["start"], moved["end"]) == (FREE, "2026-11-25T16:30:00-06:00")


def test_may_overlap_its_own_old_time(move: Call, luis: Person) -> None:
    assert move("2026-11-24T17:00:00-06:00", luis, "C-1043").json()["end"] == "2026-11-24T18:30:00-06:00"


@pytest.mark.parametrize("same", [OWN, "2026-11-27T17:00:00Z"])
def test_the_same_time_again_changes_nothing(api: httpx.Client, move: Call, ana: Person, same: str) -> None:
    before = api.get("/v1/appointments/C-1042", headers=ana).json()
    state = api.get("/sandbox/business").json()
    # Even where the time could not be booked any more.
    state["opening_hours"] = []
    state["business"]["booking_horizon_days"] = 1
    api.put("/sandbox/business", json=state)
    answer = move(same)
    assert (answer.status_code, answer.json()) == (200, before)


@pytest.mark.parametrize(
    ("start", "code", "alternatives"),
    [
        ("2026-11-24T16:00:00-06:00", "slot_taken", ["24T14:00", "24T15:00", "24T18:00"]),
        ("2026-11-24T20:00:00-06:00", "slot_closed", ["24T14:00", "24T15:00", "24T18:00"]),
        ("2026-11-23T08:00:00-06:00", "slot_past", ["23T10:00", "23T11:00", "23T12:00"]),
        ("2027-01-25T11:00:00-06:00", "too_far", ["22T16:00", "22T17:00", "22T18:00"]),
        ("9999-12-31T23:00:00Z", "too_far", ["22T16:00", "22T17:00", "22T18:00"]),
        ("2026-11-27T11:30:00-06:00", "slot_closed", ["27T10:00", "27T11:00", "27T12:00"]),
    ],
)
def test_refuses_a_time_and_offers_the_nearest_free_ones(
    api: httpx.Client, move: Call, ana: Person, start: str, code: str, alternatives: list[str]
) -> None:
    response = move(start)
    assert refusal(response) == (409, code)
    assert [slot["start"][8:16] for slot in response.json()["alternatives"]] == alternatives
    assert api.get("/v1/appointments/C-1042", headers=ana).json()["start"] == OWN


def test_refuses_what_is_over_cancelled_or_anothers(
    move: Call, send: Call, ana: Person, luis: Person, clock: time_machine.Traveller
) -> None:
    assert refusal(move(FREE, number="C-1001")) == (409, "already_past")
    assert refusal(move(FREE, number="C-9999")) == (404, "not_found")
    assert refusal(move(FREE, luis)) == (404, "not_found")
    clock.move_to(OWN)
    assert refusal(move("2026-11-30T10:00:00-06:00")) == (409, "already_past")
    assert refusal(move(OWN)) == (409, "already_past")
    clock.move_to("2026-11-23T09:00:00-06:00")
    send("POST", "/v1/appointments/C-1042/cancellation", ana, {})
    assert refusal(move(FREE)) == (409, "already_cancelled")


@pytest.mark.parametrize("number", ["C-1042", "C-1001", "C-9999", "C-1043"])
@pytest.mark.parametrize("change", ["rescheduling", "cancellation"])
def test_the_email_alone_moves_and_cancels_nothing_and_learns_nothing(
    api: httpx.Client, send: Call, ana: Person, stranger: Person, number: str, change: str
) -> None:
    before = api.get("/v1/appointments", headers=ana).text
    body = {"start": FREE} if change == "rescheduling" else {}
    unknown = {"X-Customer-Email": "nobody@example.com", "X-Contact-Phone": "+5215512345678"}
    people = (stranger, unknown, {"X-Customer-Email": "ana@example.com"})
    answers = [send("POST", f"/v1/appointments/{number}/{change}", person, body) for person in people]
    assert {refusal(answer) for answer in answers} == {(403, "verification_required")}
    assert len({answer.text for answer in answers}) == 1
    assert api.get("/v1/appointments", headers=ana).text == before


def test_a_repeated_move_happens_once(api: httpx.Client, move: Call, ana: Person) -> None:
    first = move(FREE, key="SM1")
    assert move("2026-11-25T17:00:00-06:00").status_code == 200
    again = move(FREE, key="SM1")
    assert (again.text, again.headers["Idempotency-Replayed"]) == (first.text, "true")
    assert api.get("/v1/appointments/C-1042", headers=ana).json()["start"] == "2026-11-25T17:00:00-06:00"


def test_two_who_want_the_same_time_at_once_do_not_both_get_it(move: Call, book: Call, luis: Person) -> None:
    def call(number: int) -> int:
        return (move(FREE) if number % 2 else book(FREE, luis)).status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(call, range(6)))
    moved, booked = statuses[1::2], statuses[::2]
    # Who has moved there may move there again: the same time is no refusal.
    assert (moved.count(200) > 0) != (booked.count(201) > 0), statuses
    assert booked.count(201) <= 1
