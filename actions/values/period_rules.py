"""The ways in which Spanish names a period longer than a day, as a table of patterns over spelled text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from actions.values import almanac
from actions.values.day_words import NEXT_MONTH, NEXT_WEEK, ORDINALS, THIS_MONTH
from actions.values.named_days import Scope
from actions.values.result import Unclear
from actions.values.spelling import MONTHS

SATURDAY = 5

Span = tuple[date, date]
_Handler = Callable[[re.Match[str], Scope], Span | Unclear]

_MONTH = "(?P<month>" + "|".join((*MONTHS, "setiembre")) + ")"
_WHOSE = (
    rf"(?:(?:de )?{_MONTH}(?: (?:de|del) (?P<year>\d{{4}}))?|(?P<other>(?:del? )?{NEXT_MONTH})"
    rf"|{THIS_MONTH}|del? mes)"
)


def _week(monday: date) -> Span:
    return monday, monday + timedelta(days=6)


def _first_of_month(match: re.Match[str], scope: Scope) -> date:
    if match["month"]:
        number = almanac.MONTH_NUMBERS[match["month"]]
        if match["year"]:
            return date(int(match["year"]), number, 1)
        return almanac.month_from(number, scope.today, past=scope.past)
    first = scope.today.replace(day=1)
    return almanac.add_months(first, 1) if match["other"] else first


def _this_week(match: re.Match[str], scope: Scope) -> Span:
    return _week(almanac.monday_of(scope.today))


def _next_week(match: re.Match[str], scope: Scope) -> Span:
    return _week(almanac.monday_of(scope.today) + timedelta(days=7))


def _last_week(match: re.Match[str], scope: Scope) -> Span:
    return _week(almanac.monday_of(scope.today) - timedelta(days=7))


def _weekend(match: re.Match[str], scope: Scope) -> Span:
    saturday = almanac.monday_of(scope.today) + timedelta(days=5)
    if match["gone"]:
        saturday -= timedelta(days=7)
    elif match["next"] and scope.today >= saturday:
        saturday += timedelta(days=7)
    return saturday, saturday + timedelta(days=1)


def _week_of_month(match: re.Match[str], scope: Scope) -> Span:
    first, ordinal = _first_of_month(match, scope), ORDINALS[match["nth"]]
    if ordinal == -1:
        return almanac.month_end(first) - timedelta(days=6), almanac.month_end(first)
    return first + timedelta(days=7 * ordinal - 7), min(
        first + timedelta(days=7 * ordinal - 1), almanac.month_end(first)
    )


def _third_of_month(match: re.Match[str], scope: Scope) -> Span:
    first = _first_of_month(match, scope)
    if match["third"].startswith("mediad"):
        return first.replace(day=11), first.replace(day=20)
    if match["third"].startswith("fin"):
        return first.replace(day=21), almanac.month_end(first)
    return first, first.replace(day=10)


def _weekend_of_month(match: re.Match[str], scope: Scope) -> Span | Unclear:
    saturday = almanac.nth_weekday(ORDINALS[match["nth"]], SATURDAY, _first_of_month(match, scope))
    return saturday if isinstance(saturday, Unclear) else (saturday, saturday + timedelta(days=1))


def _half_of_month(match: re.Match[str], scope: Scope) -> Span | Unclear:
    first, ordinal = _first_of_month(match, scope), ORDINALS[match["nth"]]
    if ordinal not in (1, 2, -1):
        return Unclear("fecha_inexistente")
    return (first, first.replace(day=15)) if ordinal == 1 else (first.replace(day=16), almanac.month_end(first))


def _so_far(match: re.Match[str], scope: Scope) -> Span:
    if match["unit"] == "semana":
        return almanac.monday_of(scope.today), scope.today
    return scope.today.replace(day=1, month=1 if match["unit"] == "año" else scope.today.month), scope.today


def _month_of_last_year(match: re.Match[str], scope: Scope) -> Span:
    first = date(scope.today.year - 1, almanac.MONTH_NUMBERS[match["month"]], 1)
    return first, almanac.month_end(first)


def _month(match: re.Match[str], scope: Scope) -> Span:
    first = _first_of_month(match, scope)
    return first, almanac.month_end(first)


def _months(match: re.Match[str], scope: Scope) -> Span:
    last = almanac.month_from(almanac.MONTH_NUMBERS[match["until"]], scope.today, past=scope.past)
    first = almanac.month_from(almanac.MONTH_NUMBERS[match["month"]], scope.today, past=scope.past)
    if first > last:
        first, last = (almanac.add_months(first, -12), last) if scope.past else (first, almanac.add_months(last, 12))
    return first, almanac.month_end(last)


def _last_month(match: re.Match[str], scope: Scope) -> Span:
    first = almanac.add_months(scope.today.replace(day=1), -1)
    return first, almanac.month_end(first)


def _year(match: re.Match[str], scope: Scope) -> Span:
    said = match.groupdict()
    year = int(said["year"]) if said.get("year") else scope.today.year - (1 if said.get("gone") else 0)
    return date(year, 1, 1), date(year, 12, 31)


def _count(match: re.Match[str]) -> int:
    said = match["count"]
    return 1 if said in (None, "un", "una") else int(said)


def _units(start: date, count: int, unit: str) -> date:
    if unit.startswith("año"):
        return almanac.add_months(start, 12 * count)
    if unit.startswith("mes"):
        return almanac.add_months(start, count)
    return start + timedelta(days=count * (7 if unit.startswith("semana") else 1))


def _coming(match: re.Match[str], scope: Scope) -> Span | Unclear:
    count = _count(match)
    return Unclear("fecha_lejana") if count > 99 else (scope.today, _units(scope.today, count, match["unit"]))


def _latest(match: re.Match[str], scope: Scope) -> Span | Unclear:
    count = _count(match)
    if count > 99:
        return Unclear("fecha_lejana")
    return _units(scope.today, -count, match["unit"]), scope.today


_NTH = "(?P<nth>" + "|".join(sorted(ORDINALS, key=len, reverse=True)) + ")"
_COUNT = r"(?:(?P<count>un|una|\d{1,4}) )?"
_UNIT = r"(?P<unit>dias?|semanas?|mes(?:es)?|años?)"
_RULES: tuple[tuple[re.Pattern[str], _Handler], ...] = tuple(
    (re.compile(rf"(?<!\w)(?:{pattern})(?!\w)"), handler)
    for pattern, handler in (
        (r"(?:en )?lo que va (?:del? )?(?:este )?(?P<unit>mes|año|semana)", _so_far),
        (rf"{_NTH} semana {_WHOSE}", _week_of_month),
        (rf"{_NTH} (?:finde|fin de semana) {_WHOSE}", _weekend_of_month),
        (rf"(?:la )?{_NTH} quincena (?:{_WHOSE})?", _half_of_month),
        (rf"(?:a )?(?P<third>principios?|inicios?|mediados?|fin|fines|finales) {_WHOSE}", _third_of_month),
        (
            r"(?:(?:este|el|los|un) )?(?P<next>proximo |siguiente )?finde"
            r"(?P<gone> pasado)?(?: que viene| proximo| siguiente)?",
            _weekend,
        ),
        (r"(?:la )?semana pasada|la pasada semana", _last_week),
        (rf"(?:los |las )?ultim[oa]s? {_COUNT}{_UNIT}", _latest),
        (rf"(?:los |las )?(?:proxim[oa]s|siguientes) {_COUNT}{_UNIT}", _coming),
        (NEXT_WEEK, _next_week),
        (r"(?:en |durante )?(?:esta|toda la|el resto de la|lo que queda de) semana", _this_week),
        (r"(?:el )?(?:mes pasado|pasado mes)", _last_month),
        (rf"(?:entre|de|desde) {_MONTH} (?:y|a|hasta) {_MONTH.replace('month', 'until')}", _months),
        (rf"(?:en |todo )?(?:el mes de )?{_MONTH} (?:del? )?(?P<gone>año pasado|pasado año)", _month_of_last_year),
        (rf"(?:en |todo )?(?:el mes de )?{_WHOSE}", _month),
        (
            r"este año|(?:el )?(?P<gone>año pasado|pasado año)|(?:el |en "
            r"|del? )?(?:año )?(?P<year>20[0-4]\d)",
            _year,
        ),
    )
)


def period_said(text: str, scope: Scope) -> Span | Unclear | None:
    """Answer the first period that a spelled text, days blanked out, names, or None."""
    for pattern, handler in _RULES:
        if match := pattern.search(text):
            return handler(match, scope)
    return None
