import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import time_machine

Call = Callable[..., httpx.Response]
Person = dict[str, str]

FIFTY = {"amount": "50.00", "currency": "USD"}
NOTHING = {"amount": "0.00", "currency": "USD"}


def refusal(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_pays_the_only_debt_without_naming_it(api: httpx.Client, pay: Call, ana: Person) -> None:
    response = pay("50.00")
    assert response.status_code == 201, response.text
    payment = response.json()
    assert re.fullmatch(r"https://pay\.example\.com/[\w-]{16}", payment.pop("link"))
    assert payment == {
        "id": "PAY-1004",
        "status": "pending",
        "amount": "50.00",
        "currency": "USD",
        "method": "tarjeta",
        "appointment_id": "C-1042",
        "package_id": "carta-natal",
        "reference": "CA-001004",
        "owed_after": NOTHING,
    }
    assert api.get("/v1/appointments/C-1042", headers=ana).json()["owed"] == NOTHING
    assert refusal(pay("50.00")) == (409, "nothing_owed")


@pytest.mark.parametrize(
    ("method", "by_link"), [("tarjeta", True), ("paypal", True), ("transferencia", False), ("efectivo", False)]
)
def test_only_card_and_paypal_are_paid_at_a_link(pay: Call, method: str, by_link: bool) -> None:
    assert (pay("50", method=method).json()["link"] is not None) == by_link


def test_a_package_name_means_the_booking_of_that_package(pay: Call) -> None:
    assert pay("50.00", package_id="carta-natal").json()["appointment_id"] == "C-1042"


def test_an_appointment_can_be_paid_in_parts(api: httpx.Client, pay: Call, ana: Person) -> None:
    assert pay("20.00", appointment_id="C-1042").json()["owed_after"]["amount"] == "30.00"
    too_much = pay("30.01", appointment_id="C-1042")
    assert refusal(too_much) == (409, "amount_mismatch")
    assert too_much.json()["owed"] == {"amount": "30.00", "currency": "USD"}
    assert pay("30.00", appointment_id="C-1042").status_code == 201


@pytest.mark.parametrize("amount", ["0.99", "50.01", "999999999"])
def test_refuses_an_amount_that_does_not_fit(pay: Call, amount: str) -> None:
    response = pay(amount, appointment_id="C-1042")
    assert refusal(response) == (409, "amount_mismatch")
    assert response.json()["owed"] == FIFTY


@pytest.mark.parametrize("amount", ["0", "0.00", "-5.00", "50.001", "5e1", "", "NaN", 50, None, "٥٠"])
def test_refuses_what_is_no_amount(pay: Call, amount: Any) -> None:
    response = pay(amount)
    assert refusal(response) == (422, "invalid_request")
    assert response.json()["errors"][0]["field"] == "body.amount"


@pytest.mark.parametrize(
    "body", [{"method": "bitcoin"}, {"currency": "usd"}, {"card_number": "4111111111111111"}, {"package_id": ""}]
)
def test_refuses_a_malformed_payment(pay: Call, body: dict[str, str]) -> None:
    assert refusal(pay("50.00", **body)) == (422, "invalid_request")


def test_refuses_another_currency_than_the_debts(pay: Call) -> None:
    response = pay("900.00", currency="MXN", appointment_id="C-1042")
    assert refusal(response) == (409, "currency_mismatch")
    assert response.json()["owed"] == FIFTY


def test_asks_which_of_several_debts_is_meant(pay: Call, luis: Person) -> None:
    response = pay("20.00", luis)
    assert refusal(response) == (409, "ambiguous_target")
    assert response.json()["targets"] == [
        {
            "appointment_id": "C-1043",
            "package_id": "revolucion-solar",
            "owed": {"amount": "40.00", "currency": "USD"},
        },
        {"appointment_id": None, "package_id": "tarot-express", "owed": {"amount": "20.00", "currency": "USD"}},
    ]


def test_a_package_bought_is_paid_whole(pay: Call, luis: Person) -> None:
    assert refusal(pay("10.00", luis, package_id="tarot-express")) == (409, "amount_mismatch")
    paid = pay("20.00", luis, package_id="tarot-express").json()
    assert (paid["appointment_id"], paid["owed_after"]["amount"]) == (None, "0.00")
    assert pay("40.00", luis).json()["appointment_id"] == "C-1043"


def test_a_package_not_yet_owed_is_bought_at_its_price(api: httpx.Client, pay: Call) -> None:
    wrong = pay("1000.00", package_id="pareja", currency="MXN")
    assert refusal(wrong) == (409, "amount_mismatch")
    assert wrong.json()["owed"] == {"amount": "1440.00", "currency": "MXN"}
    assert refusal(pay("1.00", package_id="pareja", currency="JPY")) == (409, "currency_mismatch")
    assert pay("1440.00", package_id="pareja", currency="MXN").status_code == 201
    purchase = api.get("/sandbox/business").json()["purchases"][-1]
    assert (purchase["customer_email"], purchase["package_id"]) == ("ana@example.com", "pareja")


@pytest.mark.parametrize(
    ("person", "target"),
    [
        ("luis", {"appointment_id": "C-1042"}),
        ("ana", {"appointment_id": "C-9999"}),
        ("ana", {"appointment_id": "C-1042", "package_id": "pareja"}),
        ("ana", {"package_id": "no-such"}),
    ],
)
def test_what_is_unknown_and_what_is_anothers_are_refused_alike(
    api: httpx.Client, pay: Call, request: pytest.FixtureRequest, person: str, target: dict[str, str]
) -> None:
    headers = request.getfixturevalue(person)
    assert refusal(pay("50.00", headers, **target)) == (404, "not_found")
    assert refusal(api.get("/v1/payments/quote", headers=headers, params=target)) == (404, "not_found")


@pytest.mark.parametrize(
    "target",
    [
        {},
        {"appointment_id": "C-1042"},
        {"appointment_id": "C-9999"},
        {"package_id": "carta-natal"},
        {"package_id": "no-such"},
        {"appointment_id": "C-1042", "package_id": "carta-natal"},
    ],
)
def test_a_stranger_learns_nothing_by_paying_or_asking(
    api: httpx.Client, pay: Call, stranger: Person, target: dict[str, str]
) -> None:
    unknown = {"X-Customer-Email": "nobody@example.com", "X-Contact-Phone": "+5215512345678"}
    claimed = {"X-Customer-Email": "ana@example.com"}
    answers = [pay("50.00", headers, **target) for headers in (stranger, unknown, claimed)]
    answers += [
        api.get("/v1/payments/quote", headers=headers, params=target) for headers in (stranger, unknown, claimed)
    ]
    assert {refusal(answer) for answer in answers} == {(403, "verification_required")}
    assert len({answer.text for answer in answers}) == 1


def test_nothing_is_owed_for_what_is_paid_or_cancelled(pay: Call, send: Call, ana: Person) -> None:
    assert refusal(pay("50.00", appointment_id="C-1001")) == (409, "nothing_owed")
    send("POST", "/v1/appointments/C-1042/cancellation", ana, {})
    assert refusal(pay("50.00", appointment_id="C-1042")) == (409, "nothing_owed")


def test_a_link_that_ran_out_no_longer_counts(
    api: httpx.Client, pay: Call, ana: Person, clock: time_machine.Traveller
) -> None:
    assert pay("50.00").status_code == 201
    clock.move_to("2026-11-24T09:00:05-06:00")
    assert api.get("/v1/appointments/C-1042", headers=ana).json()["owed"] == FIFTY
    assert pay("50.00", method="efectivo").status_code == 201
    clock.move_to("2026-11-26T09:00:00-06:00")
    assert refusal(pay("50.00")) == (409, "nothing_owed")


def test_quotes_what_is_owed(api: httpx.Client, ana: Person, luis: Person) -> None:
    def quote(person: Person, **params: str) -> list[dict[str, Any]]:
        targets: list[dict[str, Any]] = api.get("/v1/payments/quote", headers=person, params=params).json()["targets"]
        return targets

    assert quote(ana) == [
        {
            "appointment_id": "C-1042",
            "package_id": "carta-natal",
            "description": "Carta natal, 27/11/2026 11:00",
            "owed": FIFTY,
        }
    ]
    assert [target["owed"]["amount"] for target in quote(luis)] == ["40.00", "20.00"]
    assert quote(ana, package_id="pareja")[0]["owed"]["amount"] == "80.00"
    assert quote(ana, appointment_id="C-1042")[0]["owed"] == FIFTY
    assert quote(ana, appointment_id="C-1001")[0]["owed"] == NOTHING


def test_a_quote_offers_nothing_for_a_cancelled_appointment(
    api: httpx.Client, pay: Call, send: Call, ana: Person
) -> None:
    send("POST", "/v1/appointments/C-1042/cancellation", ana, {})
    for params in ({"appointment_id": "C-1042"}, {"appointment_id": "C-1042", "package_id": "carta-natal"}, {}):
        response = api.get("/v1/payments/quote", headers=ana, params=params)
        assert (response.status_code, response.json()) == (200, {"targets": []})
    assert refusal(pay("50.00", appointment_id="C-1042")) == (409, "nothing_owed")


def test_a_quote_of_what_is_paid_or_being_paid_is_zero(api: httpx.Client, pay: Call, ana: Person) -> None:
    def owed(appointment_id: str) -> list[dict[str, str]]:
        answer = api.get("/v1/payments/quote", headers=ana, params={"appointment_id": appointment_id})
        return [target["owed"] for target in answer.json()["targets"]]

    assert pay("50.00", appointment_id="C-1042").json()["status"] == "pending"
    assert owed("C-1042") == [NOTHING]
    assert owed("C-1001") == [NOTHING]
    assert api.get("/v1/payments/quote", headers=ana).json() == {"targets": []}


def test_one_debt_is_not_paid_twice_by_two_payments_at_once(pay: Call) -> None:
    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(lambda _: pay("50.00").status_code, range(6)))
    assert statuses == [201] + [409] * 5
