"""Values as the contract writes them, and in no other way: what pydantic would make fit is refused here.

A number where an instant belongs would become a day in 1970, `true` an amount of 1: wrong facts for a customer.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from typing import Any

Validators = Iterator[Callable[[Any], Any]]
_zone: ContextVar[dt.tzinfo | None] = ContextVar("zone", default=None)

MOST_CHARACTERS = 600
_AMOUNT = re.compile(r"-?\d{1,12}(\.\d{1,4})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WALL_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_LINK = re.compile(r"https://[^\s<>\"'{}|\\^`]{4,500}")


@contextmanager
def instants_in(zone: dt.tzinfo) -> Iterator[None]:
    """Gives every moment that is read within the block in a time zone, whatever offset it was written with."""
    token = _zone.set(zone)
    try:
        yield
    finally:
        _zone.reset(token)


def _written(value: object, pattern: re.Pattern[str], what: str) -> str:
    if isinstance(value, str) and pattern.fullmatch(value):
        return value
    # The value itself may be personal.
    raise ValueError(f"not {what}")


class _AsWritten:
    """Has pydantic read values by the class's own `_read`."""

    @classmethod
    def __get_validators__(cls) -> Validators:
        yield cls._read

    @classmethod
    def _read(cls, value: object) -> object:
        raise NotImplementedError


class Text(_AsWritten, str):
    """Words of the business's system, on one line, without control characters and at most 600 of them.

    They are facts of a message and nothing else: whatever they say, nobody follows it.
    """

    @classmethod
    def _read(cls, value: object) -> Text:
        if not isinstance(value, str):
            raise ValueError("not a text")
        shown = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in value[: 4 * MOST_CHARACTERS])
        line = " ".join(shown.split())
        return cls(line if len(line) <= MOST_CHARACTERS else line[: MOST_CHARACTERS - 1] + "…")


class Amount(_AsWritten, Decimal):
    """An amount of money, written as a decimal."""

    @classmethod
    def _read(cls, value: object) -> Decimal:
        return Decimal(_written(value, _AMOUNT, "a decimal"))


class Instant(_AsWritten, dt.datetime):
    """A moment, written with its offset."""

    @classmethod
    def _read(cls, value: object) -> dt.datetime:
        written = _written(value, _INSTANT, "a date and time with its offset").upper()
        # Python 3.10 reads neither "Z" nor fractions of other lengths than three and six.
        written = re.sub(r"\.(\d+)", lambda fraction: f".{fraction[1][:6]:0<6}", written)
        moment = dt.datetime.fromisoformat(written.replace("Z", "+00:00"))
        try:
            return moment.astimezone(_zone.get() or moment.tzinfo)
        except OverflowError as exc:
            raise ValueError("outside the calendar") from exc


class Day(_AsWritten, dt.date):
    """A day, written YYYY-MM-DD."""

    @classmethod
    def _read(cls, value: object) -> dt.date:
        return dt.date.fromisoformat(_written(value, _DAY, "a day"))


class WallTime(_AsWritten, dt.time):
    """A time of day, written HH:MM."""

    @classmethod
    def _read(cls, value: object) -> dt.time:
        return dt.time.fromisoformat(_written(value, _WALL_TIME, "a time of day"))


class Link(_AsWritten, str):
    """An address that a customer may be given: https, and nothing that ends it early."""

    @classmethod
    def _read(cls, value: object) -> Link:
        return cls(_written(value, _LINK, "an https address"))
