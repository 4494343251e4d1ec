"""What a wish to move something says of its present time, and what of the wanted one.

"La del viernes pásala al martes a las 4" names both; "córrela una hora" names neither, but how far it is to go.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from actions.values.clock_rules import clocks
from actions.values.day_rules import day_mentions
from actions.values.named_days import Scope, day_first
from actions.values.result import Context
from actions.values.spelling import blank, spell

_CANNOT = (
    r"\bno (?:voy a |vamos a |va a |creo )?(?:puedo|podre|podria|podemos|poder|alcanz(?:o|ar)|lleg(?:o|ar)"
    r"|estoy|estare|(?:me|nos) (?:queda|sirve|va|viene|conviene|acomoda|da))\b"
    r"|\bme viene (?:mal|fatal)\b|\bse me complic\w+"
)
_ONWARD = (
    r"\b(?:pas|muev|mov|cambi|corr|recorr|reagend|reprogram|traslad|adelant|atras|retras|aplaz|pospo|posterg|pon"
    r"|dej)\w*"
)
_OF = re.compile(r"(?:\b(?:del?|de (?:el|las?|est[ea])))\s*$")
# "A las 5 del martes", "la tarde del martes", "antes del martes": no appointment's own day.
_OF_ANOTHER = re.compile(
    r"(?:\d|[ap]m|\b(?:misma hora|mismo horario|media|cuarto|mañana|tarde|noche|antes|despues|luego|partir|dentro"
    r"|finales?|principios?|fin))"
    r" (?:del?|de (?:el|las?|est[ea]))\s*$"
)
_INSTEAD = re.compile(
    r"\b(?:en (?:vez|lugar) del?|(?:y|,) no|pero no)(?: (?:para|por|a|de))?(?: (?:el|las?|al|del))?\s*$"
)
_HAD = re.compile(
    r"\b(?:tengo|tenia|tenemos|agende|agendad[oa]|agendamos|reserve|reservad[oa]|saque|aparte|cogi|he cogido|tome|pedi"
    r"|me (?:dieron|agendaron|toco|toca|pusieron|anotaron)|quede|quedamos)\b"
    rf"(?!.*{_ONWARD})(?!.*\b(?:quiero|necesito|prefiero|mejor)\b)[^,;.]*$"
)
_REFUSED_BEFORE = re.compile(rf"(?:{_CANNOT})(?!.*{_ONWARD})[^,;.]*$")
_REFUSED_AFTER = re.compile(rf"^[^,;.]{{0,25}}?(?:{_CANNOT})")
_BESIDE = re.compile(r"^\s*(?:,?\s*(?:a|de|como a|tipo|por|en)?\s*(?:el|las?)?)\s*$")

_COUNT = r"(?P<count>un|una|media|medio|\d{1,3})"
_LATER_VERB = re.compile(r"\b(?:corr|recorr|corre|atras|retras|pospo|pospongan|posterg|aplaz|pate)\w*")
_EARLIER_VERB = re.compile(r"\badelant\w*")
_SHIFT = re.compile(
    rf"(?<![\w/:.-])(?:unos? |otra )?{_COUNT} ?(?P<unit>hor(?:a|as|ita|itas)|minut(?:o|os|ito|itos)|dias?|semanas?)\b"
    r"(?P<more> y media)?(?: (?P<side>mas tarde|despues|luego|mas adelante|antes|mas temprano)(?! del?\b))?"
)
_NEXT_DAY = re.compile(r"\b(?:al|el) dia (?:siguiente|despues)\b")
_NOT_A_SHIFT = re.compile(r"\b(?:en|dentro de|hace|dura|duracion de|con)(?: unos?)?\s*$")
_UNITS = {"hor": timedelta(hours=1), "min": timedelta(minutes=1), "dia": timedelta(days=1), "sem": timedelta(days=7)}


@dataclass(frozen=True)
class Move:
    """The words about the present time and those about the wanted one.

    Attributes:
        present_day, present_hour: the words that name when it is now; empty where none do.
        wanted: the spelled message without them.
        shift: how far it is to be moved from where it is, where that is said instead of a time.
    """

    present_day: str
    present_hour: str
    wanted: str
    shift: timedelta | None


@dataclass(frozen=True)
class _Span:
    start: int
    end: int
    is_day: bool


def part_move(text: str, ctx: Context, *, naming: bool = False) -> Move:
    """Part a message's words about the present time of what is to be moved from those about the wanted time.

    Args:
        text: what the customer wrote.
        ctx: the moment it was written.
        naming: whether it answers which one is meant: a lone day or hour is then the present one.
    """
    spelled = day_first(spell(text), ctx.country)
    spans = _spans(spelled, ctx)
    present = spans if naming and len({s.is_day for s in spans}) == len(spans) else _present(spelled, spans)
    wanted = blank(spelled, [(span.start, span.end) for span in present])
    shift, place = _shift(wanted)
    return Move(
        next((spelled[s.start : s.end] for s in present if s.is_day), ""),
        next((spelled[s.start : s.end] for s in present if not s.is_day), ""),
        blank(wanted, [place]) if place else wanted,
        shift,
    )


def _spans(spelled: str, ctx: Context) -> list[_Span]:
    days = [_Span(mention.start, mention.end, True) for mention in day_mentions(spelled, Scope(ctx.now))]
    hours = [_Span(c.start, c.end, False) for c in clocks(blank(spelled, [(d.start, d.end) for d in days]))]
    return sorted(days + hours, key=lambda span: span.start)


def _present(spelled: str, spans: Sequence[_Span]) -> list[_Span]:
    present: list[_Span] = []
    for index, span in enumerate(spans):
        last = spans[index - 1] if index else None
        following = spans[index + 1 :]
        before = spelled[: span.start] + _lead(spelled, span)
        after = spelled[span.end : following[0].start if following else None]
        if last in present and last.is_day != span.is_day and _BESIDE.match(spelled[last.end : span.start]):
            # "La del lunes a las 5": of the appointment, if the wanted time is said as well.
            if not span.is_day and not following:
                continue
            present.append(span)
        elif _is_present(before, after, since=spelled[last.end if last else 0 : span.start], alone=len(spans) == 1):
            present.append(span)
    return present


def _lead(spelled: str, span: _Span) -> str:
    """The little words that the reader of hours takes for a part of the hour ("de las 5")."""
    match = re.match(r"(?:(?:a|de|para|por|desde|hasta) )?(?:las? )", spelled[span.start : span.end])
    return match.group() if match and not span.is_day else ""


def _is_present(before: str, after: str, *, since: str, alone: bool) -> bool:
    if _INSTEAD.search(before) and not (alone and re.search(r"\bno(?: \w+)?\s*$", before)):
        return True
    if _OF.search(before):
        return not _OF_ANOTHER.search(before)
    return bool(_HAD.search(since) or _REFUSED_BEFORE.search(since) or _REFUSED_AFTER.search(after))


def _shift(wanted: str) -> tuple[timedelta | None, tuple[int, int] | None]:
    if match := _NEXT_DAY.search(wanted):
        return timedelta(days=1), match.span()
    for match in _SHIFT.finditer(wanted):
        if _NOT_A_SHIFT.search(wanted[: match.start()]):
            continue
        earlier = match["side"] in ("antes", "mas temprano") or bool(_EARLIER_VERB.search(wanted))
        if not match["side"] and not earlier and not _LATER_VERB.search(wanted):
            continue
        unit = _UNITS[match["unit"][:3]]
        count = {"un": 1.0, "una": 1.0, "media": 0.5, "medio": 0.5}.get(match["count"])
        length = unit * (float(match["count"]) if count is None else count) + (
            unit / 2 if match["more"] else timedelta()
        )
        return (-length if earlier else length), match.span()
    return None, None
