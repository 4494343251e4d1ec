"""The hours of a day to which a phrase confines itself ("después de las 5", "entre 3 y 5")."""

from __future__ import annotations

import re
from datetime import time

from actions.values.clock_rules import Clock, clocks
from actions.values.result import Unclear

_TIME = (
    r"(?:las? )?(?P<{0}>\d{{1,2}}(?::\d{{2}})?|mediodia)(?: (?P<{0}_mark>am|pm|(?:de|por"
    r"|en) la (?:mañana|tarde|noche)))?"
)
_BETWEEN = re.compile(
    rf"\b(?:(?:entre|de|desde) {_TIME.format('first')} (?:y|a|hasta) {_TIME.format('last')})(?![\w/])"
)
_FROM = re.compile(
    rf"\b(?:despues de|a partir de|desde|pasadas|luego de) (?=las? |\d+ [ap]m"
    rf"|mediodia){_TIME.format('first')}"
)
_UNTIL = re.compile(rf"\b(?:antes del?|hasta) (?=las? |\d+ [ap]m|mediodia){_TIME.format('last')}")

Hours = tuple[time | None, time | None]


def hours_said(text: str, open_from: time | None, open_to: time | None) -> Hours | Unclear:
    """Answer the earliest and latest time said, None where the phrase leaves one open.

    Args:
        text: a spelled text from which days are blanked out.
        open_from: when the business opens; with `open_to` it decides between morning and evening readings.
        open_to: when the business closes, which itself can end a span.
    """
    if match := _BETWEEN.search(text):
        mark = match["last_mark"]
        starts = _readings(match["first"], match["first_mark"] or mark, open_from, open_to)
        if isinstance(starts, Unclear) and not match["first_mark"]:
            starts = _readings(match["first"], None, open_from, open_to)
        ends = _readings(match["last"], mark, open_from, open_to)
        if isinstance(starts, Unclear) or isinstance(ends, Unclear):
            return starts if isinstance(starts, Unclear) else ends  # type: ignore[return-value]
        pairs = [(start, end) for start in starts for end in ends if start < end]
        return pairs[0] if len(pairs) == 1 else Unclear("hora_ambigua", tuple(pairs))
    start, end = _FROM.search(text), _UNTIL.search(text)
    first = _one(start["first"], start["first_mark"], open_from, open_to) if start else None
    last = _one(end["last"], end["last_mark"], open_from, open_to) if end else None
    if isinstance(first, Unclear) or isinstance(last, Unclear):
        return first if isinstance(first, Unclear) else last  # type: ignore[return-value]
    return first, last


def _readings(said: str, mark: str | None, open_from: time | None, open_to: time | None) -> list[time] | Unclear:
    clock: Clock = next(clocks(said if said == "mediodia" else f"a las {said} {mark or ''}".strip()))
    readings = clock.readings()
    if isinstance(readings, list) and len(readings) > 1 and open_from and open_to:
        return [moment for moment in readings if open_from <= moment <= open_to] or readings
    return readings


def _one(said: str, mark: str | None, open_from: time | None, open_to: time | None) -> time | Unclear:
    readings = _readings(said, mark, open_from, open_to)
    if isinstance(readings, Unclear):
        return readings
    return readings[0] if len(readings) == 1 else Unclear("hora_ambigua", tuple(readings))
