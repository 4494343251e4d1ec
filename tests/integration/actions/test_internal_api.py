"""Every operation of the client against the working reference of the business system."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from actions.errors import NotFound, Refused, VerificationRequired
from actions.internal_api.client import Identity, InternalApi
from actions.internal_api.transport import ApiCall, Transport
from actions.settings import Settings

ANA = Identity("ana@example.com", "+5215512345678")
STRANGER = Identity("ana@example.com", "+12025550199")


@pytest.fixture
def calls() -> list[ApiCall]:
    return []


@pytest.fixture
async def api(sandbox: httpx.Client, calls: list[ApiCall]) -> AsyncIterator[InternalApi]:
    transport = Transport(Settings(internal_api_url=str(sandbox.base_url)))
    yield InternalApi(transport, calls.append)
    await transport.close()


async def free(api: InternalApi, days: int = 20) -> dt.datetime:
    today = dt.datetime.now(ZoneInfo("America/Mexico_City")).date()
    slots = await api.slots(today + dt.timedelta(days=days), today + dt.timedelta(days=days + 7))
    return slots[0].start


async def test_reads_what_the_business_is_and_sells(api: InternalApi) -> None:
    business, packages = await api.business(), await api.packages(currency="USD")

    assert business.session_types
    assert business.hours_on(dt.date(2026, 11, 23))
    assert not business.hours_on(dt.date(2026, 11, 22))
    assert {price.currency for package in packages for price in package.prices} >= {"USD"}


async def test_books_shows_pays_and_cancels(api: InternalApi) -> None:
    mine = api.on_behalf_of(Identity(f"{uuid4().hex[:8]}@example.com", "+5215577000001"))
    start = await free(api)

    booked = await mine.book("k1" + start.isoformat(), start, customer_name="Eva")
    assert booked.start == start
    assert (await mine.appointment(booked.id)).status == "booked"
    owed = (await mine.owed(booked.id))[0]
    assert owed.owed.amount > 0
    paid = await mine.pay(f"k2{booked.id}", owed.owed.amount, owed.owed.currency, "tarjeta", appointment_id=booked.id)
    assert paid.link
    assert (await mine.cancel(f"k3{booked.id}", booked.id, "viaje")).status == "cancelled"
    with pytest.raises(Refused) as again:
        await mine.cancel(f"k4{booked.id}", booked.id)
    assert again.value.code == "already_cancelled"


async def test_a_taken_time_comes_with_alternatives(api: InternalApi) -> None:
    start = await free(api, days=12)
    await api.on_behalf_of(Identity("a@example.com")).book(f"a{start}", start)

    with pytest.raises(Refused) as refused:
        await api.on_behalf_of(Identity("b@example.com")).book(f"b{start}", start)

    assert refused.value.code == "slot_taken"
    assert refused.value.refusal.alternatives


async def test_an_amount_that_is_not_owed_is_refused_with_what_is(api: InternalApi) -> None:
    mine = api.on_behalf_of(Identity("c@example.com", "+5215577000003"))
    start = await free(api, days=14)
    booked = await mine.book(f"c{start}", start)

    with pytest.raises(Refused) as refused:
        await mine.pay(f"c2{start}", Decimal("9999.00"), "USD", "tarjeta", appointment_id=booked.id)

    assert refused.value.code == "amount_mismatch"


async def test_tells_a_known_person_and_nobody_else(api: InternalApi) -> None:
    known, stranger = api.on_behalf_of(ANA), api.on_behalf_of(STRANGER)

    assert (await known.contact()).email == "ana@example.com"
    assert (await known.request("12345")).id == "12345"
    assert await known.history()
    assert await known.history("pagos", dt.date(2020, 1, 1), dt.date(2030, 1, 1))
    await known.appointments(status="booked")
    changed = await known.change_profile(uuid4().hex, name="Ana Ruiz", birth_date=dt.date(1990, 5, 5))
    assert changed.birth_date == dt.date(1990, 5, 5)
    for refused in (stranger.history(), stranger.appointments(), stranger.change_profile(uuid4().hex, name="X Y")):
        with pytest.raises(VerificationRequired):
            await refused
    with pytest.raises(NotFound):
        await stranger.contact()


async def test_an_unknown_id_and_anothers_id_look_the_same(api: InternalApi) -> None:
    other = api.on_behalf_of(Identity("luis@example.com", "+573001234567"))

    for request_id in ("12345", "99999"):
        with pytest.raises(NotFound):
            await other.request(request_id)


async def test_asks_a_person_to_call_back(api: InternalApi) -> None:
    assert await api.on_behalf_of(ANA).hand_off(uuid4().hex, "customer_asked")


async def test_records_templates_and_never_values(api: InternalApi, calls: list[ApiCall]) -> None:
    await api.on_behalf_of(ANA).request("12345")

    assert calls[0].path_template == "/v1/requests/{request_id}"
    assert "12345" not in str(calls[0].as_dict())
