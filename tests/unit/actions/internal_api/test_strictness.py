"""An answer is what the contract says or it is none: nothing is made to fit."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from actions.internal_api.models import Payment, Price, Profile, Slot
from actions.internal_api.strictness import MOST_CHARACTERS, Text, instants_in

PAYMENT: dict[str, Any] = {
    "id": "PAY-1",
    "status": "pending",
    "amount": "50.00",
    "currency": "USD",
    "method": "tarjeta",
}


@pytest.mark.parametrize(
    "amount", [50, 50.0, True, None, "50,00", "NaN", "Infinity", "1e3", "٥٠", "", " 50", "50.00 USD", [], {}]
)
def test_an_amount_is_a_decimal_in_writing(amount: object) -> None:
    with pytest.raises(ValidationError):
        Price(amount=amount, currency="USD")


@pytest.mark.parametrize(
    "start",
    [0, 1764000000, True, None, "2026-11-24", "2026-11-24T15:00:00", "24/11/2026", "2026-02-30T15:00:00-06:00", [], {}],
)
def test_a_moment_is_written_with_its_offset(start: object) -> None:
    with pytest.raises(ValidationError):
        Slot(start=start, end="2026-11-24T16:00:00-06:00")


@pytest.mark.parametrize("written", ["2026-11-24T21:00:00Z", "2026-11-24t21:00:00.5z", "2026-11-24T15:00-06:00"])
def test_a_moment_is_read_however_rfc_3339_writes_it(written: str) -> None:
    with instants_in(ZoneInfo("America/Mexico_City")):
        assert Slot(start=written, end=written).start.hour == 15


@pytest.mark.parametrize("day", [0, "0001-13-01", "24/11/1990", 19901124, True])
def test_a_day_is_written_as_one(day: object) -> None:
    with pytest.raises(ValidationError):
        Profile(birth_date=day)


@pytest.mark.parametrize(
    "link",
    [
        "http://pay.example.com/x",
        "javascript:alert(1)",
        "https://pay.example.com/x y",
        "https://pay.example.com/\nhola",
        7,
    ],
)
def test_a_customer_is_given_no_link_but_a_whole_and_safe_one(link: object) -> None:
    with pytest.raises(ValidationError):
        Payment(**PAYMENT, link=link)


def test_a_link_and_a_reference_are_kept_as_they_are() -> None:
    assert (
        Payment(**PAYMENT, link="https://pay.example.com/a?b=c&d=%20#e").link == "https://pay.example.com/a?b=c&d=%20#e"
    )


@pytest.mark.parametrize("value", [7, None, True, ["a"], {"a": 1}])
def test_a_text_is_a_text(value: object) -> None:
    with pytest.raises(ValidationError):
        Price(amount="1.00", currency=value)


@given(st.text(max_size=3000))
def test_a_text_is_one_short_line_without_control_characters(words: str) -> None:
    read = next(Text.__get_validators__())(words)
    assert len(read) <= MOST_CHARACTERS
    assert read == " ".join(read.split())
    assert read.isprintable() or not read


def test_ten_megabytes_of_text_are_cut() -> None:
    assert len(next(Text.__get_validators__())("a" * 10_000_000)) == MOST_CHARACTERS


def test_accents_and_emoji_stay() -> None:
    assert Profile(name="Sofía  Ñandú ✨").name == "Sofía Ñandú ✨"


def test_a_day_is_a_plain_day() -> None:
    assert Profile(birth_date="1990-04-12").birth_date == dt.date(1990, 4, 12)
