"""Which times are free, as the agenda has them now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from rasa_sdk.events import SlotSet

from actions.dialogue.base import Events, InformingAction
from actions.dialogue.meaning import UNMISTAKABLE
from actions.dialogue.offers import listed, nearest, within
from actions.dialogue.state import OPTIONS
from actions.dialogue.turn import Turn
from actions.internal_api.models import Business, Slot
from actions.values import (
    DateRange,
    Read,
    Unclear,
    format_fecha,
    format_hora,
    format_rango,
    read_duracion,
    read_rango,
    read_tipo_sesion,
)

DAYS_SHOWN = 7
DAYS_AROUND = dt.timedelta(days=7)
MOST_DAYS = 30


class ActionConsultarHorarios(InformingAction):
    """Lists the free times of the days that were asked about."""

    action_name = "action_consultar_horarios"
    intent = "consultar_horarios"

    async def answer(self, turn: Turn) -> Events:
        """Says the free times by day, and remembers them for a choice like "la de las 4"."""
        business = await turn.business()
        asked = _range(turn, business)
        if isinstance(asked, Unclear):
            turn.say(f"utter_problema_{asked.reason}")
            return []
        horizon = turn.now.date() + dt.timedelta(days=business.booking_horizon_days)
        if asked.start > horizon:
            turn.say("utter_fecha_lejana", dias=business.booking_horizon_days)
            return []
        # The agenda shows at most a month at once; some days more give the nearest ones to a full week.
        last = min(asked.end + DAYS_AROUND, asked.start + dt.timedelta(days=MOST_DAYS), horizon)
        in_form = turn.tracker.active_loop_name
        kind = turn.first("tipo_sesion", read_tipo_sesion) or (turn.slot("tipo_sesion") if in_form else None)
        minutes = turn.first("duración", read_duracion)
        slots = await turn.api().slots(asked.start, last, session_type=kind, duration_minutes=minutes)
        if not slots and last < horizon:
            # Better the first ones there are, however late, than to be asked for another day again and again.
            later = last + dt.timedelta(days=1)
            last = min(later + dt.timedelta(days=MOST_DAYS), horizon)
            slots = await turn.api().slots(later, last, session_type=kind, duration_minutes=minutes)
        shown = _say_free(turn, asked, slots)
        if in_form or not shown:
            return []
        # "La de las 4" then books what these times are for.
        return [SlotSet(OPTIONS, [slot.start.isoformat() for slot in shown]), SlotSet("tipo_sesion", kind)]


def _say_free(turn: Turn, asked: DateRange, slots: Sequence[Slot]) -> Sequence[Slot]:
    fitting = [slot for slot in slots if within(slot, asked)]
    days = sorted({slot.start.date() for slot in fitting})
    if len(days) > DAYS_SHOWN:
        # What is said to be free is what is listed.
        asked = replace(asked, end=days[DAYS_SHOWN - 1])
        fitting = [slot for slot in fitting if slot.start.date() <= asked.end]
    rango = format_rango(asked, turn.now)
    if fitting:
        # A form asks its own question next.
        response = "utter_horarios_en_medio" if turn.tracker.active_loop_name else "utter_horarios"
        turn.say(response, rango=rango, horarios=_by_day(turn, fitting))
    elif slots:
        fitting = nearest(slots, dt.datetime.combine(asked.start, asked.from_time or dt.time(12), turn.now.tzinfo))
        turn.say("utter_sin_horarios_pero", rango=rango, horarios=listed(turn, fitting))
    else:
        turn.say("utter_sin_horarios", rango=rango)
    return fitting


def _range(turn: Turn, business: Business) -> DateRange | Unclear:
    opens, closes = business.open_from, business.open_to
    for phrase in (turn.text, *turn.spans("fecha")):
        result = read_rango(phrase, turn.reading, open_from=opens, open_to=closes)
        if isinstance(result, Read):
            return result.value
        if result.reason in UNMISTAKABLE:
            return result
    spoken_of = turn.slot("fecha") if turn.tracker.active_loop_name else None
    if spoken_of:
        day = dt.date.fromisoformat(spoken_of)
        said = read_rango(f"{day:%d/%m/%Y} {turn.text}", turn.reading, open_from=opens, open_to=closes)
        return said.value if isinstance(said, Read) else DateRange(day, day)
    today = turn.now.date()
    return DateRange(today, today + DAYS_AROUND)


def _by_day(turn: Turn, slots: Sequence[Slot]) -> str:
    days = [(day, list(times)) for day, times in groupby(slots, key=lambda slot: slot.start.date())]
    return "\n".join(
        f"• *{format_fecha(day, turn.now)}*: " + ", ".join(format_hora(slot.start.time()) for slot in times)
        for day, times in days
    )
