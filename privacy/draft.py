"""A text while things are being hidden in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from privacy.spoken import SpokenNumber, spoken_numbers

# Invisible characters within a word or number; between emoji they are what joins them.
_INVISIBLE = re.compile(r"(?<=[\w@.])[\xad\u200b-\u200f\u2060\ufe0f\ufeff\u20e3]+(?=[\w@.])")
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
_DIGIT = re.compile(r"[0-9]")
_STRETCH = re.compile(r"[0-9](?:[\W_]{0,6}[0-9])*")


def _plain_letters() -> dict[int, str]:
    table = {0xFE6B: "@", 0x3000: " "}
    table |= {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full width, ＠ among them
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base.isascii():
            table[code] = base.lower()
    return table


_PLAIN_LETTERS = _plain_letters()


def fold(text: str) -> str:
    """Return a text of the same length in lower case, without accents, its digits in ASCII."""
    lower = text.lower()
    if len(lower) != len(text):
        # A few capitals have no single small letter ("İ").
        lower = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    if lower.isascii():
        return lower
    return _OTHER_DIGIT.sub(lambda digit: str(int(digit[0])), lower.translate(_PLAIN_LETTERS))


class Draft:
    """A text and its folded shadow, `plain`, in which everything is looked for at the same places.

    Attributes:
        text: What has become of the text so far.
        plain: The same folded by `fold`, character by character.
        hidden: Whether anything was hidden yet.
    """

    def __init__(self, text: str) -> None:
        if not text.isascii():
            text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
        self.text = text
        self.plain = fold(text)
        self.hidden = False
        self._counted: tuple[int, int] | None = None
        self._spoken: list[SpokenNumber] | None = None

    @property
    def digits(self) -> int:
        """How many digits the text has."""
        return self._count()[0]

    @property
    def digits_together(self) -> int:
        """How many digits stand together at most, with no letter between and little else."""
        return self._count()[1]

    @property
    def spoken(self) -> Sequence[SpokenNumber]:
        """The numbers that are dictated in the text."""
        if self._spoken is None:
            self._spoken = list(spoken_numbers(self.plain))
        return self._spoken

    def hide(self, spans: Sequence[tuple[int, int]], placeholder: str) -> None:
        """Put a placeholder for each span; spans are in order and do not overlap."""
        if not spans:
            return
        self.text = _with_placeholders(self.text, spans, placeholder)
        self.plain = _with_placeholders(self.plain, spans, fold(placeholder))
        self.hidden = True
        self._counted = self._spoken = None

    def hide_matches(self, pattern: re.Pattern[str], placeholder: str) -> None:
        """Put a placeholder for each match, or for its group `secret` where the pattern has one."""
        group: str | int = "secret" if "secret" in pattern.groupindex else 0
        self.hide([found.span(group) for found in pattern.finditer(self.plain)], placeholder)

    def _count(self) -> tuple[int, int]:
        if self._counted is None:
            stretches = [len(_DIGIT.findall(found)) for found in _STRETCH.findall(self.plain)]
            self._counted = sum(stretches), max(stretches, default=0)
        return self._counted


def _with_placeholders(text: str, spans: Sequence[tuple[int, int]], placeholder: str) -> str:
    pieces, end = [], 0
    for start, stop in spans:
        pieces += [text[end:start], placeholder]
        end = stop
    return "".join(pieces) + text[end:]
