"""Moving an appointment to another time: it keeps its number, and is moved only after a yes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from actions.dialogue import fields
from actions.dialogue.fields import Field
from actions.dialogue.state import CHANGE, CONFIRMATION, OPTION, REQUESTED, FormState
from actions.dialogue.turn import PROVEN, Turn
from actions.errors import ApiError, NotFound
from actions.intents.agendar_cita import (
    LOOK_AHEAD,
    ActionAgendarCita,
    AgendarCitaForm,
    check_time,
    is_too_far,
)
from actions.intents.cancelar_cita import listed, say_no_appointments, upcoming
from actions.internal_api.models import Appointment, Business, Slot
from actions.values import Context, Read, Result, format_fecha, format_hora, read_cita_id
from actions.values.moves import Move, part_move
from actions.values.result import NOTHING_SAID
from actions.values.spelling import spell

DAY, HOUR, SHIFT = "fecha_anterior", "hora_anterior", "desplazamiento"


def _parted(text: str, ctx: Context, *, naming: bool) -> Move:
    return part_move(text, ctx, naming=naming and not isinstance(read_cita_id(text), Read))


@dataclass(frozen=True)
class _Wanted(Field):
    """A part of the wanted time: what names the present one is no answer, though it is marked alike."""

    naming: bool = False

    def find(self, spans: Sequence[str], text: str, asked: bool, ctx: Context) -> Result[Any] | None:
        wanted = _parted(text, ctx, naming=self.naming).wanted
        return super().find([span for span in spans if not text or spell(span) in wanted], wanted, asked, ctx)


def _of(field: Field, words: Callable[[Move], str], *, naming: bool) -> Field:
    """Gives the field for a part of the present time, read from the words that name it."""

    def read(text: str, ctx: Context, *, bare: bool) -> Result[Any]:
        said = words(_parted(text, ctx, naming=naming))
        return field.read(said, ctx, bare=False) if said else NOTHING_SAID

    return replace(field, name=f"{field.name}_anterior", read=read)


def _shift(text: str, ctx: Context, *, bare: bool) -> Result[int]:
    shift = part_move(text, ctx).shift
    return Read(round(shift.total_seconds() / 60)) if shift else NOTHING_SAID


def _fields(business: Business | None = None, *, naming: bool = False) -> tuple[Field, ...]:
    hora = fields.hora(business)
    return (
        fields.CITA_ID.needed(),
        fields.EMAIL.needed(),
        *(_Wanted(f.name, f.read, f.store, f.load, required=True, naming=naming) for f in (fields.FECHA, hora)),
        _of(fields.FECHA, lambda move: move.present_day, naming=naming),
        _of(hora, lambda move: move.present_hour, naming=naming),
        Field(SHIFT, _shift),
    )


class ReagendarCitaForm(AgendarCitaForm):
    """Asks which appointment and for when; offers the nearest free times when the wanted one is not free."""

    intent = "reagendar_cita"
    fields = _fields()

    async def fields_for(self, turn: Turn) -> Sequence[Field]:
        """Gives the fields; a day given in answer to "which appointment?" is the one that it has now."""
        try:
            business = await turn.business()
        except ApiError:
            business = None
        return _fields(business, naming=turn.slot(REQUESTED) == "cita_id")

    async def check(self, turn: Turn, state: FormState) -> None:
        """Finds the appointment and keeps only a wanted day and time that are free; says why not, and what is."""
        appointment = await _found(turn, state)
        if appointment is None:
            return
        if appointment.status != "booked":
            _say(turn, f"utter_estado_cita_{appointment.status}", appointment)
            state.leave()
            return
        start = appointment.start
        state.set(DAY, start.date().isoformat())
        state.set(HOUR, f"{start:%H:%M}")
        _complete(state, start)
        if not state.get("fecha"):
            return
        day, business = dt.date.fromisoformat(state.get("fecha")), await turn.business()
        if is_too_far(turn, state, business, day):
            return
        free = await _free(turn, state, appointment, business, day)
        _keep_time_of_day(state, start, free)
        if state.get("hora") and _wanted(state, turn.now.tzinfo) == start:
            _say(turn, "utter_cita_en_su_hora", appointment)
            state.forget("fecha", "hora")
            return
        check_time(turn, state, business, day, free)

    async def confirm(self, turn: Turn, state: FormState) -> None:
        """States the appointment, when it is now and when it would be, and asks whether to move it."""
        wanted = _wanted(state, turn.now.tzinfo)
        turn.say(
            "utter_confirmar_reagendar_cita",
            cita_id=state.get("cita_id"),
            fecha_anterior=format_fecha(dt.date.fromisoformat(state.get(DAY)), turn.now),
            hora_anterior=format_hora(dt.time.fromisoformat(state.get(HOUR))),
            fecha=format_fecha(wanted.date(), turn.now),
            hora=format_hora(wanted.time()),
        )


async def _found(turn: Turn, state: FormState) -> Appointment | None:
    """Gives the appointment that is meant; says which there are where it is not clear which."""
    if state.asked and state.changed(DAY, HOUR) and not state.changed("cita_id"):
        # "No, la del jueves": another one than the one that was found.
        state.forget("cita_id", *(name for name in (DAY, HOUR) if not state.changed(name)))
    email = state.get("email")
    if not email:
        return None
    if not state.get("cita_id") and (state.opening or state.changed("email", DAY, HOUR, PROVEN)):
        found = await _fitting(turn, state, email)
        if len(found) != 1:
            if others := found or await upcoming(turn, email, None):
                turn.say("utter_citas_encontradas", citas=listed(turn, others))
            else:
                say_no_appointments(turn, state)
            return None
        state.set("cita_id", found[0].id)
    return await turn.api(email).appointment(state.get("cita_id")) if state.get("cita_id") else None


async def _fitting(turn: Turn, state: FormState, email: str) -> Sequence[Appointment]:
    day = dt.date.fromisoformat(state.get(DAY)) if state.get(DAY) else None
    found = await upcoming(turn, email, day)
    return [a for a in found if state.get(HOUR) in (None, f"{a.start:%H:%M}")]


def _complete(state: FormState, start: dt.datetime) -> None:
    """Takes what was said of the wanted time relative to the present one: "una hora más tarde", "a las 6"."""
    if state.get(SHIFT):
        # "Una hora más tarde", said of a proposal, counts from there.
        proposed = state.asked in (CONFIRMATION, CHANGE) and state.get("fecha") and state.get("hora")
        wanted = (_wanted(state, start.tzinfo) if proposed else start) + dt.timedelta(minutes=state.get(SHIFT))
        state.forget(SHIFT)
        state.set("fecha", state.get("fecha") if state.changed("fecha") else wanted.date().isoformat())
        state.set("hora", state.get("hora") if state.changed("hora") else f"{wanted:%H:%M}")
    elif state.get("hora") and not state.get("fecha") and not state.problems and state.asked not in (OPTION, "fecha"):
        state.set("fecha", start.date().isoformat())


def _keep_time_of_day(state: FormState, start: dt.datetime, free: Sequence[Slot]) -> None:
    """Proposes the present time of day where only a day was said and it is free then."""
    news = state.opening or state.changed("fecha", "cita_id")
    if state.get("hora") or "hora" in state.problems or not news:
        return
    same = dt.datetime.combine(dt.date.fromisoformat(state.get("fecha")), start.timetz())
    if same != start and any(slot.start == same for slot in free):
        state.set("hora", f"{start:%H:%M}")


async def _free(
    turn: Turn, state: FormState, appointment: Appointment, business: Business, day: dt.date
) -> Sequence[Slot]:
    """Gives the free times for this kind of session; what only the appointment itself takes up counts as free."""
    free = await turn.api().slots(
        day,
        day + LOOK_AHEAD,
        session_type=appointment.session_type or business.session_types[0].id,
        group_size=appointment.group_size,
    )
    if not state.get("hora"):
        return free
    length, wanted = appointment.end - appointment.start, _wanted(state, turn.now.tzinfo)
    overlaps = abs(wanted - appointment.start) < length
    within = any(h.opens <= wanted.time() and (wanted + length).time() <= h.closes for h in business.hours_on(day))
    if overlaps and within and wanted > turn.now and all(slot.start != wanted for slot in free):
        # Whether the rest of it is free as well is for the business to say.
        return sorted([*free, Slot.construct(start=wanted, end=wanted + length)], key=lambda slot: slot.start)
    return free


def _wanted(state: FormState, zone: dt.tzinfo | None) -> dt.datetime:
    return dt.datetime.combine(
        dt.date.fromisoformat(state.get("fecha")), dt.time.fromisoformat(state.get("hora")), zone
    )


def _say(turn: Turn, response: str, appointment: Appointment) -> None:
    turn.say(
        response,
        cita_id=appointment.id,
        fecha=format_fecha(appointment.start.date(), turn.now),
        hora=format_hora(appointment.start.time()),
    )


class ActionReagendarCita(ActionAgendarCita):
    """Moves the appointment that was agreed on, once however often the message comes."""

    form = ReagendarCitaForm

    async def submit(self, turn: Turn, values: Mapping[str, Any]) -> None:
        """Moves it and says when it is now."""
        cita_id = values["cita_id"]
        if not cita_id:
            raise NotFound
        start = dt.datetime.combine(values["fecha"], values["hora"], turn.now.tzinfo)
        key = turn.key("reagendar", cita_id, start.isoformat())
        _say(turn, "utter_cita_reagendada", await turn.api(values["email"]).reschedule(key, cita_id, start))
