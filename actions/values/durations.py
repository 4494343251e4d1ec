"""A length of time read from a phrase."""

from __future__ import annotations

import re

from actions.values.corrections import Mention, settle
from actions.values.result import Read, Result, Unclear
from actions.values.spelling import alone, spell

LONGEST_MINUTES = 24 * 60

_HOURS = re.compile(
    r"(?<![\w$#@/.,:-])(?P<hours>un|una|\d{1,3})(?P<part>[.,]5|:[0-5]\d)? ?(?:horas?|hrs|h)\b(?: con)?(?: y)?"
    r"(?: (?P<more>media|cuarto|un cuarto)\b| (?P<minutes>\d{1,2}) ?(?:minutos)?\b)?"
)
_NO_COUNT = re.compile(
    r"(?<!\w)(?P<quarters>tres|3)? ?(?:(?P<half>media horita|media hora)|cuartos? de hora"
    r"|(?P<andhalf>hora y media)|hora y cuarto)\b"
)
_MINUTES = re.compile(r"(?<![\w$#@/.,:-])(?P<minutes>\d{1,4})(?: ?(?:minutos|m)(?!\w)|(?= (?:o|a|u) \d{1,4} ?minutos))")
_CLOCKLIKE = re.compile(r"(?P<hours>\d{1,2}):(?P<minutes>[0-5]\d)")


def read_duracion(text: str, *, bare: bool = True) -> Result[int]:
    """Read a length of time in minutes, from one to a day's.

    Args:
        text: what the customer wrote.
        bare: whether a number alone ("60", "1:30") is a duration: minutes, or hours and minutes.

    Returns:
        The minutes, or Unclear: `duracion_invalida`, `duracion_multiple`, `sin_valor`.
    """
    spelled = spell(text)
    mentions: list[Mention[int]] = []
    for pattern, minutes in ((_HOURS, _of_hours), (_NO_COUNT, _of_idiom), (_MINUTES, _of_minutes)):
        for match in pattern.finditer(spelled):
            if not any(match.start() < other.end and other.start < match.end() for other in mentions):
                mentions.append(Mention(match.start(), match.end(), _plausible(minutes(match))))
    if not mentions and bare:
        number = alone(spelled)
        if clock := _CLOCKLIKE.fullmatch(number):
            return _read(int(clock["hours"]) * 60 + int(clock["minutes"]))
        if number.isdecimal() and len(number) < 5:
            return Unclear("duracion_invalida") if int(number) < 5 else _read(int(number))
    return settle(spelled, mentions, "duracion_multiple")


def _read(minutes: int) -> Result[int]:
    found = _plausible(minutes)
    return found if isinstance(found, Unclear) else Read(found)


def _plausible(minutes: int) -> int | Unclear:
    return minutes if 0 < minutes <= LONGEST_MINUTES else Unclear("duracion_invalida")


def _of_hours(match: re.Match[str]) -> int:
    hours = 1 if match["hours"].startswith("un") else int(match["hours"])
    total = hours * 60 + int(match["minutes"] or 0)
    if match["part"]:
        total += 30 if match["part"][0] in ".," else int(match["part"][1:])
    if match["more"]:
        total += 30 if match["more"] == "media" else 15
    return total


def _of_idiom(match: re.Match[str]) -> int:
    if match["half"]:
        return 30
    if match["andhalf"]:
        return 90
    if match.group().endswith("hora y cuarto"):
        return 75
    return 45 if match["quarters"] else 15


def _of_minutes(match: re.Match[str]) -> int:
    return int(match["minutes"])
