"""What holds of redaction for any text."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from itertools import pairwise
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy import phones, redact

FLOODS = [
    "1", "1 ", "1.", "1-", "1,", "1/", "12/27 ", "123.", "4242 luego ", "4111 1111 1111 1112 ", "55 1234 5678 ",
    "@", "a@", "a@ ", " @", ".", "a.", " ", "\n", "punto ", "a punto ", "arroba ", "a arroba b punto ", "a at ",
    "ana ", "gmail.com ", "cinco ", "cincuenta y ", "12 uno ", "token=", "clave de la ", "codigo de la ", "://a:",
    "bearer ", "eyj", "es91 1234 ", "dni 1", "-----begin private key-----", "[tarjeta] ", "$1,000", "2026-12-15T",
    "0123456789abcdef0123456789abcdef-",
]  # fmt: skip
"""Texts of which any number may come in a row."""

PIECES = st.sampled_from(
    [
        "ana", "Ana Pérez", "perez", " ", "  ", "\n", ".", ",", "-", "@", "arroba", " punto ", "gmail", "com", "at",
        "(", ")", "4111", "1111", "5512345678", "55 1234", "12/27", "123", "cvv", "código", "es", "uno", "dos ",
        "cincuenta ", "y ", "vence", "tarjeta", "[tarjeta]", "[email]", "[código]", "[teléfono]", "[clave]",
        "[nombre]", "token=", "sk-", "contraseña:", "://", "Bearer ", "DNI", "12345678Z", "G-", "C-1013",
        "2026-12-15", "15:30", "$1,500.00", "+52", "'", '"', "\u200b", "\ufe0f", "é", "İ", "ß", "٣", "５",
        "\ud800", "\x00", "🌙",
    ]
)  # fmt: skip
MIXED = st.lists(PIECES | st.text(max_size=6), max_size=40).map("".join)
NAMES = st.lists(st.sampled_from(["Ana Pérez", "Ana", "Abril", "", "(", "🌙", "İ", "De la"]), max_size=3)
# What says nothing of its own: no digits, no words that name or dictate anything.
SURROUNDINGS = st.lists(
    st.sampled_from(
        ["hola", "quiero", "una", "cita,", "porfa.", "¿sí?", "🌙", "\n", "el lunes", "(gracias)", "«vale»", "…"]
    ),
    max_size=6,
).map(" ".join)


@settings(deadline=None, max_examples=300)
@given(MIXED, NAMES)
def test_takes_any_text_and_changes_nothing_the_second_time(text: str, names: list[str]) -> None:
    once = redact(text, names)

    assert redact(once, names) == once


@pytest.mark.parametrize(
    "text", ["044 55 1234 5678+54 9 11 1234-5678cvv es 737", "mi cel es 55 1234 5678-30,mi pin es 4839 5512345678"]
)
def test_hides_what_comes_to_light_when_something_else_is_hidden(text: str) -> None:
    once = redact(text)

    assert redact(once) == once
    assert not re.search(r"\d{3}", once)


@settings(deadline=None)
@given(
    before=SURROUNDINGS,
    after=SURROUNDINGS,
    local=st.from_regex(r"[a-z][a-z0-9]{2,8}([._+-][a-z0-9]{2,8}){0,2}", fullmatch=True),
    domain=st.from_regex(r"[a-z][a-z0-9]{3,8}\.(com|mx|com\.ar|org)", fullmatch=True),
    shape=st.sampled_from([str, str.upper, str.title]),
    at=st.sampled_from(["@", " @ ", "@ ", " arroba ", "(at)", "[arroba]", "＠", "%40"]),
)
def test_hides_an_email_wherever_it_stands(
    before: str, after: str, local: str, domain: str, shape: Callable[[str], str], at: str
) -> None:
    redacted = redact(f"{before} {shape(local)}{at}{shape(domain)} {after}").lower()

    assert local not in redacted
    assert domain not in redacted


@settings(deadline=None)
@given(
    before=SURROUNDINGS,
    after=SURROUNDINGS,
    number=st.sampled_from(
        ["5512345678", "3001234567", "1123456789", "4155552671", "612345678", "987654321", "912345678"]
    ),
    country=st.sampled_from(["", "+52 ", "+57", "+54 9 ", "0034 ", "whatsapp:+1"]),
    separator=st.sampled_from(["", " ", "-", ".", "  ", "\u00a0", "–", " - "]),
)
def test_hides_a_phone_wherever_it_stands(before: str, after: str, number: str, country: str, separator: str) -> None:
    cuts = (2, 6) if len(number) == 10 else (3, 6)
    written = separator.join([number[: cuts[0]], number[cuts[0] : cuts[1]], number[cuts[1] :]])

    redacted = redact(f"{before} {country}{written} {after}")

    assert not re.search(r"\d{3}", redacted)


@settings(deadline=None)
@given(
    before=SURROUNDINGS,
    after=SURROUNDINGS,
    body=st.from_regex(r"(?:4[0-9]{14}|5[1-5][0-9]{13}|3[47][0-9]{12}|62[0-9]{13})", fullmatch=True).map(
        lambda digits: re.sub(r"[^0-9]", "", digits)
    ),
    separator=st.sampled_from(["", " ", "-", ".", " - ", "\n", "  ", "\u200b"]),
    cuts=st.sets(st.integers(1, 14)),
)
def test_hides_a_card_wherever_it_stands(before: str, after: str, body: str, separator: str, cuts: set[int]) -> None:
    number = body + _luhn_digit(body)
    written = separator.join(number[a:b] for a, b in pairwise([0, *sorted(cuts), len(number)]))

    assert not re.search(r"\d", redact(f"{before} {written} {after}"))


def _luhn_digit(digits: str) -> str:
    doubled = (sum(divmod(2 * int(d), 10)) if i % 2 == 0 else int(d) for i, d in enumerate(reversed(digits)))
    return str(-sum(doubled) % 10)


@pytest.mark.parametrize("flood", FLOODS)
def test_the_work_grows_no_faster_than_the_text(flood: str) -> None:
    short, long = _calls(flood, 4_000), _calls(flood, 16_000)

    assert long <= 5 * short + 500


@pytest.mark.parametrize("flood", FLOODS)
def test_redacts_a_hundred_thousand_characters(flood: str) -> None:
    assert isinstance(redact((flood * 100_000)[:100_000], ["Ana Pérez"]), str)


def test_looks_up_few_numbers_of_a_flood_and_hides_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[str] = []

    def is_valid(number: str, region: str | None) -> bool:
        looked_up.append(number)
        return False

    monkeypatch.setattr(phones, "_is_valid", is_valid)

    redacted = redact("9 8 7 " * 1_000)

    assert len(looked_up) < 1_000
    assert len(re.findall(r"\d", redacted)) < 100


def _calls(flood: str, size: int) -> int:
    """Count the calls of functions, built-in ones too, that a text of a size needs."""
    calls = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    text = (flood * size)[:size]
    previous = sys.getprofile()
    sys.setprofile(count)
    try:
        redact(text, ["Ana Pérez"])
    finally:
        sys.setprofile(previous)
    return calls
