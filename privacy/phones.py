"""Phone numbers, national and international."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from privacy.draft import Draft
from privacy.numbers import DASHES, GroupedNumber, numbers_in, run_pattern
from privacy.spoken import SpokenNumber

PHONE = "[teléfono]"

# Where the customers of a business in Mexico call from without dialling a country code.
_REGIONS = ("MX", "US", "ES", "CO", "AR", "CL", "PE")
_RUN = run_pattern(separator=rf"[\s.,()/_{DASHES}]", prefix=r"(?:\+\s?|\(\+?)?")
_MIN_DIGITS, _MAX_DIGITS = 8, 15  # E.164 allows fifteen.
_MIN_DICTATED = 9
_MIN_DIGIT_BY_DIGIT = 7
# Dialling habits that outlived the numbering plan of 2019: 01, 044, 045 and the 1 after +52.
_MEXICAN_PREFIX = re.compile(r"(?:521?|01|04[45])(?=\d{10}$)")
_ANNOUNCED = re.compile(
    r"(?<![^\W_])(?:tel(?:efono)?|cel(?:ular)?|movil|whats(?:app)?|wa|llam[ae](?:me|nos)?\s{1,3}al?|"
    r"marc[ae](?:me|nos)?\s{1,3}al?)(?:\s{1,3}(?:es|el|al))?[\s:.#]{0,3}"
    r"(?P<secret>\+?\d(?:[\s().-]{0,2}\d){6,14})(?!\d)"
)
# As they stand in the path or query of a URL.
_ENCODED = re.compile(r"%2b(?P<secret>\d{7,15})(?!\d)|phone=(?P<also>\d{7,15})(?!\d)")

_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:(?:19|20)\d\d)"
_TWO_DAY, _TWO_MONTH = r"(?:0[1-9]|[12]\d|3[01])", r"(?:0[1-9]|1[0-2])"
_AMOUNT = r"(?:\d{1,3}(?:[.,' ]\d{3}){1,5}|\d{1,12})(?:[.,]\d{1,2})?"
_NOT_PHONES = re.compile(
    rf"(?<![\w-])(?:{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}(?:t[\d:.+-]{{1,32}}z?)?"
    rf"|{_DAY}[-/.]{_MONTH}[-/.](?:{_YEAR}|\d\d)|{_DAY}\s{_MONTH}\s{_YEAR})(?![-\d])"
    rf"|(?<![\w+(-]){_TWO_DAY}{_TWO_MONTH}{_YEAR}(?![\w-])|(?<![\w+(-]){_YEAR}{_TWO_MONTH}{_TWO_DAY}(?:-\d{{6}})?(?!\w)"
    rf"|[$€]\s?{_AMOUNT}(?!\d)|(?<![^\W_])(?:mxn|usd|eur|cop|clp|ars|pen|s/)\$?\s?{_AMOUNT}(?!\d)"
    rf"|(?<![\w+,.-]){_AMOUNT}\s?(?:pesos|mxn|usd|eur|euros?|cop|clp|ars|pen|soles|dolares)\b"
    r"|(?<![\w.])\d[.]\d{4,40}(?![\w.])"
    r"|(?<![\w-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?!\w)"
    r"|(?<![^\W_])(?!tel|cel|mov|whats|wa|num|no)[a-z]{1,5}-\d{1,20}\b"
)
_USUAL_SEPARATORS = re.compile(rf"[\s.()\-{DASHES}]*")
_ANY_SEPARATOR = {(2, 4, 4), (3, 3, 4)}
_USUAL_SHAPES = _ANY_SEPARATOR | {(2, 2, 2, 2, 2), (3, 2, 2, 2), (1, 3, 3, 4)}
_DENSE = 8  # A group this long is an id of somebody, if not a phone.
# Looking a number up takes 20 µs: a flood of digits is hidden without.
_MOST_LOOK_UPS = 48


def hide_phones(draft: Draft) -> None:
    """Hide phone numbers; dates, amounts of money and our own ids are left alone."""
    draft.hide([(said.start, said.end) for said in draft.spoken if _is_dictated(said)], PHONE)
    if draft.digits_together < _MIN_DIGIT_BY_DIGIT:
        return
    draft.hide(
        [found.span("also" if found["also"] else "secret") for found in _ENCODED.finditer(draft.plain)],
        PHONE,
    )
    draft.hide(
        [
            found.span("secret")
            for start, end in _parts_between(draft.plain)
            for found in _ANNOUNCED.finditer(draft.plain, start, end)
        ],
        PHONE,
    )
    if draft.digits_together >= _MIN_DIGITS:
        directory = _Directory()
        spans = [
            span
            for start, end in _parts_between(draft.plain)
            for run in _RUN.finditer(draft.plain, start, end)
            for span in numbers_in(run, directory.is_phone, _MIN_DIGITS, _MAX_DIGITS)
        ]
        draft.hide(spans, PHONE)


def _is_dictated(number: SpokenNumber) -> bool:
    return len(number.digits) >= (_MIN_DIGIT_BY_DIGIT if number.digit_by_digit else _MIN_DICTATED)


def _parts_between(plain: str) -> Iterator[tuple[int, int]]:
    end = 0
    for other in _NOT_PHONES.finditer(plain):
        yield end, other.start()
        end = other.end()
    yield end, len(plain)


class _Directory:
    """Tells phones from other numbers, for one text."""

    def __init__(self) -> None:
        self._left = _MOST_LOOK_UPS

    def is_phone(self, number: GroupedNumber) -> bool:
        digits, lengths = number.digits, tuple(map(len, number.groups))
        if all(length == 5 for length in lengths):
            # Groups of five are request ids side by side.
            return False
        if not all(_USUAL_SEPARATORS.fullmatch(separator) for separator in number.separators):
            return lengths in _ANY_SEPARATOR
        if "+" in number.prefix or digits.startswith("00") or len(lengths) == 1 or lengths in _USUAL_SHAPES:
            return True
        if max(lengths) >= _DENSE:
            return True
        return self._is_listed(digits)

    def _is_listed(self, digits: str) -> bool:
        if self._left <= 0:
            return True
        self._left -= 1
        national = _MEXICAN_PREFIX.sub("", digits)
        return (len(digits) > 10 and _is_valid("+" + digits, None)) or any(
            _is_valid(national, region) for region in _REGIONS
        )


def _is_valid(number: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False
