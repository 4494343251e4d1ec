"""Spanish number words written as digits."""

from __future__ import annotations

import re

_UNITS = {
    "un": 1, "uno": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5,
    "seis": 6, "siete": 7, "ocho": 8, "nueve": 9,
}  # fmt: skip
_TEENS = {
    "diez": 10, "once": 11, "doce": 12, "trece": 13, "catorce": 14, "quince": 15, "dieciseis": 16,
    "diecisiete": 17, "dieciocho": 18, "diecinueve": 19, "veinte": 20, "veintiun": 21, "veintiuno": 21,
    "veintiuna": 21, "veintidos": 22, "veintitres": 23, "veinticuatro": 24, "veinticinco": 25,
    "veintiseis": 26, "veintisiete": 27, "veintiocho": 28, "veintinueve": 29, "cero": 0,
}  # fmt: skip
_TENS = {
    "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80,
    "noventa": 90,
}  # fmt: skip
_HUNDREDS = {
    "cien": 100, "ciento": 100, "doscientos": 200, "trescientos": 300, "cuatrocientos": 400,
    "quinientos": 500, "seiscientos": 600, "setecientos": 700, "ochocientos": 800, "novecientos": 900,
}  # fmt: skip
_SMALL = _UNITS | _TEENS | _TENS | _HUNDREDS


def _any(words: dict[str, int]) -> str:
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


_BELOW_100 = rf"(?:{_any(_TENS)}(?: y {_any(_UNITS)}\b)?|{_any(_TEENS)}|{_any(_UNITS)})\b"
_BELOW_1000 = rf"(?:{_any(_HUNDREDS)}\b(?: {_BELOW_100})?|{_BELOW_100})"
_NUMBER = re.compile(
    rf"\b(?:(?:{_BELOW_1000} )?mil\b(?! (?:gracias|disculpas|perdones))(?: {_BELOW_1000})?|{_BELOW_1000})"
)
# "un martes", "una cita" and "uno" are articles and pronouns far more often than amounts.
_ARTICLES = frozenset({"un", "uno", "una"})


def _value(words: list[str]) -> int:
    total = 0
    for word in words:
        if word == "mil":
            total = (total or 1) * 1000
        elif word != "y":
            total += _SMALL[word]
    return total


def with_digits(text: str) -> str:
    """Write the number words of an accent-free, lower-case text as digits ("veinticinco mil" → "25000").

    A lone "un", "uno" or "una" stays a word, except the hour in "la una"; "2 mil quinientos" becomes "2 mil
    500".
    """

    def digits(match: re.Match[str]) -> str:
        words = match.group().split()
        after_digits = re.search(r"\d ?$", text[: match.start()])
        if words[0] == "mil" and after_digits:
            return f"mil {_value(words[1:])}" if words[1:] else "mil"
        if words[-1] == "mil" and re.match(r" \d{1,3}(?!\d)", text[match.end() :]):
            return f"{_value(words[:-1]) or 1} mil"
        if len(words) == 1 and words[0] in _ARTICLES:
            return match.group()
        return str(_value(words))

    text = re.sub(
        r"\b(?:(?<=la )una(?= |$|[,.;!?])|una(?= (?:de la [tm]|y (?:media|cuarto)|pm)))", "1", _NUMBER.sub(digits, text)
    )
    # Digits dictated one by one.
    return re.sub(r"(?<=\d )uno\b|\buno(?= \d)", "1", text)
