"""Booking a consultation: a free time within opening hours, agreed to before it is booked."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from actions.dialogue import fields
from actions.dialogue.base import Events
from actions.dialogue.fields import Field
from actions.dialogue.forms import BaseForm
from actions.dialogue.meaning import yes_or_no
from actions.dialogue.offers import buttons, chosen, listed, nearest, offer, offer_part, says_time
from actions.dialogue.state import CHANGE, CONFIRMATION, OPTION, OPTIONS, FormState
from actions.dialogue.submissions import BaseSubmission
from actions.dialogue.turn import Turn
from actions.errors import ApiError, Refused
from actions.internal_api.models import Business, Package, Price, Slot
from actions.values import format_fecha, format_hora, format_money
from actions.values.spelling import spell

LOOK_AHEAD = dt.timedelta(days=13)
_THAT_DAY = re.compile(r"\b(?:es[ea] (?:mism[oa] )?|(?:el |la )?mism[oa] )(?:dia|fecha)\b")
_OF_TIMES = (None, OPTION, "fecha", "hora", CONFIRMATION, CHANGE)
NO_TIME = {"slot_taken", "slot_closed", "slot_past", "too_far"}


class AgendarCitaForm(BaseForm):
    """Asks for day, time and e-mail; offers the nearest free times when the wanted one is not free."""

    intent = "agendar_cita"
    confirms = True
    fields: ClassVar[Sequence[Field]] = (
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

    async def _open(self, turn: Turn, state: FormState) -> None:
        """Begins with the day or the time that was just shown, where the message takes it up ("ese día a las 3")."""
        shown = [dt.datetime.fromisoformat(option) for option in state.get(OPTIONS) or ()]
        start = chosen(turn, state.get(OPTIONS))
        await super()._open(turn, state)
        if start is not None:
            state.set("fecha", start.date().isoformat())
            state.set("hora", f"{start:%H:%M}")
        elif len({one.date() for one in shown}) == 1 and _THAT_DAY.search(spell(turn.text)):
            state.set("fecha", shown[0].date().isoformat())

    def read_together(self, turn: Turn, state: FormState) -> bool:
        """Takes the offered time that the message names."""
        start = chosen(turn, state.get(OPTIONS)) or self._agreed(turn, state)
        if start is None or (state.asked not in _OF_TIMES and not says_time(turn)):
            # "El segundo", of two addresses, is none of the times that were offered before.
            return False
        is_stated = state.asked in (CONFIRMATION, CHANGE) and state.get("fecha")
        if is_stated and says_time(turn) and start.date().isoformat() != state.get("fecha"):
            # "Mejor a las 11" is said of the day that was stated, and not of one that was offered before.
            return False
        state.set("fecha", start.date().isoformat())
        state.set("hora", f"{start:%H:%M}")
        return True

    def _agreed(self, turn: Turn, state: FormState) -> dt.datetime | None:
        """Gives the only time that was offered where it is agreed to."""
        options: Sequence[str] = state.get(OPTIONS) or []
        is_agreed = state.asked == OPTION and len(options) == 1 and yes_or_no(turn, self.intent)
        return dt.datetime.fromisoformat(options[0]) if is_agreed else None

    async def check(self, turn: Turn, state: FormState) -> None:
        """Keeps only a day and a time that are free; says why not, and what is."""
        if not state.get("fecha"):
            return
        day = dt.date.fromisoformat(state.get("fecha"))
        business = await turn.business()
        if is_too_far(turn, state, business, day):
            return
        package = await _package(turn, state)
        free = await turn.api().slots(
            day,
            day + LOOK_AHEAD,
            session_type=package.session_type if package else state.get("tipo_sesion") or business.session_types[0].id,
            duration_minutes=package.duration_minutes if package else None,
            group_size=state.get("tamaño_grupo"),
        )
        check_time(turn, state, business, day, free)

    def offer_again(self, turn: Turn, state: FormState) -> None:
        """Puts the free times offered before once more."""
        starts = [dt.datetime.fromisoformat(option) for option in state.get(OPTIONS) or ()]
        offer(turn, state, [Slot.construct(start=start, end=start) for start in starts])

    async def confirm(self, turn: Turn, state: FormState) -> None:
        """States day, time, kind, price and e-mail, and asks whether to book."""
        day, time = dt.date.fromisoformat(state.get("fecha")), dt.time.fromisoformat(state.get("hora"))
        kind, price = await _kind_and_price(turn, state)
        if (state.get("tamaño_grupo") or 1) > 1:
            turn.say("utter_nota_grupo", personas=state.get("tamaño_grupo"))
        turn.say(
            "utter_confirmar_agendar_cita_precio" if price else "utter_confirmar_agendar_cita",
            tipo=kind,
            precio=format_money(price.money) if price else None,
            fecha=format_fecha(day, turn.now),
            hora=format_hora(time),
            email=state.get("email"),
        )


def is_too_far(turn: Turn, state: FormState, business: Business, day: dt.date) -> bool:
    """Gives whether a day lies beyond what can be booked; says so, and drops it."""
    if (day - turn.now.date()).days <= business.booking_horizon_days:
        return False
    turn.say("utter_fecha_lejana", dias=business.booking_horizon_days)
    state.forget("fecha")
    return True


def check_time(turn: Turn, state: FormState, business: Business, day: dt.date, free: Sequence[Slot]) -> None:
    """Keeps the wanted time only if it is free; says why not, and offers the nearest that are."""
    zone, fecha = turn.now.tzinfo, format_fecha(day, turn.now)
    if not any(slot.start.date() == day for slot in free):
        turn.say("utter_dia_cerrado" if not business.hours_on(day) else "utter_dia_lleno", fecha=fecha)
        wanted = dt.datetime.combine(day, dt.time.fromisoformat(state.get("hora") or "12:00"), zone)
        state.forget("fecha")
        offer(turn, state, nearest(free, wanted))
        return
    if not state.get("hora"):
        offer_part(turn, state, business, day, free)
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


async def _package(turn: Turn, state: FormState) -> Package | None:
    """Gives the package that is to be booked; one that is not sold is told of and dropped."""
    wanted = state.get("paquete_id")
    if not wanted:
        return None
    package = next((one for one in await turn.api().packages() if one.id == wanted), None)
    if package is None:
        turn.say("utter_rechazado_package_not_found")
        state.forget("paquete_id")
    return package


async def _kind_and_price(turn: Turn, state: FormState) -> tuple[str, Price | None]:
    """Gives what is booked in the business's own words, and what it costs; the first kind where none was said."""
    business, packages = await turn.business(), await turn.api().packages()
    session = state.get("tipo_sesion") or business.session_types[0].id
    package = next((p for p in packages if p.id == state.get("paquete_id")), None)
    sold = [package] if package else [p for p in packages if p.session_type == session and p.sessions == 1]
    prices = [price for p in sold for price in p.prices if price.currency == business.currency]
    kind = next((t.name for t in business.session_types if t.id == session), session)
    return package.name if package else kind, min(prices, key=lambda price: price.amount, default=None)


class ActionAgendarCita(BaseSubmission):
    """Books what was agreed to, once however often the message comes."""

    form = AgendarCitaForm

    async def submit(self, turn: Turn, values: Mapping[str, Any]) -> None:
        """Books the time and says its number and what is to be paid."""
        start = dt.datetime.combine(values["fecha"], values["hora"], turn.now.tzinfo)
        business = await turn.business()
        session = values["tipo_sesion"] or (None if values["paquete_id"] else business.session_types[0].id)
        email, package, group = values["email"], values["paquete_id"], values["tamaño_grupo"]
        appointment = await turn.api(email).book(
            turn.key("agendar", start.isoformat(), session, package, group, email),
            start,
            session_type=session,
            package_id=package,
            group_size=group,
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

    async def after_refusal(self, turn: Turn, state: FormState, error: ApiError) -> Events:
        """Offers what the business offered instead of a time that was just taken."""
        if not isinstance(error, Refused) or error.code not in NO_TIME:
            return state.close(turn)
        free = error.refusal.alternatives
        if not free:
            return state.reopen("fecha", "hora")
        turn.say("utter_alternativas", buttons=buttons(free), horarios=listed(turn, free))
        return state.reopen_with_options([slot.start.isoformat() for slot in free], "hora")
