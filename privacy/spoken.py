"""Numbers that are dictated: "cinco cinco, uno dos tres cuatro", "cincuenta y cinco doce"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_UNITS = {
    word: str(value)
    for value, word in enumerate(["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"])
}
_UNITS["una"] = "1"
_TEENS = (
    "diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve veinte veintiuno veintidos "
    "veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho veintinueve"
)
_TENS = {
    word: str(10 * value)
    for value, word in enumerate(
        ["treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"], start=3
    )
}
_HUNDREDS = {
    word: str(100 * value)
    for value, word in enumerate(
        [
            "cien",
            "doscientos",
            "trescientos",
            "cuatrocientos",
            "quinientos",
            "seiscientos",
            "setecientos",
            "ochocientos",
            "novecientos",
        ],
        start=1,
    )
}
_VALUES = _UNITS | {word: str(value) for value, word in enumerate(_TEENS.split(), start=10)} | _TENS | _HUNDREDS
_VALUES["ciento"] = "100"
_LONGEST_FIRST = "|".join(sorted(_VALUES, key=len, reverse=True))
_WORD = re.compile(rf"(?:{_LONGEST_FIRST})(?![^\W_])")
_TOKEN = re.compile(rf"(?:(?:{_LONGEST_FIRST})|[0-9]{{1,4}})(?![^\W_])")
_GAP = re.compile(r"[\s,.;\-]{1,3}(?:y\s{1,3})?")
_FEWEST_WORDS = 3


@dataclass(frozen=True)
class SpokenNumber:
    """A dictated number.

    Attributes:
        start, end: where in the text it stands.
        digits: what it says, a digit string.
        digit_by_digit: whether every word is one digit.
    """

    start: int
    end: int
    digits: str
    digit_by_digit: bool


def spoken_numbers(plain: str) -> Iterator[SpokenNumber]:
    """Give the numbers of three words or more that are dictated in a folded text.

    Groups of digits may stand between the words. A dictated year or price is none of them: "de" and "mil" end a number.
    """
    place = 0
    while first := _WORD.search(plain, place):
        tokens = _tokens_from(_begin(plain, first.start(), place), plain)
        place = tokens[-1].end() if tokens else first.end()
        words = [token for token in tokens if token[0][0] > "9"]
        if len(words) >= _FEWEST_WORDS:
            yield SpokenNumber(
                start=tokens[0].start(),
                end=place,
                digits=_digits(plain, tokens),
                digit_by_digit=all(token[0] in _UNITS or len(token[0]) == 1 for token in tokens),
            )


def _begin(plain: str, word: int, floor: int) -> int:
    """Give where a number begins whose first word is at `word`: up to two groups of digits may come before."""
    before = re.search(r"(?<![^\W_])(?:[0-9]{1,4}[\s,.\-]{1,3}){1,2}\Z", plain[max(floor, word - 14) : word])
    return word - len(before[0]) if before else word


def _tokens_from(start: int, plain: str) -> list[re.Match[str]]:
    tokens: list[re.Match[str]] = []
    while token := _TOKEN.match(plain, start):
        if start and not tokens and (plain[start - 1].isalnum()):
            break
        tokens.append(token)
        gap = _GAP.match(plain, token.end())
        if not gap:
            break
        start = gap.end()
    return tokens


def _digits(plain: str, tokens: list[re.Match[str]]) -> str:
    """Give the digits in a row: "treinta y cuatro" is 34, "treinta cuatro" is 304 as nobody means it."""
    digits = ""
    place = 0
    while place < len(tokens):
        word = tokens[place][0]
        value = _VALUES.get(word, word)
        if word in _HUNDREDS or word == "ciento":
            rest = _VALUES.get(tokens[place + 1][0], "") if place + 1 < len(tokens) else ""
            if len(rest) == 2:
                value, place = str(int(value) + int(rest)), place + 1
                word = tokens[place][0]
        following = tokens[place + 1] if place + 1 < len(tokens) else None
        joined = following is not None and "y" in plain[tokens[place].end() : following.start()]
        if word in _TENS and following and joined and following[0] in _UNITS:
            value, place = str(int(value) + int(_UNITS[following[0]])), place + 1
        digits += value
        place += 1
    return digits
