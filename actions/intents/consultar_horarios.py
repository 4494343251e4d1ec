"""Which times are free, as the agenda has them now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import groupby

from rasa_sdk.events import SlotSet

from actions.dialogue.base import BaseAction, Events
from actions.dialogue.offers import listed, nearest
from actions.dialogue.state import OPTIONS
from actions.dialogue.turn import Turn
from actions.internal_api.models import Slot
from actions.values import (
    DateRange,
    Read,
    format_fecha,
    format_hora,
    format_rango,
    read_duracion,
    read_rango,
    read_tipo_sesion,
)

DAYS_SHOWN = 5
DAYS_AHEAD = 7
PARTS_OF_DAY = {
    "mañana": (dt.time.min, dt.time(12)),
    "tarde": (dt.time(12), dt.time(20)),
    "noche": (dt.time(19), dt.time.max),
}


class ActionConsultarHorarios(BaseAction):
    """Lists the free times of the days that were asked about."""

    action_name = "action_consultar_horarios"

    async def answer(self, turn: Turn) -> Events:
        """Says the free times by day, and remembers them for a choice like "la de las 4"."""
        asked = _range(turn)
        session = turn.first("tipo_sesion", read_tipo_sesion)
        minutes = turn.first("duración", read_duracion)
        last = asked.end + dt.timedelta(days=DAYS_AHEAD)
        slots = await turn.api().slots(asked.start, last, session_type=session, duration_minutes=minutes)
        fitting = [slot for slot in slots if _within(slot, asked)]
        rango = format_rango(asked, turn.now)
        if fitting:
            turn.say("utter_horarios", rango=rango, horarios=_by_day(turn, fitting))
        elif slots:
            fitting = nearest(slots, dt.datetime.combine(asked.start, dt.time(12), turn.now.tzinfo))
            turn.say("utter_sin_horarios_pero", rango=rango, horarios=listed(turn, fitting))
        else:
            turn.say("utter_sin_horarios", rango=rango)
            return []
        if turn.tracker.active_loop_name:
            return []
        return [SlotSet(OPTIONS, [slot.start.isoformat() for slot in fitting])]


def _range(turn: Turn) -> DateRange:
    for phrase in (turn.text, *turn.spans("fecha")):
        result = read_rango(phrase, turn.reading)
        if isinstance(result, Read):
            return result.value
    today = turn.now.date()
    return DateRange(today, today + dt.timedelta(days=DAYS_AHEAD))


def _within(slot: Slot, asked: DateRange) -> bool:
    first, last = PARTS_OF_DAY.get(asked.part_of_day or "", (dt.time.min, dt.time.max))
    first, last = asked.from_time or first, asked.to_time or last
    return asked.start <= slot.start.date() <= asked.end and first <= slot.start.time() < last


def _by_day(turn: Turn, slots: Sequence[Slot]) -> str:
    days = [(day, list(times)) for day, times in groupby(slots, key=lambda slot: slot.start.date())]
    return "\n".join(
        f"• *{format_fecha(day, turn.now)}*: " + ", ".join(format_hora(slot.start.time()) for slot in times)
        for day, times in days[:DAYS_SHOWN]
    )
