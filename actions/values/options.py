"""Which of the options offered a customer takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time

from actions.values.clock_rules import clocks, part_of_day
from actions.values.corrections import Mention, settle
from actions.values.day_words import TO_BE_HAD
from actions.values.result import NOTHING_SAID, Read, Result, Unclear
from actions.values.spelling import MONTHS, WEEKDAYS, alone, spell

_FIRSTS = {
    r"primer[oa]?|1|uno|una|a": 0, r"segund[oa]|2|b": 1, r"tercer[oa]?|3|c": 2, r"cuart[oa]|4": 3,
    r"quint[oa]|5": 4, r"sext[oa]|6": 5, r"septim[oa]|7": 6, r"octav[oa]|8": 7, r"noven[oa]|9": 8, r"decim[oa]|10": 9,
}  # fmt: skip
_BY_POSITION = [
    (
        re.compile(rf"(?:(?:el|la|los|las|opcion|numero|num|nro) )*(?:{forms})(?: (?:opcion|hora|fecha|horario))?"),
        index,
    )
    for forms, index in _FIRSTS.items()
]
_LAST = re.compile(rf"(?<!\w)(?:ultim[oa]|la mas tarde|el mas tarde)(?!\w)(?! {TO_BE_HAD}\b)")
_MIDDLE = re.compile(r"(?<!\w)(?:la del|el del|del|de) (?:medio|centro)(?!\w)|\bintermedi[oa]\b")
_ORDINAL = re.compile(
    r"(?<!\w)(?:la|el|opcion|numero) (primer[oa]|segund[oa]|tercer[oa]|cuart[oa]|quint[oa]"
    rf"|[1-9])(?! ?(?:de [a-z]{{4}}|:|/|pm|am|{TO_BE_HAD}\b))(?!\w)"
)


def read_ordinal_choice(text: str, options: Sequence[time | datetime]) -> Result[int]:
    """Read which of the options offered is meant, by position, by its time of day or by its weekday.

    Returns:
        The index into `options`, or Unclear: `opcion_inexistente`, `opcion_ambigua` (indices as choices),
        `sin_valor`.
    """
    said = spell(text).strip(" .,!?")
    if _MIDDLE.search(said) and len(options) % 2:
        return Read(len(options) // 2)
    named = _named(said, options)
    if named is None:
        return settle(said, _positions(said, len(options)), "opcion_ambigua")
    if len(named) > 1:
        return Unclear("opcion_ambigua", tuple(named))
    return Read(named[0]) if named else NOTHING_SAID


def _positions(said: str, count: int) -> list[Mention[int]]:
    core = alone(said)
    whole = [index for pattern, index in _BY_POSITION if pattern.fullmatch(core) or pattern.fullmatch(said)]
    mentions = [Mention(0, len(said), _index(index, count)) for index in whole[:1]]
    if mentions or not count:
        return mentions
    mentions = [
        Mention(match.start(), match.end(), _index(index, count))
        for match in _ORDINAL.finditer(said)
        for pattern, index in _BY_POSITION
        if pattern.fullmatch(match[1])
    ]
    return mentions + [Mention(match.start(), match.end(), count - 1) for match in _LAST.finditer(said)]


def _index(index: int, count: int) -> int | Unclear:
    return index if index < count else Unclear("opcion_inexistente")


def _named(said: str, options: Sequence[time | datetime]) -> list[int] | None:
    """The options whose time, weekday or day of the month the phrase names, None where it names none."""
    readings: set[tuple[int, int]] = set()
    for clock in clocks(re.sub(r"\b(?:la|el|opcion) [1-9](?= |$)", " ", said)):
        found = clock.readings(part_of_day(said))
        readings |= {(moment.hour, moment.minute) for moment in found} if isinstance(found, list) else set()
    names = [name for name in WEEKDAYS if re.search(rf"\b{name}\b", said)]
    numbers = [
        int(day)
        for day in re.findall(
            rf"\b(?:el|del|dia|{'|'.join(WEEKDAYS)}) (\d{{1,2}})(?: de (?:{'|'.join(MONTHS)}))?$", said
        )
    ]
    if not readings and not (names and any(isinstance(option, datetime) for option in options)):
        return None
    return [
        index
        for index, option in enumerate(options)
        if (not readings or (option.hour, option.minute) in readings)
        and (not names or not isinstance(option, datetime) or WEEKDAYS[option.weekday()] in names)
        and (not numbers or not isinstance(option, datetime) or option.day in numbers)
    ]
