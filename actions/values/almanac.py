"""Calendar arithmetic in the words of Spanish: the next Tuesday, the 5th, the first Monday of a month."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from actions.values.result import Unclear
from actions.values.spelling import MONTHS

IMPOSSIBLE = Unclear("fecha_inexistente")
# A day of this year that passed so recently is a slip to be told, not a wish for next year.
_RECENT = timedelta(days=90)

MONTH_NUMBERS = (
    {name: number for number, name in enumerate(MONTHS, 1)}
    | {name[:3]: number for number, name in enumerate(MONTHS, 1)}
    | {"sept": 9, "set": 9, "setiembre": 9, "novi": 11, "dici": 12}
)


def exact(year: int, month: int, day: int) -> date | Unclear:
    """Answer the day, or `fecha_inexistente` where the calendar has none such."""
    try:
        return date(year, month, day)
    except ValueError:
        return IMPOSSIBLE


def full_year(year: int) -> int:
    """Take two digits as a year of this century."""
    return year + 2000 if year < 100 else year


def following(weekday: int, today: date) -> date:
    """The next such weekday after today, never today itself."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def preceding(weekday: int, today: date) -> date:
    """The last such weekday before today, never today itself."""
    return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)


def monday_of(day: date) -> date:
    """The Monday of the week to which the day belongs."""
    return day - timedelta(days=day.weekday())


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def month_end(day: date) -> date:
    """The last day of the day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def day_and_month(day: int, month: int, today: date, *, past: bool = False) -> date | Unclear:
    """The day of a month said without a year.

    Forwards it is this year's, or next year's when this year's passed longer ago than three months. Backwards
    (`past`) it is the latest that is not after today. A 29 February that the year lacks is never moved.
    """
    this_year = exact(today.year, month, day)
    if isinstance(this_year, Unclear):
        return this_year
    if past:
        return this_year if this_year <= today else exact(today.year - 1, month, day)
    if this_year >= today - _RECENT:
        return this_year
    return exact(today.year + 1, month, day)


def day_of_month(day: int, today: date, *, past: bool = False) -> date | Unclear:
    """The nearest such day of a month, today included, skipping months too short to have it."""
    if not 1 <= day <= 31:
        return IMPOSSIBLE
    first = today.replace(day=1)
    for step in range(3):
        start = add_months(first, -step if past else step)
        found = exact(start.year, start.month, day)
        if isinstance(found, date) and (found <= today if past else found >= today):
            return found
    return IMPOSSIBLE


def nth_weekday(ordinal: int, weekday: int, first: date) -> date | Unclear:
    """The n-th (or with -1 the last) such weekday of the month that starts at `first`."""
    days = [
        first + timedelta(days=offset)
        for offset in range(month_end(first).day)
        if (first + timedelta(days=offset)).weekday() == weekday
    ]
    try:
        return days[ordinal - 1 if ordinal > 0 else ordinal]
    except IndexError:
        return IMPOSSIBLE


def month_from(month: int, today: date, *, past: bool = False) -> date:
    """The first day of the month that a name means: this or the next such, with `past` the last such."""
    if past:
        return date(today.year if month <= today.month else today.year - 1, month, 1)
    return date(today.year if month >= today.month else today.year + 1, month, 1)
