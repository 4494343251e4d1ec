"""The API and `contract/internal_api.yaml` are the same thing."""

import httpx
import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CheckContext
from schemathesis.specs.openapi import checks

from sandbox.internal_api.contract import FILE, describe, text

TOKEN = "the-token"
# What a schema cannot say: refusals that depend on the clock, on the business, or on two fields together.
MEANINGFUL = {"range_too_long", "group_too_large", "idempotency_key_reused"}
UNSAYABLE = ("lies before from", "not one of the business's", "must be in the past", "outside the calendar")

contract = yaml.safe_load(FILE.read_text(encoding="utf-8"))
for item in contract["paths"].values():
    for operation in item.values():
        # Every call here carries the token; who comes without one is in test_api.py.
        operation.pop("security", None)
schema = schemathesis.openapi.from_dict(contract)


def test_the_contract_on_file_is_the_apis_own() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run: python -m sandbox.internal_api.contract"


def test_the_contract_holds_what_clients_call_and_nothing_else() -> None:
    operations = {f"{method.upper()} {path}" for path, item in describe()["paths"].items() for method in item}
    assert operations == {
        "GET /v1/health",
        "GET /v1/business",
        "GET /v1/packages",
        "GET /v1/slots",
        "GET /v1/appointments",
        "POST /v1/appointments",
        "GET /v1/appointments/{appointment_id}",
        "POST /v1/appointments/{appointment_id}/cancellation",
        "POST /v1/appointments/{appointment_id}/rescheduling",
        "GET /v1/reminders",
        "POST /v1/verifications",
        "POST /v1/verifications/{verification_id}/check",
        "GET /v1/requests/{request_id}",
        "POST /v1/payments",
        "GET /v1/payments/quote",
        "GET /v1/history",
        "GET /v1/profile",
        "PATCH /v1/profile",
        "GET /v1/contacts/self",
        "POST /v1/handoffs",
    }


def test_every_refusal_is_a_problem_with_an_example() -> None:
    for path, item in describe()["paths"].items():
        for operation in item.values():
            refusals = {status: one for status, one in operation["responses"].items() if int(status) >= 400}
            assert path == "/v1/health" or "401" in refusals
            for refusal in refusals.values():
                assert list(refusal["content"]) == ["application/problem+json"]
                assert refusal["content"]["application/problem+json"]["examples"]


def takes_what_the_contract_allows(ctx: CheckContext, response: schemathesis.Response, case: schemathesis.Case) -> None:
    """A request that fits the contract is refused as malformed only for what a schema cannot say."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 422:
        return
    problem = response.json()
    assert problem["code"] in MEANINGFUL or any(words in problem["detail"] for words in UNSAYABLE), problem


@schema.parametrize()
@settings(
    max_examples=12,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_api_keeps_its_contract(case: schemathesis.Case, url: str, api: httpx.Client) -> None:
    response = case.call(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"})
    case.validate_response(
        response,
        additional_checks=[takes_what_the_contract_allows],
        excluded_checks=[checks.positive_data_acceptance],
    )


def test_every_problem_may_say_something_to_the_customer() -> None:
    schemas = describe()["components"]["schemas"]
    problems = {name: one["properties"] for name, one in schemas.items() if "code" in one.get("properties", {})}
    del problems["CodeCheck"]
    assert len(problems) > 4
    for name, properties in problems.items():
        assert properties["customer_message"]["maxLength"] == 300, name


def test_a_person_can_be_verified_by_code_wherever_a_phone_does() -> None:
    for path, item in describe()["paths"].items():
        for operation in item.values():
            named = {one["name"]: one["required"] for one in operation.get("parameters", [])}
            if named.get("X-Contact-Phone") is False:
                assert (named["X-Conversation-Id"], named["X-Verification"]) == (False, False), path


@pytest.mark.parametrize("name", ["AppointmentAnswer", "PaymentAnswer", "ProfileAnswer"])
def test_a_field_that_may_be_null_says_so(name: str) -> None:
    properties = describe()["components"]["schemas"][name]["properties"]
    assert any("null" in field.get("type", []) for field in properties.values())
