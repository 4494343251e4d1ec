"""The ways in which Spanish names one day: a table of patterns over spelled text, most telling first."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from actions.values import almanac
from actions.values.corrections import Mention
from actions.values.day_words import (
    DAY,
    HOLIDAYS,
    IDIOMATIC_DAYS,
    LEFT,
    MONTH,
    NEXT,
    NEXT_MONTH,
    NEXT_WEEK,
    ORDINAL,
    ORDINALS,
    RELATIVE_DAYS,
    RIGHT,
    SOONEST,
    THIS,
    THIS_MONTH,
    WEEK_AFTER_NEXT,
    YEAR,
)
from actions.values.result import Unclear
from actions.values.spelling import WEEKDAYS


@dataclass(frozen=True)
class Scope:
    """The moment from which days are counted, and whether those without a direction lie behind it."""

    now: datetime
    past: bool = False

    @property
    def today(self) -> date:
        """The day of the moment."""
        return self.now.date()


Found = date | Unclear | None
_MONTH_FIRST = re.compile(r"(?<![\d/])(0?[1-9]|1[0-2])/(1[3-9]|2\d|3[01])(?![\d])")


def day_first(text: str, country: str) -> str:
    """Write the dates of somebody from where the month comes first ("12/28") day first, if they can be nothing else."""
    return _MONTH_FIRST.sub(r"\2/\1", text) if country == "US" else text


Rule = tuple[re.Pattern[str], Callable[[re.Match[str], Scope], Found]]


def _checked_weekday(name: str | None, day: date | Unclear, today: date) -> date | Unclear:
    """The day, unless the weekday said with it is another one."""
    if name is None or isinstance(day, Unclear) or day.weekday() == WEEKDAYS.index(name):
        return day
    return Unclear("fecha_contradictoria", tuple(sorted({day, almanac.following(WEEKDAYS.index(name), today)})))


def _numeric(match: re.Match[str], scope: Scope) -> Found:
    said = match.groupdict()
    day, month, year = int(said["day"]), int(said["month"]), said.get("year")
    if year is None:
        found = almanac.day_and_month(day, month, scope.today, past=scope.past)
    else:
        found = almanac.exact(almanac.full_year(int(year)), month, day)
    return _checked_weekday(said.get("name"), found, scope.today)


def _iso(match: re.Match[str], scope: Scope) -> Found:
    return almanac.exact(int(match["year"]), int(match["month"]), int(match["day"]))


def _day_of_named_month(match: re.Match[str], scope: Scope) -> Found:
    day = 1 if match["day"].startswith("primer") else int(match["day"])
    month = almanac.MONTH_NUMBERS[match["month"].rstrip(".")]
    if match["year"]:
        found = almanac.exact(almanac.full_year(int(match["year"].strip("'"))), month, day)
    else:
        found = almanac.day_and_month(day, month, scope.today, past=scope.past)
    return _checked_weekday(match["name"], found, scope.today)


def _day_of_relative_month(match: re.Match[str], scope: Scope) -> Found:
    first = scope.today.replace(day=1)
    if not re.search("este|actual|curso", match["which"]):
        first = almanac.add_months(first, 1)
    return almanac.exact(first.year, first.month, int(match["day"]))


def _nth_weekday(match: re.Match[str], scope: Scope) -> Found:
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


def _nth_of_no_month(match: re.Match[str], scope: Scope) -> Found:
    return Unclear("fecha_vaga")


def _relative(match: re.Match[str], scope: Scope) -> Found:
    day = scope.today + timedelta(days=RELATIVE_DAYS[match["word"]])
    return _checked_weekday(match["name"], day, scope.today)


def _amount(said: str) -> int:
    return {"un": 1, "una": 1, "par de": 2}.get(said) or int(said)


def _after_amount(match: re.Match[str], scope: Scope) -> Found:
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


def _in_eight(match: re.Match[str], scope: Scope) -> Found:
    further = timedelta(days=IDIOMATIC_DAYS[int(match["count"])])
    if match["name"]:
        return almanac.following(WEEKDAYS.index(match["name"]), scope.today) + further
    return scope.today + timedelta(days=RELATIVE_DAYS[match["start"]]) + further


def _ago(match: re.Match[str], scope: Scope) -> Found:
    count, unit = _amount(match["count"]), match["unit"]
    if count > 400:
        return Unclear("fecha_lejana")
    if unit.startswith("mes"):
        return almanac.add_months(scope.today, -count)
    return scope.today - timedelta(days=7 * count if unit.startswith("semana") else IDIOMATIC_DAYS.get(count, count))


def _weekday_of_week(match: re.Match[str], scope: Scope) -> Found:
    monday = almanac.monday_of(scope.today)
    weeks = 0 if match["week"].endswith("esta semana") else -1 if "pasada" in match["week"] else 1
    if re.search(rf"{WEEK_AFTER_NEXT}$", match["week"]):
        weeks = 2
    return monday + timedelta(days=7 * weeks + WEEKDAYS.index(match["name"]))


def _weekday_after_weeks(match: re.Match[str], scope: Scope) -> Found:
    weeks = timedelta(weeks=_amount(match["count"]))
    return almanac.monday_of(scope.today) + weeks + timedelta(days=WEEKDAYS.index(match["name"]))


def _weekday_and_number(match: re.Match[str], scope: Scope) -> Found:
    weekday = WEEKDAYS.index(match["name"])
    found = almanac.day_of_month(int(match["day"]), scope.today, past=scope.past)
    if isinstance(found, date) and found.weekday() != weekday:
        later = almanac.day_of_month(int(match["day"]), found + timedelta(days=1))
        near = almanac.following(weekday, scope.today)
        if isinstance(later, date) and later.weekday() == weekday and near != later:
            return later
    return _checked_weekday(match["name"], found, scope.today)


def _weekday(match: re.Match[str], scope: Scope) -> Found:
    weekday, today = WEEKDAYS.index(match["name"]), scope.today
    if match["last"] or match["gone"]:
        return almanac.preceding(weekday, today)
    upcoming = almanac.following(weekday, today)
    if match["other"]:
        return Unclear("fecha_multiple", (upcoming, upcoming + timedelta(days=7)))
    if (match["this"] or "").startswith("este") and weekday == today.weekday():
        return Unclear("fecha_multiple", (today, upcoming))
    return almanac.preceding(weekday, today) if scope.past and not match["next"] else upcoming


def _mar_and_number(match: re.Match[str], scope: Scope) -> Found:
    """Leave open "mar 24", a Tuesday to some and March to others."""
    number = int(match["day"])
    readings = (almanac.day_of_month(number, scope.today), almanac.day_and_month(number, 3, scope.today))
    return Unclear("fecha_multiple", tuple(day for day in readings if isinstance(day, date)))


def _holiday(match: re.Match[str], scope: Scope) -> Found:
    day, month = next(when for name, when in HOLIDAYS.items() if re.fullmatch(name, match["name"]))
    return almanac.day_and_month(day, month, scope.today, past=scope.past)


def _last_day(match: re.Match[str], scope: Scope) -> Found:
    if match["month"]:
        first = almanac.month_from(almanac.MONTH_NUMBERS[match["month"].rstrip(".")], scope.today, past=scope.past)
        return almanac.month_end(first)
    if match["year"]:
        return date(scope.today.year, 12, 31)
    return almanac.month_end(almanac.add_months(scope.today, 1 if match["other"] else 0))


def _day_alone(match: re.Match[str], scope: Scope) -> Found:
    return almanac.day_of_month(int(match["day"]), scope.today, past=scope.past)


def _rule(pattern: str, handler: Callable[[re.Match[str], Scope], Found]) -> Rule:
    return re.compile(LEFT + pattern + RIGHT), handler


_SOME = r"(?P<count>un|una|par de|\d{1,4})"
_NOT_A_DAY = (
    r"(?! ?(?:%|por ciento|am|pm|hrs|horas?|minutos|personas?|pesos|dolares|euros|usd|mxn|soles|mil|opcion"
    r"|y media|y cuarto|de la (?:mañana|tarde|noche|madrugada)|en punto|a (?:las )?\d+ (?:am|pm|de la)))"
)
# Days of Holy Week and carnival move with the year and are not the next such weekday.
_NOT_EASTER = r"(?! (?:santo|de (?:carnaval|pascua|resurreccion|ramos|ceniza|gloria)))"
RULES: tuple[Rule, ...] = (
    _rule(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})", _iso),
    _rule(
        rf"(?:(?P<name>{DAY}),? )?(?:el )?(?P<day>\d{{1,2}})(?P<sep>[-/.])(?P<month>\d{{1,2}})(?P=sep)"
        r"(?P<year>\d{4}|\d{2})",
        _numeric,
    ),
    _rule(rf"(?:(?P<name>{DAY}),? )?(?:el )?(?P<day>\d{{1,2}})(?:/(?P<month>\d{{1,2}}))", _numeric),
    _rule(r"(?P<day>\d{2})-(?P<month>\d{2})" + _NOT_A_DAY, _numeric),
    _rule(
        rf"(?:(?P<name>{DAY}),? )?(?:el )?(?:dia )?(?P<day>\d{{1,2}}|primero)\s*(?:de |del |d |-|/)?\s*"
        rf"(?:mes de )?(?P<month>{MONTH})-?{YEAR}?",
        _day_of_named_month,
    ),
    _rule(
        rf"(?:(?P<name>{DAY}),? )?(?!mar \d)(?P<month>{MONTH}) (?:el )?(?:dia"
        rf" )?(?P<day>\d{{1,2}})(?!\d){_NOT_A_DAY}"
        r"(?:(?:,| de| del) ?(?P<year>\d{4}))?",
        _day_of_named_month,
    ),
    _rule(
        rf"(?:el )?(?:dia )?(?P<day>\d{{1,2}}) (?P<which>(?:del? )?(?:{THIS_MONTH}|{NEXT_MONTH}))",
        _day_of_relative_month,
    ),
    _rule(
        rf"(?:el )?{ORDINAL} (?P<name>{DAY}) (?:del? )(?:(?P<month>{MONTH})|(?P<other>{NEXT_MONTH})"
        rf"|{THIS_MONTH}|mes)",
        _nth_weekday,
    ),
    _rule(rf"(?:el )?(?!ultimo){ORDINAL} {DAY}", _nth_of_no_month),
    _rule(
        rf"(?:el )?ultimo dia (?:del? )(?:(?P<other>{NEXT_MONTH})|(?P<month>{MONTH})|{THIS_MONTH}|mes|(?P<year>año))",
        _last_day,
    ),
    _rule(
        rf"(?:el )?(?P<name>{DAY}),? (?:de )?(?:en|dentro de) (?P<count>un|una|\d) semanas?",
        _weekday_after_weeks,
    ),
    _rule(
        rf"(?:en|dentro de) (?P<count>un|una|\d) semanas?,? (?:el )?(?:dia )?(?P<name>{DAY})",
        _weekday_after_weeks,
    ),
    _rule(rf"(?:de )?(?:el )?(?:(?P<name>{DAY})|(?P<start>hoy|mañana)) en (?P<count>8|15)(?: dias)?", _in_eight),
    _rule(
        rf"(?:de |a partir de )?(?:(?P<start>hoy|mañana) )?(?:en|dentro de) (?:unos |un )?{_SOME} "
        r"(?P<unit>dias?|semanas?|mes(?:es)?|horas?|hrs|minutos)",
        _after_amount,
    ),
    _rule(rf"hace (?:un )?{_SOME} (?P<unit>dias?|semanas?|mes(?:es)?)(?: atras)?", _ago),
    _rule(
        rf"(?:el )?(?P<name>{DAY}),? (?P<week>(?:(?:de|en) )?(?:{WEEK_AFTER_NEXT}|{NEXT_WEEK}|esta semana"
        r"|la semana pasada))",
        _weekday_of_week,
    ),
    _rule(
        rf"(?P<week>(?:(?:de|en) )?(?:{WEEK_AFTER_NEXT}|{NEXT_WEEK}|esta semana"
        rf"|la semana pasada)),? (?:el )?(?:dia )?(?P<name>{DAY})",
        _weekday_of_week,
    ),
    _rule(
        rf"(?P<word>pasado mañana|esta (?:mañana|tarde|noche)|(?<!la )mañana|hoy|antes de ayer"
        rf"|anteayer|antier|ayer)"
        rf"(?: mismo)?(?:(?:,| que es)? (?:(?:el )?(?:dia )?)(?P<name>{DAY})(?! (?:de|que|proximo"
        rf"|no)\b| \d))?",
        _relative,
    ),
    _rule(r"mar\.? (?P<day>\d{1,2})", _mar_and_number),
    _rule(rf"(?P<name>{DAY}),? (?:el )?(?:dia )?(?P<day>\d{{1,2}}){_NOT_A_DAY}", _weekday_and_number),
    _rule(
        rf"{THIS}(?P<next>proximo |siguiente )?(?P<other>otro )?(?P<last>pasado |ultimo )?(?P<name>{DAY})"
        rf"(?P<gone> pasado(?! mañana))?(?: {NEXT})?(?: que sigue)?{_NOT_EASTER}",
        _weekday,
    ),
    _rule(rf"(?:el )?(?:dia de )?(?P<name>{'|'.join(HOLIDAYS)})", _holiday),
    _rule(rf"(?:el dia|el|al|del|dia) (?!{SOONEST}\b)(?P<day>\d{{1,3}}){_NOT_A_DAY}", _day_alone),
)


def day_mentions(text: str, scope: Scope) -> list[Mention[date]]:
    """Find each day that a spelled text names; where patterns overlap, the earlier in the table wins."""
    found: list[Mention[date]] = []
    for pattern, handler in RULES:
        for match in pattern.finditer(text):
            if any(match.start() < other.end and other.start < match.end() for other in found):
                continue
            value = handler(match, scope)
            if value is not None:
                found.append(Mention(match.start(), match.end(), value))
    return found
