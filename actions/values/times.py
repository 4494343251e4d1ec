"""A time of day read from a phrase.

What is said without "de la tarde", "pm" or a 24-hour form is taken for the one reading that falls within
opening hours; where both or neither do, the two are offered as choices. Twelve without more is noon.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from actions.values.clock_rules import Clock, clocks, part_of_day
from actions.values.corrections import Mention, led, settle
from actions.values.day_rules import day_mentions
from actions.values.day_words import SOONEST
from actions.values.named_days import Scope
from actions.values.result import NOTHING_SAID, Context, Read, Result, Unclear
from actions.values.spelling import alone, blank, spell

_VAGUE = re.compile(
    r"\b(?:cuando (?:se )?(?:pueda|puedan|puedas|quieras?|sea|haya|gustes?)"
    r"|(?:a )?cualquier (?:hora|momento|rato)"
    r"|(?:la|el|lo|los) que (?:sea|tengas?|tengan|haya)|temprano|tempranito|mas tarde|ahora"
    r"|ahorita|luego|en un rat(?:o|ito)|al rat(?:o|ito)"
    r"|lo (?:antes|mas) (?:posible|pronto|temprano|tarde)|cuanto antes|me da igual|da igual|a primera hora"
    rf"|a ultima hora|horario|no se|nose|todo el dia|{SOONEST})\b"
)
_SPAN = re.compile(
    r"\b(?:entre (?:las? )?[\d:]+(?: [ap]m)? y (?:las? )?\d|(?:de"
    r"|desde) (?:las? )?[\d:]+(?: [ap]m)? (?:a|hasta)"
    r" (?:las? )?\d|(?:antes|despues|a partir|pasadas?) (?:del? )?(?:las? )?(?:\d|mediodia)"
    r"|desde las? \d|hasta las? \d)"
)
_IN_A_WHILE = re.compile(
    r"\b(?:en|dentro de) (?:(?P<half>media hora)|(?P<count>un|una|\d{1,3}) (?P<unit>horas?|hrs"
    r"|minutos)(?P<more> y media)?)\b"
)
_BARE = re.compile(r"(?P<hour>\d{1,2})(?:\s?[:. ]\s?(?P<minute>\d{2}))?|(?P<dial>[01]\d|2[0-3])(?P<past>[0-5]\d)")


def read_hora(
    text: str,
    ctx: Context,
    *,
    open_from: time | None = None,
    open_to: time | None = None,
    bare: bool = True,
) -> Result[time]:
    """Read the one time of day that a phrase states.

    Args:
        text: what the customer wrote; days in it are left aside.
        ctx: the moment it was written.
        open_from: when the business opens; with `open_to` it decides between 3:00 and 15:00.
        open_to: when the business closes, itself excluded.
        bare: whether a number alone ("3", "15.30") is a time, as in the answer to "¿a qué hora?".

    Returns:
        The time, to the minute, or Unclear: `hora_inexistente`, `hora_ambigua` (its two readings as choices),
        `hora_multiple`, `hora_vaga`, `sin_valor`.
    """
    spelled = spell(text)
    if match := _IN_A_WHILE.search(spelled):
        return _in_a_while(match, ctx.now)
    days = [(m.start, m.end) for m in day_mentions(spelled, Scope(ctx.now))]
    hours = blank(spelled, days)
    if _SPAN.search(hours):
        return Unclear("hora_vaga")
    part = part_of_day(spelled)
    # "a las 3 o 4": the second number is a time as well.
    hours = re.sub(r"(?<=\d) (o|u) (?=\d{1,2}(?![\d/]))", r" \1 a las ", hours)
    hours = led(hours, "a las") if next(clocks(hours), None) else hours
    found = list(clocks(hours)) or (_bare(hours) if bare else [])
    result: Result[time] = settle(
        hours, [Mention(c.start, c.end, choose(c, part, open_from, open_to)) for c in found], "hora_multiple"
    )
    if result == NOTHING_SAID and not found and (part or _VAGUE.search(spelled)):
        return Unclear("hora_vaga")
    return result


def choose(clock: Clock, part: str | None, open_from: time | None, open_to: time | None) -> time | Unclear:
    """The one time that a clock means, given the part of the day said beside it and opening hours."""
    readings = clock.readings(part)
    if isinstance(readings, Unclear):
        return readings
    if len(readings) > 1 and open_from and open_to:
        readings = [moment for moment in readings if open_from <= moment < open_to] or readings
    return readings[0] if len(readings) == 1 else Unclear("hora_ambigua", tuple(readings))


def _bare(hours: str) -> list[Clock]:
    said = alone(hours)
    if said not in hours:
        return []
    match = _BARE.fullmatch(said)
    if not match:
        return []
    if match["dial"]:
        return [Clock(0, len(said), int(match["dial"]), int(match["past"]), full_dial=True)]
    full_dial = bool(match["minute"]) and len(match["hour"]) == 2
    return [Clock(0, len(said), int(match["hour"]), int(match["minute"] or 0), full_dial=full_dial)]


def _in_a_while(match: re.Match[str], now: datetime) -> Result[time]:
    if match["half"]:
        later = timedelta(minutes=30)
    else:
        count = 1 if match["count"].startswith("un") else int(match["count"])
        later = timedelta(minutes=count) if match["unit"] == "minutos" else timedelta(hours=count)
        if match["more"]:
            later += timedelta(minutes=30)
    return Read((now + later).time().replace(second=0, microsecond=0))
