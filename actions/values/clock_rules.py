"""The ways in which Spanish names a time of day, as patterns over spelled text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

from actions.values.result import PartOfDay, Unclear

IMPOSSIBLE = Unclear("hora_inexistente")

_OF_DAY = r"(?:(?:de|por|en|a) )?(?:la )?(?:mañana|tarde|noche|madrugada)s?"
_MARK = rf"(?P<mark>am|pm|{_OF_DAY}|del? mediodia|del dia)"
_LEFT, _RIGHT = r"(?<![\w$#@/-])(?<!\d[.:,])", r"(?![\w@/]|(?<=\d)[-:.,]\d|-[a-zñ])"
_NOT_PEOPLE = r"(?! (?:personas?|citas?|sesion(?:es)?|opcion(?:es)?|pesos|dolares|euros|primeras?|ultimas?))"
CLOCK = re.compile(
    _LEFT + r"(?P<lead>(?:(?:a|como a|sobre|tipo|desde|hasta|de|para|por) )?(?:las |la (?=1\b))"
    r"|(?:tipo|como a|a eso de) )?"
    r"(?P<hour>\d{1,2})(?:\s?(?P<sep>[:.])\s?(?P<minute>\d{2}))?(?!\d)"
    r"(?: y (?P<more>media|cuarto|1/4|1/2|\d{1,2}(?= min| ?$| ?[,;.?!]| (?:am|pm|de la)))(?: minutos)?"
    r"| menos (?P<less>cuarto|\d{1,2})(?: minutos)?| con (?P<plus>\d{1,2})(?: minutos)?)?"
    rf"(?P<hrs> ?(?:horas|hrs|h)\b)?(?P<sharp> en punto)?(?:,? {_MARK}(?!\w))?" + _RIGHT + _NOT_PEOPLE
)
TO_THE_HOUR = re.compile(
    _LEFT + r"(?P<less>(?:un )?cuarto|\d{1,2})(?: minutos)? (?:para|pa) (?P<lead>las? )(?P<hour>\d{1,2})"
    rf"(?:,? {_MARK}(?!\w))?" + _RIGHT
)
COMPACT = re.compile(
    _LEFT
    + r"(?P<lead>a las )?(?P<hour>\d{2})(?P<minute>\d{2})(?P<hrs> ?(?:hrs|horas|h)\b)?(?P<mark> ?(?:am|pm))?"
    + _RIGHT
)
NAMED = re.compile(r"\b(?:al? )?(?P<word>mediodia|medianoche)\b")
_PARTED = re.compile(r"(?<=\blas )(\d{1,2}) (?=[0-5]\d(?:$|[,.;!?]| (?:am|pm|hrs|horas|de la|en punto|por)))")
_PARTS: dict[str, PartOfDay] = {"mañana": "mañana", "tarde": "tarde", "noche": "noche", "madrugada": "mañana"}
PART_OF_DAY = re.compile(
    r"(?<!buena )(?<!buenas )\b(?:(?:por|en|a|de) las?|esta|hoy|todas? las?|mañana(?: a la)?"
    r"|(?:\w+es|sabado|domingo))"
    r" (?P<part>mañana|tarde|noche|madrugada)s?\b|\bmañana (?P<early>temprano)\b"
    r"|\bla (?P<of>mañana|tarde|noche) (?=del?\b)|^(?P<only>(?:(?:por|en|a) )?las? mañanas?|(?:(?:por|en"
    r"|a) )?(?:las? )?(?:tarde"
    r"|noche)s?)[.!]?$|\b(?P<small>tardecita|nochecita)\b"
)


@dataclass(frozen=True)
class Clock:
    """An hour and minute as typed, whether on the 24-hour dial, and the part of the day said with them."""

    start: int
    end: int
    hour: int
    minute: int
    mark: str | None = None
    full_dial: bool = False

    def readings(self, part: str | None = None) -> list[time] | Unclear:
        """Every time that it can mean: one, two when morning and evening are both open, or why none.

        Args:
            part: the part of the day said elsewhere in the phrase, for a time that carries none itself.
        """
        hour, mark = self.hour, self.mark or part
        if hour > 24 or self.minute > 59 or (hour == 24 and self.minute):
            return IMPOSSIBLE
        if hour > 12 or hour == 0:
            return IMPOSSIBLE if self.mark in ("am", "mañana", "madrugada") and hour > 12 else [self._at(hour % 24)]
        if mark is None:
            return [self._at(hour)] if self.full_dial or hour == 12 else [self._at(hour), self._at(hour + 12)]
        return self._marked(hour, mark)

    def _marked(self, hour: int, mark: str) -> list[time] | Unclear:
        if mark in ("am", "madrugada"):
            return [self._at(hour % 12)] if mark == "am" or hour % 12 < 7 else IMPOSSIBLE
        if mark == "mañana":
            return [self._at(hour)] if hour < 12 else [self._at(12), self._at(0)]
        if mark == "dia":
            return [self._at(hour if hour > 5 else hour + 12)]
        if mark == "mediodia":
            return [self._at(12 if hour == 12 else hour + 12)] if hour in (12, 1, 2, 3) else IMPOSSIBLE
        if mark == "noche":
            return [self._at(0)] if hour == 12 else [self._at(hour + 12)] if hour > 5 else IMPOSSIBLE
        if mark == "tarde":
            return [self._at(hour % 12 + 12)] if hour < 9 or hour == 12 else IMPOSSIBLE
        return [self._at(hour % 12 + 12)]

    def _at(self, hour: int) -> time:
        return time(hour, self.minute)


def part_of_day(text: str) -> PartOfDay | None:
    """The one part of the day that a spelled text speaks of, if it is one."""
    said: set[PartOfDay] = set()
    for match in PART_OF_DAY.finditer(text):
        if match["early"]:
            said.add("mañana")
        else:
            word = match["part"] or match["of"] or match["only"] or match["small"]
            said.add(next(part for stem, part in _PARTS.items() if stem[:5] in word))
    return said.pop() if len(said) == 1 else None


def _mark(said: str | None) -> str | None:
    return said.split()[-1].removesuffix("s") if said else None


def _minutes(said: str | None) -> int:
    return {None: 0, "media": 30, "1/2": 30, "cuarto": 15, "un cuarto": 15, "1/4": 15}.get(said) or int(said or 0)


def _clock(match: re.Match[str]) -> Clock:
    said = match.groupdict()
    hour, minute = int(said["hour"]), int(said.get("minute") or 0)
    minute += _minutes(said.get("more")) + _minutes(said.get("plus"))
    full_dial = bool(said.get("minute")) and len(said["hour"]) == 2
    if less := _minutes(said.get("less")):
        hour, minute, full_dial = (hour - 1 if hour > 1 else 12), 60 - less, False
    return Clock(match.start(), match.end(), hour, minute, _mark(said.get("mark")), full_dial)


def _is_time(match: re.Match[str]) -> bool:
    said = match.groupdict()
    hours = (said["hrs"] or "").strip()
    spoken = hours in ("hrs", "h") or (hours == "horas" and (int(said["hour"]) > 12 or bool(said["lead"])))
    return spoken or any(said[name] for name in ("lead", "more", "less", "sharp", "mark", "plus")) or said["sep"] == ":"


def clocks(text: str) -> Iterator[Clock]:
    """Find each time of day in a spelled text from which days are blanked out, in no order."""
    taken: list[tuple[int, int]] = []

    # "las 15 30" is 15:30; the mark takes the blank's place, so that nothing moves.
    text = _PARTED.sub(r"\1:", text)

    def free(match: re.Match[str]) -> bool:
        return not any(match.start() < end and start < match.end() for start, end in taken)

    for match in TO_THE_HOUR.finditer(text):
        taken.append(match.span())
        yield _clock(match)
    for match in CLOCK.finditer(text):
        if free(match) and _is_time(match):
            taken.append(match.span())
            yield _clock(match)
    for match in COMPACT.finditer(text):
        if free(match) and (match["lead"] or match["hrs"] or match["mark"]):
            taken.append(match.span())
            yield _clock(match)
    for match in NAMED.finditer(text):
        if free(match):
            yield Clock(match.start(), match.end(), 12 if match["word"] == "mediodia" else 0, 0)
