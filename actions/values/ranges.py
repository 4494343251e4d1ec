"""A stretch of days, and the hours within them, read from a phrase.

A single day is a range of one; days that follow each other ("lunes y martes") are one range. What lies ahead
starts today at the earliest. A range left open ahead ("desde el lunes") takes two weeks; behind, it ends
today.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from actions.values import almanac
from actions.values.clock_rules import part_of_day
from actions.values.corrections import MOVED, Mention, settle
from actions.values.day_rules import day_mentions
from actions.values.hour_spans import hours_said
from actions.values.named_days import Scope
from actions.values.period_rules import Span, period_said
from actions.values.result import NOTHING_SAID, Context, DateRange, Read, Result, Unclear
from actions.values.spelling import blank, spell

OPEN_RANGE = timedelta(days=13)

_JOINED = re.compile(r"^\s*(?:al?|hasta|-)(?: (?:el|la|dia))*\s*$")
_JOINED_AFTER_BETWEEN = re.compile(r"^\s*(?:y|al?|e)(?: (?:el|la|dia))*\s*$")
_BETWEEN = re.compile(r"\bentre(?: el| la)?\s*$")
_FROM = re.compile(r"\b(?:desde|a partir|despues|posterior(?:es)?)(?: (?:del?|el|la|a|al))*\s*$")
_ONWARDS = re.compile(r"\ben adelante\b")
_UNTIL = re.compile(r"\b(?:hasta|antes|de aqui(?: al?)?)(?: (?:del?|el|la))*\s*$")
_WEEK_OF = re.compile(r"\bsemana(?: (?:del?|el))*\s*$")


def read_rango(
    text: str,
    ctx: Context,
    *,
    past_allowed: bool = False,
    open_from: time | None = None,
    open_to: time | None = None,
) -> Result[DateRange]:
    """Read the days, and the part of the day or hours, that a phrase speaks of.

    Args:
        text: what the customer wrote.
        ctx: the moment it was written.
        past_allowed: whether passed days count, as in a history; periods without a direction then lie behind.
        open_from: when the business opens; decides, with `open_to`, whether "después de las 5" is 17:00.
        open_to: when the business closes.

    Returns:
        The range, or Unclear with the reasons of `read_fecha` and `read_hora`, or `sin_valor`.
    """
    spelled = spell(text)
    scope = Scope(ctx.now, past_allowed)
    mentions = sorted(day_mentions(spelled, scope), key=lambda mention: mention.start)
    spans = [(mention.start, mention.end) for mention in mentions]
    days = _days(spelled, mentions, scope)
    if isinstance(days, Unclear):
        return days
    start, end = days.value
    if past_allowed and start > ctx.today:
        return Unclear("fecha_futura")
    if not past_allowed:
        if end < ctx.today:
            return Unclear("fecha_pasada")
        start = max(start, ctx.today)
    hours = hours_said(blank(spelled, spans), open_from, open_to)
    if isinstance(hours, Unclear):
        return hours
    return Read(DateRange(start, end, None if any(hours) else part_of_day(spelled), *hours))


def _days(text: str, mentions: list[Mention[date]], scope: Scope) -> Result[Span]:
    pair = _pair(text, mentions, scope)
    if pair is not None:
        return pair
    spans = [(mention.start, mention.end) for mention in mentions]
    period = period_said(blank(text, spans), scope)
    if not mentions:
        if period is None:
            return NOTHING_SAID
        return period if isinstance(period, Unclear) else Read(period)
    day: Result[date] = settle(text, mentions, "fecha_multiple")
    if isinstance(day, Unclear):
        return _in_a_row(day)
    return _around(text, mentions, day.value, scope)


def _pair(text: str, mentions: list[Mention[date]], scope: Scope) -> Result[Span] | None:
    """The range between two days joined as its ends, or None where there are no such two."""
    if len(mentions) != 2:
        return None
    first, last = mentions
    before, between = text[: first.start], text[first.end : last.start]
    last_word = text[last.start : last.end]
    joined = _JOINED.match(between) or (not between.strip() and last_word.startswith("al "))
    if not joined and not (_BETWEEN.search(before) and _JOINED_AFTER_BETWEEN.match(between)):
        return None
    if MOVED.search(before):
        return None
    start, end_day = first.value, last.value
    if isinstance(start, Unclear):
        return start
    if isinstance(end_day, Unclear):
        return end_day
    month = re.fullmatch(r"(?:del? |desde )?(?:el )?(?:dia )?(\d{1,2})", text[first.start : first.end])
    if month and last_word.count(" ") and re.search(r"[a-z]{3}|/", last_word.removeprefix("al ")):
        # "del 3 al 7 de enero": the first day takes its month from the last.
        start = _same_month(int(month[1]), end_day)
        if isinstance(start, Unclear):
            return start
        if start < scope.today and not scope.past and start.month != end_day.month:
            return Unclear("rango_invertido", (end_day,))
    if end_day < start:
        again = day_mentions(last_word, Scope(datetime.combine(start, time(), scope.now.tzinfo)))
        end_day = again[0].value if again and isinstance(again[0].value, date) else end_day
    return Read((start, end_day)) if start <= end_day else Unclear("rango_invertido", (start, end_day))


def _same_month(day: int, end: date) -> date | Unclear:
    if day <= end.day:
        return almanac.exact(end.year, end.month, day)
    previous = almanac.add_months(end.replace(day=1), -1)
    return almanac.exact(previous.year, previous.month, day)


def _in_a_row(several: Unclear) -> Result[Span]:
    days = sorted(day for day in several.choices if isinstance(day, date))
    if len(days) > 1 and all(b - a == timedelta(days=1) for a, b in pairwise(days)):
        return Read((days[0], days[-1]))
    return several


def _around(text: str, mentions: list[Mention[date]], day: date, scope: Scope) -> Result[Span]:
    """The day itself, or what "desde", "hasta" and "la semana de" make of it."""
    start = next(mention.start for mention in mentions if mention.value == day)
    before = text[:start] + (" desde" if text[start:].startswith("desde") else "")
    if _WEEK_OF.search(before):
        monday = almanac.monday_of(day)
        return Read((monday, monday + timedelta(days=6)))
    if _FROM.search(before) or _ONWARDS.search(text):
        if re.search(r"\b(?:despues|posterior)", before):
            day += timedelta(days=1)
        if scope.past and day <= scope.today:
            return Read((day, scope.today))
        return Read((day, day + OPEN_RANGE))
    if _UNTIL.search(before):
        last = day - timedelta(days=1) if re.search(r"\bantes\b", before) else day
        return Unclear("fecha_vaga") if scope.past else Read((scope.today, last))
    return Read((day, day))
