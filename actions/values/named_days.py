"""What the ways in which Spanish names one day mean: each turns its match into a day, or says why there is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from actions.values import almanac
from actions.values.day_words import (
    HOLIDAYS,
    IDIOMATIC_DAYS,
    ORDINALS,
    RELATIVE_DAYS,
    WEEK_AFTER_NEXT,
)
from actions.values.result import Unclear
from actions.values.spelling import WEEKDAYS


@dataclass(frozen=True)
class Scope:
    """The moment from which days are counted, and whether those without a direction lie behind it."""

    now: datetime
    past: bool = False
    spoken_of: date | None = None

    @property
    def today(self) -> date:
        """The day of the moment."""
        return self.now.date()

    def day_of_month(self, day: int) -> date | Unclear:
        """The day that a number alone names: of the month that is being talked about, or else the nearest."""
        if self.spoken_of and not self.past:
            near = almanac.exact(self.spoken_of.year, self.spoken_of.month, day)
            if isinstance(near, date) and near >= self.today:
                return near
        return almanac.day_of_month(day, self.today, past=self.past)


Found = date | Unclear | None
_MONTH_FIRST = re.compile(r"(?<![\d/])(0?[1-9]|1[0-2])/(1[3-9]|2\d|3[01])(?![\d])")


def day_first(text: str, country: str) -> str:
    """Write the dates of somebody from where the month comes first ("12/28") day first, if they can be nothing else."""
    return _MONTH_FIRST.sub(r"\2/\1", text) if country == "US" else text


def _checked_weekday(name: str | None, day: date | Unclear, today: date) -> date | Unclear:
    """The day, unless the weekday said with it is another one."""
    if name is None or isinstance(day, Unclear) or day.weekday() == WEEKDAYS.index(name):
        return day
    return Unclear("fecha_contradictoria", tuple(sorted({day, almanac.following(WEEKDAYS.index(name), today)})))


def numeric(match: re.Match[str], scope: Scope) -> Found:
    """Read "13/8, 13-08-2027"."""
    said = match.groupdict()
    day, month, year = int(said["day"]), int(said["month"]), said.get("year")
    if year is None:
        found = almanac.day_and_month(day, month, scope.today, past=scope.past)
    else:
        found = almanac.exact(almanac.full_year(int(year)), month, day)
    return _checked_weekday(said.get("name"), found, scope.today)


def iso(match: re.Match[str], scope: Scope) -> Found:
    """Read "2027-08-13"."""
    return almanac.exact(int(match["year"]), int(match["month"]), int(match["day"]))


def day_of_named_month(match: re.Match[str], scope: Scope) -> Found:
    """Read "el 13 de agosto, agosto 13"."""
    day = 1 if match["day"].startswith("primer") else int(match["day"])
    month = almanac.MONTH_NUMBERS[match["month"].rstrip(".")]
    if match["year"]:
        found = almanac.exact(almanac.full_year(int(match["year"].strip("'"))), month, day)
    else:
        found = almanac.day_and_month(day, month, scope.today, past=scope.past)
    return _checked_weekday(match["name"], found, scope.today)


def day_of_relative_month(match: re.Match[str], scope: Scope) -> Found:
    """Read "el 13 del mes que viene"."""
    first = scope.today.replace(day=1)
    if not re.search("este|actual|curso", match["which"]):
        first = almanac.add_months(first, 1)
    return almanac.exact(first.year, first.month, int(match["day"]))


def nth_weekday(match: re.Match[str], scope: Scope) -> Found:
    """Read "el segundo martes de agosto"."""
    weekday, ordinal = WEEKDAYS.index(match["name"]), ORDINALS[match["nth"]]
    if match["month"]:
        number = almanac.MONTH_NUMBERS[match["month"].rstrip(".")]
        first = almanac.month_from(number, scope.today, past=scope.past)
    else:
        first = scope.today.replace(day=1)
        if match["other"]:
            first = almanac.add_months(first, 1)
    found = almanac.nth_weekday(ordinal, weekday, first)
    if match["month"] and isinstance(found, date) and found < scope.today and not scope.past:
        return almanac.nth_weekday(ordinal, weekday, first.replace(year=first.year + 1))
    return found


def nth_of_no_month(match: re.Match[str], scope: Scope) -> Found:
    """Read "el segundo martes" of no month."""
    return Unclear("fecha_vaga")


def relative(match: re.Match[str], scope: Scope) -> Found:
    """Read "hoy, mañana, anteayer"."""
    day = scope.today + timedelta(days=RELATIVE_DAYS[match["word"]])
    return _checked_weekday(match["name"], day, scope.today)


def _amount(said: str) -> int:
    return {"un": 1, "una": 1, "par de": 2}.get(said) or int(said)


def after_amount(match: re.Match[str], scope: Scope) -> Found:
    """Read "en tres días, dentro de dos semanas"."""
    count, unit = _amount(match["count"]), match["unit"]
    if count > 400:
        return Unclear("fecha_lejana")
    start = scope.today + timedelta(days=1 if match["start"] == "mañana" else 0)
    if unit.startswith("mes"):
        return almanac.add_months(start, count)
    if unit.startswith(("hora", "hrs")):
        return (scope.now + timedelta(hours=count)).date()
    if unit.startswith("minuto"):
        return (scope.now + timedelta(minutes=count)).date()
    return start + timedelta(days=7 * count if unit.startswith("semana") else IDIOMATIC_DAYS.get(count, count))


def in_eight(match: re.Match[str], scope: Scope) -> Found:
    """Read "de hoy en ocho, el martes en quince"."""
    further = timedelta(days=IDIOMATIC_DAYS[int(match["count"])])
    if match["name"]:
        return almanac.following(WEEKDAYS.index(match["name"]), scope.today) + further
    return scope.today + timedelta(days=RELATIVE_DAYS[match["start"]]) + further


def ago(match: re.Match[str], scope: Scope) -> Found:
    """Read "hace tres días"."""
    count, unit = _amount(match["count"]), match["unit"]
    if count > 400:
        return Unclear("fecha_lejana")
    if unit.startswith("mes"):
        return almanac.add_months(scope.today, -count)
    return scope.today - timedelta(days=7 * count if unit.startswith("semana") else IDIOMATIC_DAYS.get(count, count))


def weekday_of_week(match: re.Match[str], scope: Scope) -> Found:
    """Read "el martes de la próxima semana"."""
    monday = almanac.monday_of(scope.today)
    weeks = 0 if match["week"].endswith("esta semana") else -1 if "pasada" in match["week"] else 1
    if re.search(rf"{WEEK_AFTER_NEXT}$", match["week"]):
        weeks = 2
    return monday + timedelta(days=7 * weeks + WEEKDAYS.index(match["name"]))


def weekday_after_weeks(match: re.Match[str], scope: Scope) -> Found:
    """Read "el martes en dos semanas"."""
    weeks = timedelta(weeks=_amount(match["count"]))
    return almanac.monday_of(scope.today) + weeks + timedelta(days=WEEKDAYS.index(match["name"]))


def weekday_and_number(match: re.Match[str], scope: Scope) -> Found:
    """Read "el martes 13"."""
    weekday = WEEKDAYS.index(match["name"])
    found = almanac.day_of_month(int(match["day"]), scope.today, past=scope.past)
    if isinstance(found, date) and found.weekday() != weekday:
        later = almanac.day_of_month(int(match["day"]), found + timedelta(days=1))
        near = almanac.following(weekday, scope.today)
        if isinstance(later, date) and later.weekday() == weekday and near != later:
            return later
    return _checked_weekday(match["name"], found, scope.today)


def weekday(match: re.Match[str], scope: Scope) -> Found:
    """Read "el martes, el próximo martes, el martes pasado"."""
    weekday, today = WEEKDAYS.index(match["name"]), scope.today
    if match["last"] or match["gone"]:
        return almanac.preceding(weekday, today)
    upcoming = almanac.following(weekday, today)
    if match["other"]:
        return Unclear("fecha_multiple", (upcoming, upcoming + timedelta(days=7)))
    if (match["this"] or "").startswith("este") and weekday == today.weekday():
        return Unclear("fecha_multiple", (today, upcoming))
    return almanac.preceding(weekday, today) if scope.past and not match["next"] else upcoming


def mar_and_number(match: re.Match[str], scope: Scope) -> Found:
    """Leave open "mar 24", a Tuesday to some and March to others."""
    number = int(match["day"])
    readings = (almanac.day_of_month(number, scope.today), almanac.day_and_month(number, 3, scope.today))
    return Unclear("fecha_multiple", tuple(day for day in readings if isinstance(day, date)))


def holiday(match: re.Match[str], scope: Scope) -> Found:
    """Read "Reyes, Navidad, Año Nuevo"."""
    day, month = next(when for name, when in HOLIDAYS.items() if re.fullmatch(name, match["name"]))
    return almanac.day_and_month(day, month, scope.today, past=scope.past)


def last_day(match: re.Match[str], scope: Scope) -> Found:
    """Read "el último día del mes"."""
    if match["month"]:
        first = almanac.month_from(almanac.MONTH_NUMBERS[match["month"].rstrip(".")], scope.today, past=scope.past)
        return almanac.month_end(first)
    if match["year"]:
        return date(scope.today.year, 12, 31)
    return almanac.month_end(almanac.add_months(scope.today, 1 if match["other"] else 0))


def day_alone(match: re.Match[str], scope: Scope) -> Found:
    """Read "el 13"."""
    return scope.day_of_month(int(match["day"]))
