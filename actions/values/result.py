"""What every reader of this package takes and answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Generic, Literal, TypeVar

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")

PartOfDay = Literal["mañana", "tarde", "noche"]


@dataclass(frozen=True)
class Context:
    """When and from where a phrase was written.

    Attributes:
        now: the moment of the message, aware, in the business's time zone.
        country: ISO 3166 code of the writer's country: the region of phones without prefix, the meaning of
            "pesos".
        spoken_of: the day that is being talked about; a day without a month is then of its month.
    """

    now: datetime
    country: str = "MX"
    spoken_of: date | None = None

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("Context.now must carry the business's time zone")

    @property
    def today(self) -> date:
        """The calendar day of `now` in the business's time zone."""
        return self.now.date()


@dataclass(frozen=True)
class Read(Generic[T_co]):
    """A value that the phrase states."""

    value: T_co


@dataclass(frozen=True)
class Unclear:
    """Why no value was taken from the phrase.

    Attributes:
        reason: stable code: `sin_valor` when nothing of the kind is said, otherwise what is wrong with what
            is.
        choices: the values it may have meant, likeliest or earliest first, for a question that offers them.
    """

    reason: str
    choices: tuple[object, ...] = ()


Result = Read[T] | Unclear

NOTHING_SAID = Unclear("sin_valor")


@dataclass(frozen=True)
class Money:
    """An amount above zero with at most two decimals, and its ISO 4217 currency where one was said."""

    amount: Decimal
    currency: str | None = None


@dataclass(frozen=True)
class DateRange:
    """Days from `start` to `end`, both included, and the hours meant within each day where some were said."""

    start: date
    end: date
    part_of_day: PartOfDay | None = None
    from_time: time | None = None
    to_time: time | None = None
