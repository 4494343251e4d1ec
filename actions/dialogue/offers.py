"""Free times put to the customer as choices, and the choice read back."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence

from actions.dialogue.state import OPTION, OPTIONS, FormState
from actions.dialogue.turn import MOST_BUTTONS, Button, Turn, button
from actions.internal_api.models import Business, Slot
from actions.values import (
    DateRange,
    Read,
    format_fecha,
    format_hora,
    read_fecha,
    read_hora,
    read_ordinal_choice,
    read_rango,
)
from actions.values.result import NOTHING_SAID
from actions.values.spelling import WEEKDAYS, spell

OFFERED = 3
PARTS_OF_DAY = {
    "mañana": (dt.time.min, dt.time(12)),
    "tarde": (dt.time(12), dt.time(20)),
    "noche": (dt.time(19), dt.time.max),
}
_GREETING = re.compile(r"\bbuen[oa]s? (?:tardes?|noches?|d[ií]as?)\b", re.IGNORECASE)
_BARE_WEEKDAY = re.compile(rf"\b(?:{'|'.join(WEEKDAYS)})\b(?! \d)(?!.*\b(?:proxim\w*|siguiente|que viene|semana))")


def nearest(slots: Iterable[Slot], wanted: dt.datetime) -> list[Slot]:
    """Gives the free times closest to a wanted one, in order of time."""
    closest = sorted(slots, key=lambda slot: abs(slot.start - wanted))[:OFFERED]
    return sorted(closest, key=lambda slot: slot.start)


def within(slot: Slot, asked: DateRange) -> bool:
    """Whether a free time lies in the days, and the hours or the part of the day, that were spoken of."""
    first, last = PARTS_OF_DAY.get(asked.part_of_day or "", (dt.time.min, dt.time.max))
    first, last = asked.from_time or first, asked.to_time or last
    return asked.start <= slot.start.date() <= asked.end and first <= slot.start.time() < last


def offer_part(turn: Turn, state: FormState, business: Business, day: dt.date, free: Iterable[Slot]) -> None:
    """Puts the free times of that part of a day to the customer that was said in place of an hour: "por la tarde"."""
    that_day = [slot for slot in free if slot.start.date() == day]
    is_vague = state.problems.get("hora") == "hora_vaga"
    asked = _part_said(turn, business, day)
    if not that_day or not (is_vague or asked):
        return
    turn.said[:] = [said for said in turn.said if said.response != "utter_problema_hora_vaga"]
    fitting = [slot for slot in that_day if asked and within(slot, asked)]
    offer(turn, state, (fitting or that_day)[:MOST_BUTTONS])


def _part_said(turn: Turn, business: Business, day: dt.date) -> DateRange | None:
    if turn.is_payload:
        return None
    words = f"{day:%d/%m/%Y} {_GREETING.sub(' ', turn.text)}"
    result = read_rango(words, turn.reading, open_from=business.open_from, open_to=business.open_to)
    said = result.value if isinstance(result, Read) else None
    return said if said and (said.part_of_day or said.from_time or said.to_time) else None


def offer(turn: Turn, state: FormState, slots: Sequence[Slot]) -> None:
    """Puts free times to the customer and waits for one; says so where there are none."""
    if not slots:
        turn.say("utter_sin_alternativas")
        return
    turn.say("utter_alternativas", buttons=buttons(slots), horarios=listed(turn, slots))
    state.set(OPTIONS, [slot.start.isoformat() for slot in slots])
    state.ask(OPTION)


def listed(turn: Turn, slots: Sequence[Slot]) -> str:
    """Gives free times as lines."""
    return "\n".join(
        f"• {format_fecha(slot.start.date(), turn.now)}, {format_hora(slot.start.time())}" for slot in slots
    )


def buttons(slots: Sequence[Slot]) -> list[Button]:
    """Gives a button for each free time (WhatsApp shows up to three, of 20 characters)."""
    return [
        button(
            f"{slot.start:%d/%m} · {format_hora(slot.start.time())}",
            "informar",
            fecha=slot.start.date().isoformat(),
            hora=f"{slot.start:%H:%M}",
        )
        for slot in slots
    ]


def chosen(turn: Turn, options: Sequence[str] | None) -> dt.datetime | None:
    """Gives the offered time that the message names, if any: "la segunda", "la de las 4"."""
    if not options or turn.is_payload:
        return None
    starts = [dt.datetime.fromisoformat(option) for option in options]
    result = read_ordinal_choice(turn.text, starts)
    if not isinstance(result, Read):
        return None
    start = starts[result.value]
    return None if _is_another_day(turn, start) else start


def _is_another_day(turn: Turn, start: dt.datetime) -> bool:
    """Whether a day is said beside the time, and not the offered one: "pasado mañana a las 4"."""
    text = spell(turn.text)
    day = read_fecha(turn.text, turn.reading)
    if not isinstance(day, Read) or not says_time(turn) or day.value == start.date():
        return False
    # "El lunes a las 4", said on a Monday, may be today's.
    return day.value.weekday() != start.weekday() or not _BARE_WEEKDAY.search(text)


def says_time(turn: Turn) -> bool:
    """Whether the message names a time of day, clear or not."""
    return read_hora(turn.text, turn.reading) != NOTHING_SAID
