from collections.abc import Callable

import httpx
import pytest

Call = Callable[..., httpx.Response]
Person = dict[str, str]
START = "2026-11-25T15:00:00-06:00"


def test_a_repeated_key_gives_the_first_result_again(api: httpx.Client, book: Call, ana: Person) -> None:
    first, second = book(START, key="SM1"), book(START, key="SM1")
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert (second.status_code, second.text) == (201, first.text)
    assert second.headers["content-type"] == first.headers["content-type"]
    assert len(api.get("/v1/appointments", headers=ana).json()["appointments"]) == 3


def test_a_refusal_is_given_again_too(api: httpx.Client, send: Call, book: Call, ana: Person) -> None:
    first = book("2026-11-27T11:00:00-06:00", key="SM1")
    assert first.json()["code"] == "slot_taken"
    send("POST", "/v1/appointments/C-1042/cancellation", ana, {})
    again = book("2026-11-27T11:00:00-06:00", key="SM1")
    assert (again.status_code, again.text) == (409, first.text)
    assert again.headers["content-type"] == "application/problem+json"
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_malformed_request_does_not_use_the_key_up(book: Call) -> None:
    assert book("tomorrow", key="SM1").status_code == 422
    assert book(START, key="SM1").status_code == 201


def test_a_key_is_not_for_another_request(send: Call, book: Call, pay: Call, luis: Person) -> None:
    book(START, key="SM1")
    for response in (
        book("2026-11-25T16:00:00-06:00", key="SM1"),
        book(START, luis, key="SM1"),
        pay("50.00", key="SM1"),
    ):
        assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
        assert "ana" not in response.text


def test_a_key_belongs_to_one_appointments_cancellation(send: Call, ana: Person) -> None:
    assert send("POST", "/v1/appointments/C-1042/cancellation", ana, {}, "SM1").status_code == 200
    assert send("POST", "/v1/appointments/C-1001/cancellation", ana, {}, "SM1").status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/appointments", {"start": START}),
        ("POST", "/v1/appointments/C-1042/cancellation", {}),
        ("POST", "/v1/payments", {"amount": "50.00", "method": "tarjeta"}),
        ("PATCH", "/v1/profile", {"name": "Ana"}),
    ],
)
def test_every_change_needs_a_key(api: httpx.Client, ana: Person, method: str, path: str, body: dict[str, str]) -> None:
    response = api.request(method, path, headers=ana, json=body)
    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_required")


def test_a_handoff_may_have_a_key(api: httpx.Client) -> None:
    for _ in range(2):
        response = api.post("/v1/handoffs", json={"reason": "x"}, headers={"Idempotency-Key": "SM1"})
        assert response.json() == {"id": "H-1"}
