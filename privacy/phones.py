"""Phone numbers, national and international."""

from __future__ import annotations

import re
from collections.abc import Callable

import phonenumbers

from privacy.numbers import GroupedNumber, replace_numbers, run_pattern

PHONE = "[teléfono]"

# Where the customers of a business in Mexico call from without dialling a country code.
_REGIONS = ("MX", "US", "ES", "CO", "AR", "CL", "PE")
_RUN = run_pattern(separator=r"[\s.()\-‐‑–—]", prefix=r"(?:\+\s?|\(\+?)?")
_MIN_DIGITS, _MAX_DIGITS = 8, 15  # E.164 allows fifteen.
# Dialling habits that outlived the numbering plan of 2019: 01, 044, 045 and the 1 after +52.
_MEXICAN_PREFIX = re.compile(r"(?:521?|01|04[45])(?=\d{10}$)")
_DIGIT_WORD = r"(?:cero|uno|una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)"
_DICTATED = re.compile(rf"\b{_DIGIT_WORD}(?:[\s,.-]{{1,3}}{_DIGIT_WORD}){{6,14}}\b", re.IGNORECASE)
_ANNOUNCED = re.compile(
    r"\b(?P<word>(?:tel(?:[eé]fono)?|cel(?:ular)?|m[oó]vil|whats(?:app)?|wa|ll[aá]m[ae](?:me|nos)?\s+al?|"
    r"m[aá]rc[ae](?:me|nos)?\s+al?)(?:\s+(?:es|el|al))?[\s:.#]{0,3})(?P<number>\+?\d(?:[\s().-]{0,2}\d){6,14})(?!\d)",
    re.IGNORECASE,
)

_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:(?:19|20)\d\d)"
_AMOUNT = r"(?:\d{1,3}(?:[.,]\d{3})+|\d+)(?:[.,]\d{1,2})?"
_NOT_PHONES = re.compile(
    rf"(?<![\w-])(?:{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}(?:T[\d:.+-]+Z?)?|{_DAY}[-/.]{_MONTH}[-/.](?:{_YEAR}|\d\d))(?![-\d])"
    rf"|[$€]\s?{_AMOUNT}(?!\d)"
    rf"|(?<![\w+-]){_AMOUNT}\s?(?:pesos|mxn|usd|eur|euros?|d[oó]lares)\b"
    r"|\b(?!tel|cel|mov|whats|wa|num|no)[a-z]{1,5}-\d+\b",
    re.IGNORECASE,
)


def hide_phones(text: str) -> str:
    """Replace the phone numbers in a text; dates, amounts of money and our own ids are left alone."""
    text = _DICTATED.sub(PHONE, text)
    text = _between_others(text, lambda part: _ANNOUNCED.sub(rf"\g<word>{PHONE}", part))
    return _between_others(text, lambda part: replace_numbers(part, _RUN, _is_phone, _MAX_DIGITS, PHONE))


def _between_others(text: str, hide: Callable[[str], str]) -> str:
    pieces, end = [], 0
    for other in _NOT_PHONES.finditer(text):
        pieces += [hide(text[end : other.start()]), other[0]]
        end = other.end()
    return "".join(pieces) + hide(text[end:])


def _is_phone(number: GroupedNumber) -> bool:
    digits = number.digits
    if len(digits) < _MIN_DIGITS or all(len(group) == 5 for group in number.groups):
        # Groups of five are request ids side by side.
        return False
    if "+" in number.prefix or digits.startswith("00"):
        return True
    national = _MEXICAN_PREFIX.sub("", digits)
    if len(digits) > 10 and _is_valid("+" + digits, None):
        return True
    return _is_written_like_a_phone(number) or any(_is_valid(national, region) for region in _REGIONS)


def _is_written_like_a_phone(number: GroupedNumber) -> bool:
    return tuple(len(group) for group in number.groups) in {
        (2, 4, 4),
        (3, 3, 4),
        (2, 2, 2, 2, 2),
        (3, 2, 2, 2),
    }


def _is_valid(number: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False
