"""The client is held to the contract: what it sends fits it, and what fits it can be read.

The sandbox is held to the same file by its own test; so the two, which share no code, understand each other.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from actions.errors import ApiError
from actions.internal_api import models
from actions.internal_api.client import Identity, InternalApi
from actions.internal_api.mapping import load_mapping
from actions.internal_api.transport import Transport
from actions.settings import ROOT, Settings

CONTRACT: dict[str, Any] = yaml.safe_load((ROOT / "contract" / "internal_api.yaml").read_text(encoding="utf-8"))
MAPPING = load_mapping(ROOT / "contract" / "mapping.yml")
ANA = Identity("ana@example.com", "+5215512345678", "0123456789abcdef", "token_of_a_verification")
START = dt.datetime(2026, 12, 1, 15, tzinfo=dt.timezone(dt.timedelta(hours=-6)))
DAY = START.date()

READING = Transport(Settings())

# Every operation, called with everything it can be given.
CALLS: dict[str, Callable[[InternalApi], Awaitable[Any]]] = {
    "business": lambda api: api.business(),
    "packages": lambda api: api.packages("pareja", "USD", 90),
    "slots": lambda api: api.slots(DAY, DAY, session_type="tarot", duration_minutes=30, group_size=2),
    "book": lambda api: api.book(
        "k", START, session_type="tarot", package_id="tarot-express", group_size=2, customer_name="Ana"
    ),
    "appointments": lambda api: api.appointments(DAY, DAY, "booked"),
    "appointment": lambda api: api.appointment("C-1042"),
    "cancel": lambda api: api.cancel("k", "C-1042", "viaje"),
    "reschedule": lambda api: api.reschedule("k", "C-1042", START),
    "reminders": lambda api: api.reminders(DAY),
    "request": lambda api: api.request("12345"),
    "owed": lambda api: api.owed("C-1042", "carta-natal"),
    "pay": lambda api: api.pay("k", Decimal("50"), "USD", "tarjeta", appointment_id="C-1042", package_id="carta-natal"),
    "history": lambda api: api.history("pagos", DAY, DAY),
    "change_profile": lambda api: api.change_profile("k", name="Ana", phone="+5215512345678", birth_date=DAY),
    "contact": lambda api: api.contact(),
    "hand_off": lambda api: api.hand_off("k", "customer_asked"),
    "start_verification": lambda api: api.start_verification("k"),
    "check_code": lambda api: api.check_code("k", "V-1", "123456"),
}


def described(operation: str) -> dict[str, Any]:
    """Gives what the contract says of an operation."""
    called = MAPPING.operations[operation]
    found: dict[str, Any] = CONTRACT["paths"][called.path][called.method.lower()]
    return found


def validator(schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
    whole = {**schema, "components": CONTRACT["components"]}
    return jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker())


def schema_of(content: dict[str, Any]) -> dict[str, Any]:
    (only,) = content.values()
    schema: dict[str, Any] = only["schema"]
    return schema


async def sent_by(operation: str) -> httpx.Request:
    """Gives the request that a call of the client makes."""
    requests: list[httpx.Request] = []

    async def note(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(404, json={"code": "not_found"})

    transport = Transport(Settings())
    await transport.close()
    transport._http = httpx.AsyncClient(base_url="http://api", transport=httpx.MockTransport(note))
    with pytest.raises(ApiError):
        await CALLS[operation](InternalApi(transport, lambda _: None).on_behalf_of(ANA))
    await transport.close()
    return requests[0]


def test_every_operation_is_tried() -> None:
    assert CALLS.keys() == MAPPING.operations.keys()


@pytest.mark.parametrize("operation", CALLS)
async def test_what_is_sent_fits_the_contract(operation: str) -> None:
    request, contract = await sent_by(operation), described(operation)
    query = parse_qsl(urlsplit(str(request.url)).query, strict_parsing=True) if request.url.query else []
    parameters = {(one["in"], one["name"].lower()): one for one in contract.get("parameters", [])}

    for name, value in query:
        declared = parameters[("query", name)]
        validator(declared["schema"]).validate(int(value) if declared["schema"].get("type") == "integer" else value)
    for (place, name), declared in parameters.items():
        given = dict(query).get(name) if place == "query" else request.headers.get(name)
        if place == "header" and given is not None:
            validator(declared["schema"]).validate(given)
        assert place == "path" or given is not None or not declared["required"], f"{name} is missing"
    if "requestBody" in contract:
        body = json.loads(request.content)
        validator(schema_of(contract["requestBody"]["content"])).validate(body)
        named = CONTRACT["components"]["schemas"][schema_of(contract["requestBody"]["content"])["$ref"].rsplit("/")[-1]]
        # Whatever the contract takes was given above, so that nothing is forgotten here.
        assert body.keys() == named.get("properties", {}).keys()
    else:
        assert not request.content


def instances(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Gives values that fit a schema of the contract; hypothesis-jsonschema does not resolve beside Rasa's pins."""
    if "$ref" in schema:
        return st.deferred(lambda: instances(CONTRACT["components"]["schemas"][schema["$ref"].rsplit("/")[-1]]))
    for several in ("anyOf", "allOf"):
        if several in schema:
            return st.one_of(*map(instances, schema[several]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return st.one_of(*(_of_kind(kind, schema) for kind in kinds))


def _of_kind(kind: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if kind == "string":
        return _text(schema)
    if kind == "integer":
        return st.integers(int(schema.get("minimum", 0)), int(schema.get("maximum", 1000)))
    if kind == "array":
        return st.lists(instances(schema["items"]), max_size=3)
    if kind == "object":
        properties, required = schema.get("properties", {}), schema.get("required", [])
        always = {name: instances(properties[name]) for name in required}
        perhaps = {name: instances(one) for name, one in properties.items() if name not in required}
        # What the contract may add later is there too.
        return st.fixed_dictionaries({**always, "added_later": st.booleans()}, optional=perhaps)
    return st.none()


def _text(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    if schema.get("format") == "date-time":
        zones = st.sampled_from([dt.timezone.utc, dt.timezone(dt.timedelta(hours=-6))])
        moments = st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2150, 1, 1), timezones=zones)
        return moments.map(lambda moment: moment.isoformat(timespec="seconds"))
    if schema.get("format") == "date":
        return st.dates().map(dt.date.isoformat)
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True, alphabet=st.characters(exclude_categories=["Cs"]))
    return st.text(max_size=40)


def successes(operation: str) -> Iterator[dict[str, Any]]:
    for status, response in described(operation)["responses"].items():
        if int(status) < 300:
            yield schema_of(response["content"])


RESULTS: dict[str, type[Any]] = {
    "business": models.Business,
    "packages": models.Packages,
    "slots": models.Slots,
    "book": models.Appointment,
    "appointments": models.Appointments,
    "appointment": models.Appointment,
    "cancel": models.Appointment,
    "reschedule": models.Appointment,
    "reminders": models.Reminders,
    "request": models.ServiceRequest,
    "owed": models.PaymentTargets,
    "pay": models.Payment,
    "history": models.History,
    "change_profile": models.Profile,
    "contact": models.KnownContact,
    "hand_off": models.Created,
    "start_verification": models.StartedVerification,
    "check_code": models.Verification,
}


def test_every_result_is_read() -> None:
    assert RESULTS.keys() == CALLS.keys()


@pytest.mark.parametrize("operation", CALLS)
@settings(
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(data=st.data())
def test_what_fits_the_contract_can_be_read(operation: str, data: st.DataObject) -> None:
    for schema in successes(operation):
        answer = data.draw(instances(schema))
        READING._read(RESULTS[operation], json.dumps(answer).encode())
