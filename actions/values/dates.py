"""One day read from a phrase.

A weekday's name is the next such day, never today ("hoy lunes" is today); "este lunes", said on a Monday,
and "el otro lunes" are asked about. A day without month is the next such; one without year is this year's,
or next year's when this year's is more than three months gone. Numbers are day first. What the calendar
lacks is refused, never moved.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from actions.values import almanac
from actions.values.corrections import MOVED, settle
from actions.values.day_rules import day_mentions
from actions.values.day_words import NEXT_MONTH, NEXT_WEEK, SOONEST
from actions.values.named_days import Scope, day_first
from actions.values.native_duckling import days_said
from actions.values.result import NOTHING_SAID, Context, Read, Result, Unclear
from actions.values.spelling import MONTHS, WEEKDAYS, alone, blank, spell

_OLDEST_AGE = 120
_MONTH_WORDS = "|".join(MONTHS)
_VAGUE = re.compile(
    rf"\b(?:cuando (?:se )?(?:pueda|puedan|puedas|quieras?|quieran|sea|haya|tengas?|tengan"
    rf"|gustes?|digas?|usted)"
    r"|(?:cualquier|algun|un|otro) (?:otro )?(?:dia|momento|fecha|rato)|(?:el|la|lo"
    r"|los) que (?:sea|tengas?|tengan|haya)"
    r"|lo (?:antes|mas) (?:posible|pronto|rapido|cercano)|cuanto antes|pronto|mas adelante|despues|luego"
    r"|(?:me )?da igual|en estos dias|unos dias|entre semana|(?:fin|fines|finales|principios?"
    r"|inicios?|mediados)"
    r" (?:de|del) |quincena|semana|al rato|media hora|este finde|el finde|finde|esta semana|este mes|este año"
    r"|proximos dias|ahora|ahorita|urgente"
    rf"|todos los dias|lo que (?:sea|haya)|nose|no se|(?:en|para|por) (?:{_MONTH_WORDS})\b"
    rf"|{NEXT_WEEK}|{NEXT_MONTH}|{SOONEST})"
)
_BESIDE = re.compile(
    r"^\W*(?:para )?(?:(?:el|(?P<count>un|[1-9])) )?dias? (?P<side>antes|despues) del? (?:el |la )?(?P<day>.+)$"
)
_SPAN = re.compile(r"^\s*(?:al?|hasta|y|-)(?: (?:el|la))?\s*$")
_SPAN_OPENING = re.compile(r"\b(?:del?|desde|entre|hasta|a partir|antes|despues|posterior)(?: del?)?(?: el)?\s*$")
_UNBOUNDED = re.compile(
    r"\b(?:hasta|antes|despues|desde|a partir|cualquier|todos|algun|cada|posterior)(?: (?:del?|el|los|la|al?))*\s*$"
)
_THE_OTHER = re.compile(
    r"\b(?:no|sino)\b(?:(?! (?:puedo|quiero|se)\b)[^.;!?])*\b(?:el|al) (?:otro|siguiente|que sigue|de despues)"
    r"(?=$|[,.;!?]| (?:a las?|por la|en la|si|mejor|porfa))"
    rf"|\bno (?:el |para el |este |el proximo )?({'|'.join(WEEKDAYS)})\b[^.;!?]*\b\1 (?:siguiente|que sigue)\b"
    r"|\b\d{1,2} (?:del?|en el) (?:proximo año|año (?:proximo|que viene|siguiente))\b(?! en )"
)
# Words that may stand around a date that only Duckling knows without changing which day it is.
_AROUND = re.compile(
    r"\b(?:el|la|para|por|favor|quiero|quisiera|puede|ser|seria|es|una?|cita|agendar|reservar"
    r"|porfa|hola|gracias|dia"
    r"|que|sea|mejor|entonces|bueno|si|ok|me|gustaria|en|de|este|esta)\b|[\s,.;:!?]+"
)


def read_fecha(text: str, ctx: Context, *, past_allowed: bool = False, bare: bool = True) -> Result[date]:
    """Read the one day that a phrase names, from today on.

    Args:
        text: what the customer wrote.
        ctx: the moment it was written.
        past_allowed: whether passed days count too, as in a history; days without a direction then lie
            behind.
        bare: whether a number alone ("24") is a day of the month, as in the answer to "¿qué día?".

    Returns:
        The day, or Unclear: `fecha_inexistente`, `fecha_pasada`, `fecha_vaga`, `fecha_contradictoria`
        (weekday and number disagree), `fecha_multiple` (both with the days as choices), `fecha_lejana`,
        `sin_valor`.
    """
    spelled = day_first(spell(text), ctx.country)
    if shift := _BESIDE.match(spelled):
        return _beside(shift, ctx, past_allowed=past_allowed)
    scope = Scope(ctx.now, past_allowed, ctx.spoken_of)
    mentions = day_mentions(spelled, scope)
    if mentions and _UNBOUNDED.search(spelled[: min(mention.start for mention in mentions)]):
        return Unclear("fecha_vaga")
    if len(mentions) > 1 and _is_span(spelled, sorted((m.start, m.end) for m in mentions)):
        return Unclear("fecha_vaga")
    if mentions and _THE_OTHER.search(spelled):
        # "No el martes que viene sino el siguiente": that one is counted from which?
        return Unclear("fecha_vaga")
    result: Result[date] = settle(spelled, mentions, "fecha_multiple")
    if result == NOTHING_SAID and not mentions:
        result = _unnamed(spelled, scope, bare)
    return result if past_allowed else _not_past(result, ctx.today)


def _beside(match: re.Match[str], ctx: Context, *, past_allowed: bool) -> Result[date]:
    """Read "un día antes de Navidad" and its like."""
    day = read_fecha(match["day"], ctx, past_allowed=past_allowed, bare=False)
    if isinstance(day, Unclear):
        return day
    count = 1 if match["count"] in (None, "un", "el") else int(match["count"])
    moved = day.value + timedelta(days=count if match["side"] == "despues" else -count)
    return Read(moved) if past_allowed else _not_past(Read(moved), ctx.today)


def _is_span(text: str, spans: list[tuple[int, int]]) -> bool:
    (start, first_end), (second_start, _) = spans[:2]
    if MOVED.search(text[:start]):
        return False
    if re.search(r"\b(?:antes|despues)\b", text[first_end:second_start]):
        return True
    if not _SPAN.match(text[first_end:second_start]):
        return bool(re.match(r"del? ", text[start:]) and text[second_start:].startswith("al "))
    return bool(_SPAN_OPENING.search(text[:start]) or re.match(r"(?:del?|desde) ", text[start:]))


def _unnamed(spelled: str, scope: Scope, bare: bool) -> Result[date]:
    number = alone(spelled)
    if bare and re.fullmatch(r"\d{1,3}", number) and not re.search(r"\blas? \d", spelled):
        found = scope.day_of_month(int(number))
        return found if isinstance(found, Unclear) else Read(found)
    if _VAGUE.search(spelled):
        return Unclear("fecha_vaga")
    return _by_duckling(spelled, scope)


def _by_duckling(spelled: str, scope: Scope) -> Result[date]:
    """Take Duckling's reading only where it is the sole one and leaves no word of the phrase unexplained."""
    said = days_said(spelled, scope.now)
    if len(said) != 1 or _AROUND.sub("", blank(spelled, [(said[0].start, said[0].end)])):
        return NOTHING_SAID
    return Read(said[0].day)


def _not_past(result: Result[date], today: date) -> Result[date]:
    if isinstance(result, Read):
        return Unclear("fecha_pasada") if result.value < today else result
    ahead = tuple(day for day in result.choices if isinstance(day, date) and day >= today)
    return Unclear(result.reason, ahead) if result.choices else result


_BIRTH_NUMERIC = re.compile(
    r"(?<![\w/.-])(\d{1,2})(?:\s?[-/. ]\s?| del? )(\d{1,2})(?:\s?[-/. ]\s?| del? )(\d{4}|\d{2})(?![\w/-])"
)
_BIRTH_MONTH_FIRST = re.compile(
    r"(?<!\w)(?P<month>[a-z]+)\.? (?P<day>\d{1,2})(?:,| de| del)? (?P<year>\d{4}|\d{2})(?!\d)"
)
_BIRTH_ISO = re.compile(r"(?<![\w/.-])(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?![\w/-])")
_BIRTH_COMPACT = re.compile(r"(?<![\w/.-])(\d{2})(\d{2})(\d{4})(?![\w/-])")
_BIRTH_WORDS = re.compile(
    r"(?<!\w)(?P<day>\d{1,2}|primero)\s*(?:de |del |-"
    r"|/)?\s*(?:mes de )?(?P<month>[a-z]+)\.?,?\s*(?:de |del |-|/)?"
    r"\s*(?:(?:y )?(?:soy|naci) (?:de|en)l? )?(?:el )?(?:año )?'?(?P<year>\d{4}|\d{2})(?!\d)"
)


def read_fecha_nacimiento(text: str, ctx: Context) -> Result[date]:
    """Read a birth date, day first and with its year: past, and of someone at most 120 years old.

    Returns:
        The day, or Unclear: `fecha_incompleta` (no year), `fecha_inexistente` (with the day meant where
        month and day are swapped), `fecha_futura`, `edad_improbable`, `sin_valor`.
    """
    spelled = day_first(spell(text), ctx.country)
    if match := _BIRTH_ISO.search(spelled):
        return _born(int(match[1]), int(match[2]), int(match[3]), ctx.today)
    if match := _BIRTH_NUMERIC.search(spelled) or _BIRTH_COMPACT.search(spelled):
        return _born(int(match[3]), int(match[2]), int(match[1]), ctx.today)
    for match in (*_BIRTH_WORDS.finditer(spelled), *_BIRTH_MONTH_FIRST.finditer(spelled)):
        if month := almanac.MONTH_NUMBERS.get(match["month"]):
            day = 1 if match["day"] == "primero" else int(match["day"])
            return _born(int(match["year"]), month, day, ctx.today)
    if day_mentions(spelled, Scope(ctx.now, past=True)) or re.search(r"\b\d+ años\b|^\D*(?:19|20)\d\d\D*$", spelled):
        return Unclear("fecha_incompleta")
    return NOTHING_SAID


def _born(year: int, month: int, day: int, today: date) -> Result[date]:
    if year < 100:
        year += 2000 if year <= today.year % 100 else 1900
    found = almanac.exact(year, month, day)
    if isinstance(found, Unclear):
        swapped = almanac.exact(year, day, month)
        return found if isinstance(swapped, Unclear) else Unclear(found.reason, (swapped,))
    if found > today:
        return Unclear("fecha_futura")
    return Unclear("edad_improbable") if today.year - found.year > _OLDEST_AGE else Read(found)
