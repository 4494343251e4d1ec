import copy
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

Call = Callable[..., httpx.Response]
PATH = "/sandbox/business"


def test_what_get_gives_put_takes_and_get_gives_again(api: httpx.Client, book: Call, pay: Call) -> None:
    book("2026-11-25T15:00:00-06:00", package_id="pareja")
    pay("1440.00", package_id="pareja", currency="MXN")
    api.post("/v1/handoffs", json={"reason": "¿Me llaman? 🌙"})
    before = api.get(PATH)
    put = api.put(PATH, content=before.content, headers={"Content-Type": "application/json"})
    assert (put.status_code, put.text) == (200, before.text)
    assert api.get(PATH).text == before.text


def test_a_replaced_state_is_the_whole_state(api: httpx.Client, ana: dict[str, str], book: Call) -> None:
    book("2026-11-25T15:00:00-06:00", key="SM1")
    state = api.get(PATH).json()
    for part in ("requests", "appointments", "purchases", "payments", "handoffs"):
        state[part] = []
    assert api.put(PATH, json=state).status_code == 200
    assert api.get("/v1/appointments", headers=ana).json() == {"appointments": []}
    again = book("2026-11-25T15:00:00-06:00", key="SM1")
    assert "Idempotency-Replayed" not in again.headers
    assert again.json()["id"] == "C-1001"


def spoil(state: dict[str, Any], path: str, value: object) -> str:
    *way, last = path.split(".")
    place: Any = state
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[int(last) if isinstance(place, list) else last] = value
    return "body." + path


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("business.timezone", "Mexico/Nowhere"),
        ("business.timezone", "../../etc/passwd"),
        ("business.slot_step_minutes", 45),
        ("business.booking_horizon_days", "60"),
        ("business.default_session_type", "reiki"),
        ("business.owner", "unknown field"),
        ("opening_hours.0.weekday", 7),
        ("opening_hours.0.opens", "25:00"),
        ("opening_hours.0.closes", "10:00"),
        ("opening_hours.1.weekday", 0),
        ("session_types.1.id", "carta_natal"),
        ("packages.0.session_type", "reiki"),
        ("packages.0.prices", []),
        ("packages.0.prices.1.currency", "USD"),
        ("packages.0.prices.0.amount", "50"),
        ("customers.1.email", "ana@example.com"),
        ("customers.0.phone", "5512345678"),
        ("customers.0.name", "a\x00b"),
        ("customers.0.created_at", "9999-12-31T23:59:59Z"),
        ("requests.0.customer_email", "nobody@example.com"),
        ("requests.0.id", "C-1"),
        ("appointments.0.id", "PAY-1"),
        ("appointments.0.end", "2000-01-01T00:00:00Z"),
        ("appointments.0.status", "lost"),
        ("appointments.2.package_id", "no-such"),
        ("appointments.1.id", "C-1001"),
        ("purchases.0.package_id", "no-such"),
        ("payments.0.appointment_id", "C-9999"),
        ("payments.0.appointment_id", None),
        ("payments.0.purchase_id", "PUR-1"),
        ("payments.0.customer_email", "luis@example.com"),
        ("payments.0.currency", "MXN"),
    ],
)
def test_a_bad_document_is_refused_by_the_fields_name_and_changes_nothing(
    api: httpx.Client, path: str, value: object
) -> None:
    before = api.get(PATH).json()
    bad = copy.deepcopy(before)
    bad["business"]["name"] = "Otra"
    field = spoil(bad, path, value)
    response = api.put(PATH, json=bad)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    named = [error["field"] for error in response.json()["errors"]]
    assert any(name.rsplit(".", 1)[0] == field.rsplit(".", 1)[0] or name == field for name in named), named
    assert api.get(PATH).json() == before


def test_overlapping_bookings_are_refused(api: httpx.Client) -> None:
    state = api.get(PATH).json()
    clash = {**state["appointments"][2], "id": "C-2000", "start": state["appointments"][2]["start"]}
    state["appointments"].append(clash)
    response = api.put(PATH, json=state)
    assert response.json()["errors"] == [
        {"field": "body.appointments.6.start", "message": "overlaps another booked appointment"}
    ]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"business": 1e999}'])
def test_what_is_no_document_is_refused(api: httpx.Client, content: bytes) -> None:
    before = api.get(PATH).text
    response = api.put(PATH, content=content, headers={"Content-Type": "application/json"})
    assert response.status_code in (400, 422)
    assert response.headers["content-type"] == "application/problem+json"
    assert api.get(PATH).text == before


def test_the_state_is_readable_json_with_local_times(api: httpx.Client) -> None:
    state = json.loads(api.get(PATH).text)
    assert state["appointments"][2]["start"] == "2026-11-27T11:00:00-06:00"
    assert state["business"]["timezone"] == "America/Mexico_City"
