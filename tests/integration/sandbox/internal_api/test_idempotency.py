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
        ("POST", "/v1/appointments/C-1042/rescheduling", {"start": START}),
        ("POST", "/v1/verifications", {}),
        ("POST", "/v1/verifications/some-id/check", {"code": "123456"}),
        ("POST", "/v1/payments", {"amount": "50.00", "method": "tarjeta"}),
        ("PATCH", "/v1/profile", {"name": "Ana"}),
    ],
)
def test_every_change_needs_a_key(api: httpx.Client, ana: Person, method: str, path: str, body: dict[str, str]) -> None:
    response = api.request(method, path, headers={**ana, "X-Conversation-Id": "c"}, json=body)
    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_required")


def test_a_handoff_may_have_a_key(api: httpx.Client) -> None:
    for _ in range(2):
        response = api.post("/v1/handoffs", json={"reason": "x"}, headers={"Idempotency-Key": "SM1"})
        assert response.json() == {"id": "H-1"}


PROTECTED = [
    ("POST", "/v1/appointments/C-1042/cancellation", {}, 200),
    ("POST", "/v1/appointments/C-1042/rescheduling", {"start": START}, 200),
    ("POST", "/v1/payments", {"amount": "50.00", "method": "efectivo"}, 201),
    ("PATCH", "/v1/profile", {"name": "Ana"}, 200),
]


@pytest.mark.parametrize(("method", "path", "body", "done"), PROTECTED)
def test_who_was_not_verified_may_try_again_under_the_same_key(
    send: Call, verify: Callable[[Person], Person], method: str, path: str, body: dict[str, str], done: int
) -> None:
    person = {"X-Customer-Email": "ana@example.com", "X-Conversation-Id": "one"}
    for _ in range(2):
        refused = send(method, path, person, body, "SM1")
        assert (refused.status_code, refused.json()["code"]) == (403, "verification_required")
        assert "Idempotency-Replayed" not in refused.headers
    first = send(method, path, verify(person), body, "SM1")
    assert (first.status_code, "Idempotency-Replayed" in first.headers) == (done, False)


@pytest.mark.parametrize(("method", "path", "body", "done"), PROTECTED)
def test_a_result_is_given_again_to_the_verified_only_whatever_their_token(
    send: Call, verify: Callable[[Person], Person], method: str, path: str, body: dict[str, str], done: int
) -> None:
    person = {"X-Customer-Email": "ana@example.com", "X-Conversation-Id": "one"}
    first = send(method, path, verify(person), body, "SM1")
    again = send(method, path, verify(person), body, "SM1")
    assert (first.status_code, again.text) == (done, first.text)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert send(method, path, person, body, "SM1").json()["code"] == "verification_required"


def test_a_change_of_the_phone_is_given_again_though_the_old_phone_verifies_no_more(send: Call, ana: Person) -> None:
    first, second = (send("PATCH", "/v1/profile", ana, {"phone": "+5215500000009"}, "SM1") for _ in range(2))
    assert (first.status_code, second.status_code, second.text) == (200, 200, first.text)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert send("PATCH", "/v1/profile", ana, {"phone": "+5215500000009"}, "SM2").status_code == 403


def test_a_key_belongs_to_one_conversation(send: Call, verify: Callable[[Person], Person]) -> None:
    person = {"X-Customer-Email": "ana@example.com", "X-Conversation-Id": "one"}
    other = {**person, "X-Conversation-Id": "two"}
    assert send("POST", "/v1/appointments/C-1042/cancellation", verify(person), {}, "SM1").status_code == 200
    again = send("POST", "/v1/appointments/C-1042/cancellation", verify(other), {}, "SM1")
    assert again.json()["code"] == "idempotency_key_reused"
