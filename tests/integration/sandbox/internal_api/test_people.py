from collections.abc import Callable
from typing import Any

import httpx
import pytest

Call = Callable[..., httpx.Response]
Person = dict[str, str]


@pytest.mark.parametrize("path", ["/v1/profile", "/v1/history", "/v1/appointments", "/v1/payments/quote"])
def test_shows_personal_things_to_nobody_unverified(api: httpx.Client, stranger: Person, path: str) -> None:
    unknown = {"X-Customer-Email": "nobody@example.com", "X-Contact-Phone": "+5215512345678"}
    answers = [api.get(path, headers=headers) for headers in (stranger, unknown)]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["code"] == "verification_required"


def test_shows_a_verified_person_the_profile(api: httpx.Client, ana: Person) -> None:
    assert api.get("/v1/profile", headers={**ana, "X-Customer-Email": "Ana@Example.com"}).json() == {
        "name": "Ana López",
        "email": "ana@example.com",
        "phone": "+5215512345678",
        "birth_date": "1990-04-12",
    }


def test_says_what_changed_of_the_profile(api: httpx.Client, send: Call, ana: Person) -> None:
    wanted = {"name": " Ana María López ", "phone": "+5215512345678", "birth_date": "1991-01-01"}
    changed = send("PATCH", "/v1/profile", ana, wanted).json()
    assert changed["changed"] == ["name", "birth_date"]
    assert (changed["name"], changed["birth_date"]) == ("Ana María López", "1991-01-01")
    assert send("PATCH", "/v1/profile", ana, {"name": None}).json()["changed"] == []


def test_a_new_phone_is_the_one_that_verifies(api: httpx.Client, send: Call, ana: Person) -> None:
    assert send("PATCH", "/v1/profile", ana, {"phone": "+5215500000009"}).status_code == 200
    assert api.get("/v1/profile", headers=ana).status_code == 403
    assert api.get("/v1/profile", headers={**ana, "X-Contact-Phone": "+5215500000009"}).status_code == 200


def test_a_stranger_changes_nothing(api: httpx.Client, send: Call, ana: Person, stranger: Person) -> None:
    assert send("PATCH", "/v1/profile", stranger, {"name": "Mallory"}).status_code == 403
    assert api.get("/v1/profile", headers=ana).json()["name"] == "Ana López"


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "   "},
        {"name": "a\x00"},
        {"name": 7},
        {"phone": "5512345678"},
        {"phone": "+52 55 1234 5678"},
        {"birth_date": "12/04/1990"},
        {"birth_date": "1990-02-30"},
        {"birth_date": "1899-12-31"},
        {"birth_date": "2026-11-23"},
        {"birth_date": 0},
        {"email": "other@example.com"},
    ],
)
def test_refuses_a_profile_that_cannot_be(send: Call, ana: Person, body: dict[str, Any]) -> None:
    response = send("PATCH", "/v1/profile", ana, body)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert response.json()["errors"][0]["field"] == f"body.{next(iter(body))}"


def test_knows_a_contact_by_phone(api: httpx.Client) -> None:
    def contact(phone: str) -> httpx.Response:
        return api.get("/v1/contacts/self", headers={"X-Contact-Phone": phone})

    assert contact("+573001234567").json() == {"name": "Luis Restrepo", "email": "luis@example.com"}
    assert (contact("+10000000000").status_code, contact("+10000000000").json()["code"]) == (404, "not_found")
    assert api.get("/v1/contacts/self").status_code == 422


@pytest.mark.parametrize(
    ("whatsapp", "typed"),
    [("+5215512345678", "+525512345678"), ("+5491123456789", "+541123456789"), ("+573001234567", "+573001234567")],
)
def test_typing_ones_own_number_locks_nobody_out(api: httpx.Client, ana: Person, whatsapp: str, typed: str) -> None:
    for on_file, calling in ((typed, whatsapp), (whatsapp, typed)):
        document = api.get("/sandbox/business").json()
        document["customers"] = [
            {**one, "phone": on_file if one["email"] == "ana@example.com" else None} for one in document["customers"]
        ]
        assert api.put("/sandbox/business", json=document).status_code == 200
        headers = {**ana, "X-Contact-Phone": calling}
        assert api.get("/v1/profile", headers=headers).json()["phone"] == on_file
        assert api.get("/v1/contacts/self", headers=headers).json()["email"] == "ana@example.com"


def test_a_typed_number_is_kept_as_typed_and_still_verifies(api: httpx.Client, send: Call, ana: Person) -> None:
    assert send("PATCH", "/v1/profile", ana, {"phone": "+525512345678"}).json()["phone"] == "+525512345678"
    assert api.get("/v1/profile", headers=ana).status_code == 200


@pytest.mark.parametrize("other", ["+5225512345678", "+52155123456789", "+15512345678", "+5215512345679"])
def test_another_number_is_not_taken_for_the_one_on_file(api: httpx.Client, ana: Person, other: str) -> None:
    assert api.get("/v1/profile", headers={**ana, "X-Contact-Phone": other}).status_code == 403


@pytest.mark.parametrize("headers", [{}, {"X-Customer-Email": "ana"}, {"X-Customer-Email": "a b@example.com"}])
def test_refuses_a_missing_or_malformed_identity(api: httpx.Client, headers: Person) -> None:
    response = api.get("/v1/profile", headers=headers)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "header.X-Customer-Email")


def test_shows_a_request_to_its_owner_only(api: httpx.Client, ana: Person, luis: Person) -> None:
    mine = api.get("/v1/requests/12345", headers={"X-Customer-Email": "ana@example.com"})
    assert (mine.json()["id"], mine.json()["status"]) == ("12345", "in_review")
    assert mine.json()["created_at"].endswith("-06:00")
    others, unknown = api.get("/v1/requests/12345", headers=luis), api.get("/v1/requests/99999", headers=luis)
    assert (others.status_code, others.json()) == (404, unknown.json())


def test_the_history_has_the_latest_first(api: httpx.Client, ana: Person) -> None:
    entries = api.get("/v1/history", headers=ana).json()["entries"]
    assert [(entry["kind"], entry["id"]) for entry in entries] == [
        ("cita", "C-1042"),
        ("solicitud", "12345"),
        ("cita", "C-1001"),
        ("pago", "PAY-1001"),
    ]
    assert entries[0]["amount"] == {"amount": "50.00", "currency": "USD"}
    assert (entries[0]["description"], entries[0]["status"]) == ("Carta natal", "booked")


def test_the_history_is_filtered_by_kind_and_days(api: httpx.Client, ana: Person) -> None:
    def ids(**params: str) -> list[str]:
        entries = api.get("/v1/history", headers=ana, params=params).json()["entries"]
        return [entry["id"] for entry in entries]

    assert ids(type="citas") == ["C-1042", "C-1001"]
    assert ids(type="pagos") == ["PAY-1001"]
    assert ids(type="solicitudes") == ["12345"]
    assert ids(**{"from": "2026-11-27", "to": "2026-11-27"}) == ["C-1042"]
    assert ids(to="2026-11-01") == ["PAY-1001"]
    assert api.get("/v1/history", headers=ana, params={"type": "todos"}).status_code == 422


def test_notes_who_wants_a_person(api: httpx.Client) -> None:
    body = {"contact_phone": "+5215512345678", "reason": "Quiere hablar con una persona"}
    assert (api.post("/v1/handoffs", json=body).status_code) == 201
    assert api.post("/v1/handoffs", json={"reason": "sin teléfono"}).json() == {"id": "H-2"}
    assert api.post("/v1/handoffs", json={}).status_code == 422
    assert [row["reason"] for row in api.get("/sandbox/business").json()["handoffs"]] == [
        "Quiere hablar con una persona",
        "sin teléfono",
    ]
