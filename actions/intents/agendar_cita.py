"""Booking a consultation: a free time within opening hours, agreed to before it is booked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from actions.dialogue import fields
from actions.dialogue.base import Events
from actions.dialogue.fields import Field
from actions.dialogue.forms import BaseForm, BaseSubmission
from actions.dialogue.offers import buttons, chosen, listed, nearest, offer
from actions.dialogue.state import OPTIONS, FormState
from actions.dialogue.turn import Turn
from actions.errors import ApiError, Refused
from actions.internal_api.models import Business, Slot
from actions.values import format_fecha, format_hora, format_money

LOOK_AHEAD = dt.timedelta(days=13)
NO_TIME = {"slot_taken", "slot_closed", "slot_past", "too_far"}


class AgendarCitaForm(BaseForm):
    """Asks for day, time and e-mail; offers the nearest free times when the wanted one is not free."""

    intent = "agendar_cita"
    confirms = True
    fields = (
        fields.FECHA.needed(),
        fields.HORA.needed(),
        fields.EMAIL.needed(),
        fields.TIPO_SESION,
        fields.PAQUETE_ID,
        fields.TAMAÑO_GRUPO,
    )

    async def fields_for(self, turn: Turn) -> Sequence[Field]:
        """Gives the fields, the time of day read by the business's opening hours."""
        try:
            hora = fields.hora(await turn.business())
        except ApiError:
            hora = fields.HORA
        return [replace(hora, required=True) if f.name == "hora" else f for f in self.fields]

    def choose_option(self, turn: Turn, state: FormState) -> bool:
        """Takes the offered time that the message names."""
        start = chosen(turn, state.get(OPTIONS))
        if start is None:
            return False
        state.set("fecha", start.date().isoformat())
        state.set("hora", f"{start:%H:%M}")
        return True

    async def check(self, turn: Turn, state: FormState) -> None:
        """Keeps only a day and a time that are free; says why not, and what is."""
        if not state.get("fecha"):
            return
        day = dt.date.fromisoformat(state.get("fecha"))
        business = await turn.business()
        if (day - turn.now.date()).days > business.booking_horizon_days:
            turn.say("utter_fecha_lejana", dias=business.booking_horizon_days)
            state.forget("fecha")
            return
        free = await turn.api().slots(
            day,
            day + LOOK_AHEAD,
            session_type=state.get("tipo_sesion"),
            group_size=state.get("tamaño_grupo"),
        )
        _check_time(turn, state, business, day, free)

    async def confirm(self, turn: Turn, state: FormState) -> None:
        """States day, time, kind and e-mail, and asks whether to book."""
        day, time = dt.date.fromisoformat(state.get("fecha")), dt.time.fromisoformat(state.get("hora"))
        facts = {"fecha": format_fecha(day, turn.now), "hora": format_hora(time), "email": state.get("email")}
        if state.get("tamaño_grupo"):
            turn.say("utter_nota_grupo", personas=state.get("tamaño_grupo"))
        kind = await _kind(turn, state)
        if kind:
            turn.say("utter_confirmar_agendar_cita_tipo", tipo=kind, **facts)
        else:
            turn.say("utter_confirmar_agendar_cita", **facts)


def _check_time(turn: Turn, state: FormState, business: Business, day: dt.date, free: Sequence[Slot]) -> None:
    zone, fecha = turn.now.tzinfo, format_fecha(day, turn.now)
    if not any(slot.start.date() == day for slot in free):
        turn.say("utter_dia_cerrado" if not business.hours_on(day) else "utter_dia_lleno", fecha=fecha)
        wanted = dt.datetime.combine(day, dt.time.fromisoformat(state.get("hora") or "12:00"), zone)
        state.forget("fecha")
        offer(turn, state, nearest(free, wanted))
        return
    if not state.get("hora"):
        return
    wanted = dt.datetime.combine(day, dt.time.fromisoformat(state.get("hora")), zone)
    if any(slot.start == wanted for slot in free):
        return
    turn.say(_why_not(turn, business, wanted), fecha=fecha, hora=format_hora(wanted.time()))
    state.forget("hora")
    offer(turn, state, nearest(free, wanted))


def _why_not(turn: Turn, business: Business, wanted: dt.datetime) -> str:
    if wanted <= turn.now:
        return "utter_horario_pasado"
    within = any(h.opens <= wanted.time() < h.closes for h in business.hours_on(wanted.date()))
    return "utter_horario_ocupado" if within else "utter_horario_cerrado"


async def _kind(turn: Turn, state: FormState) -> str | None:
    """Gives the name of what is booked, in the business's own words."""
    if state.get("paquete_id"):
        packages = await turn.api().packages()
        return next((p.name for p in packages if p.id == state.get("paquete_id")), None)
    if state.get("tipo_sesion"):
        types = (await turn.business()).session_types
        return next((t.name for t in types if t.id == state.get("tipo_sesion")), None)
    return None


class ActionAgendarCita(BaseSubmission):
    """Books what was agreed to, once however often the message comes."""

    form = AgendarCitaForm

    async def submit(self, turn: Turn, values: Mapping[str, Any]) -> None:
        """Books the time and says its number and what is to be paid."""
        start = dt.datetime.combine(values["fecha"], values["hora"], turn.now.tzinfo)
        appointment = await turn.api(values["email"]).book(
            turn.key("agendar", start.isoformat()),
            start,
            session_type=values["tipo_sesion"],
            package_id=values["paquete_id"],
            group_size=values["tamaño_grupo"],
            customer_name=turn.profile_name,
        )
        turn.say(
            "utter_cita_agendada",
            fecha=format_fecha(appointment.start.date(), turn.now),
            hora=format_hora(appointment.start.time()),
            cita_id=appointment.id,
            email=values["email"],
        )
        if appointment.owed and appointment.owed.amount > 0:
            owed = format_money(appointment.owed.money)
            turn.say("utter_cita_por_pagar", monto=owed, cita_id=appointment.id)

    def after_refusal(self, turn: Turn, state: FormState, error: ApiError) -> Events:
        """Offers what the business offered instead of a time that was just taken."""
        if not isinstance(error, Refused) or error.code not in NO_TIME:
            return state.close(turn)
        free = [Slot.parse_obj(slot) for slot in error.details.get("alternatives") or ()]
        if not free:
            return state.reopen("fecha", "hora")
        turn.say("utter_alternativas", buttons=buttons(free), horarios=listed(turn, free))
        return state.reopen_with_options([slot.start.isoformat() for slot in free], "hora")
