"""The ways in which Spanish names one day: a table of patterns over spelled text, most telling first."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from actions.values import named_days
from actions.values.corrections import Mention
from actions.values.day_words import (
    DAY,
    HOLIDAYS,
    LEFT,
    MONTH,
    NEXT,
    NEXT_MONTH,
    NEXT_WEEK,
    ORDINAL,
    RIGHT,
    SOONEST,
    THIS,
    THIS_MONTH,
    WEEK_AFTER_NEXT,
    YEAR,
)
from actions.values.named_days import Found, Scope

Rule = tuple[re.Pattern[str], Callable[[re.Match[str], Scope], Found]]


def _rule(pattern: str, handler: Callable[[re.Match[str], Scope], Found]) -> Rule:
    return re.compile(LEFT + pattern + RIGHT), handler


_SOME = r"(?P<count>un|una|par de|\d{1,4})"
_NOT_A_DAY = (
    r"(?! ?(?:%|por ciento|am|pm|hrs|horas?|minutos|personas?|pesos|dolares|euros|usd|mxn|soles|mil|opcion"
    r"|y media|y cuarto|de la (?:mañana|tarde|noche|madrugada)|en punto|a \d+ (?:am|pm|de la)))"
)
# Days of Holy Week and carnival move with the year and are not the next such weekday.
_NOT_EASTER = r"(?! (?:santo|de (?:carnaval|pascua|resurreccion|ramos|ceniza|gloria)))"
RULES: tuple[Rule, ...] = (
    _rule(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})", named_days.iso),
    _rule(
        rf"(?:(?P<name>{DAY}),? )?(?:el )?(?P<day>\d{{1,2}})(?P<sep>[-/.])(?P<month>\d{{1,2}})(?P=sep)"
        r"(?P<year>\d{4}|\d{2})",
        named_days.numeric,
    ),
    _rule(rf"(?:(?P<name>{DAY}),? )?(?:el )?(?P<day>\d{{1,2}})(?:/(?P<month>\d{{1,2}}))", named_days.numeric),
    _rule(r"(?P<day>\d{2})-(?P<month>\d{2})" + _NOT_A_DAY, named_days.numeric),
    _rule(
        rf"(?:(?P<name>{DAY}),? )?(?:el )?(?:dia )?(?P<day>\d{{1,2}}|primero)\s*(?:de |del |d |-|/)?\s*"
        rf"(?:mes de )?(?P<month>{MONTH})-?{YEAR}?",
        named_days.day_of_named_month,
    ),
    _rule(
        rf"(?:(?P<name>{DAY}),? )?(?!mar \d)(?P<month>{MONTH}) (?:el )?(?:dia"
        rf" )?(?P<day>\d{{1,2}})(?!\d){_NOT_A_DAY}"
        r"(?:(?:,| de| del) ?(?P<year>\d{4}))?",
        named_days.day_of_named_month,
    ),
    _rule(
        rf"(?:el )?(?:dia )?(?P<day>\d{{1,2}}) (?P<which>(?:del? )?(?:{THIS_MONTH}|{NEXT_MONTH}))",
        named_days.day_of_relative_month,
    ),
    _rule(
        rf"(?:el )?{ORDINAL} (?P<name>{DAY}) (?:del? )(?:(?P<month>{MONTH})|(?P<other>{NEXT_MONTH})"
        rf"|{THIS_MONTH}|mes)",
        named_days.nth_weekday,
    ),
    _rule(rf"(?:el )?(?!ultimo){ORDINAL} {DAY}", named_days.nth_of_no_month),
    _rule(
        rf"(?:el )?ultimo dia (?:del? )(?:(?P<other>{NEXT_MONTH})|(?P<month>{MONTH})|{THIS_MONTH}|mes|(?P<year>año))",
        named_days.last_day,
    ),
    _rule(
        rf"(?:el )?(?P<name>{DAY}),? (?:de )?(?:en|dentro de) (?P<count>un|una|\d) semanas?",
        named_days.weekday_after_weeks,
    ),
    _rule(
        rf"(?:en|dentro de) (?P<count>un|una|\d) semanas?,? (?:el )?(?:dia )?(?P<name>{DAY})",
        named_days.weekday_after_weeks,
    ),
    _rule(
        rf"(?:de )?(?:el )?(?:(?P<name>{DAY})|(?P<start>hoy|mañana)) en (?P<count>8|15)(?: dias)?", named_days.in_eight
    ),
    _rule(
        rf"(?:de |a partir de )?(?:(?P<start>hoy|mañana) )?(?:en|dentro de) (?:unos |un )?{_SOME} "
        r"(?P<unit>dias?|semanas?|mes(?:es)?|horas?|hrs|minutos)",
        named_days.after_amount,
    ),
    _rule(rf"hace (?:un )?{_SOME} (?P<unit>dias?|semanas?|mes(?:es)?)(?: atras)?", named_days.ago),
    _rule(
        rf"(?:el )?(?P<name>{DAY}),? (?P<week>(?:(?:de|en) )?(?:{WEEK_AFTER_NEXT}|{NEXT_WEEK}|esta semana"
        r"|la semana pasada))",
        named_days.weekday_of_week,
    ),
    _rule(
        rf"(?P<week>(?:(?:de|en) )?(?:{WEEK_AFTER_NEXT}|{NEXT_WEEK}|esta semana"
        rf"|la semana pasada)),? (?:el )?(?:dia )?(?P<name>{DAY})",
        named_days.weekday_of_week,
    ),
    _rule(
        rf"(?P<word>pasado mañana|esta (?:mañana|tarde|noche)|(?<!la )mañana|hoy|antes de ayer"
        rf"|anteayer|antier|ayer)"
        rf"(?: mismo)?(?:(?:,| que es)? (?:(?:el )?(?:dia )?)(?P<name>{DAY})(?! (?:de|que|proximo"
        rf"|no)\b| \d))?",
        named_days.relative,
    ),
    _rule(r"mar\.? (?P<day>\d{1,2})", named_days.mar_and_number),
    _rule(rf"(?P<name>{DAY}),? (?:el )?(?:dia )?(?P<day>\d{{1,2}}){_NOT_A_DAY}", named_days.weekday_and_number),
    _rule(
        rf"{THIS}(?P<next>proximo |siguiente )?(?P<other>otro )?(?P<last>pasado |ultimo )?(?P<name>{DAY})"
        rf"(?P<gone> pasado(?! mañana))?(?: {NEXT})?(?: que sigue)?{_NOT_EASTER}",
        named_days.weekday,
    ),
    _rule(rf"(?:el )?(?:dia de )?(?P<name>{'|'.join(HOLIDAYS)})", named_days.holiday),
    _rule(rf"(?:el dia|el|al|del|dia) (?!{SOONEST}\b)(?P<day>\d{{1,3}}){_NOT_A_DAY}", named_days.day_alone),
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
