"""Cancelling an appointment: its owner only, and only after a yes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from actions.dialogue import fields
from actions.dialogue.forms import BaseForm
from actions.dialogue.state import FormState
from actions.dialogue.submissions import BaseSubmission
from actions.dialogue.turn import PROVEN, Turn
from actions.errors import NotFound
from actions.internal_api.models import Appointment
from actions.values import format_fecha, format_hora
from actions.values.spelling import spell

# "Agenda una y cancela otra": not the one that was just booked.
_ANOTHER = re.compile(r"\b(?:la )?otra(?: cita)?$|\botra cita\b")
# "Cancela la del viernes, que no puedo": turned down as it is, that is the day.
_ITS_DAY = replace(fields.FECHA, even_refused=True)


class CancelarCitaForm(BaseForm):
    """Asks which appointment and whose; a known contact's is found by its day, or because it is the only one."""

    intent = "cancelar_cita"
    confirms = True
    no_means_change = False
    fields = (fields.CITA_ID.needed(), fields.EMAIL.needed(), _ITS_DAY, fields.MOTIVO)

    async def check(self, turn: Turn, state: FormState) -> None:
        """Finds the appointment of a known contact who gave no number."""
        news = state.opening or state.changed("email", "fecha", PROVEN)
        if state.asked and state.get("fecha") and state.changed("fecha") and not state.changed("cita_id"):
            # "No, la del jueves": another one than the one that was found.
            state.forget("cita_id")
        if state.get("cita_id") or not state.get("email") or not news:
            return
        day = dt.date.fromisoformat(state.get("fecha")) if state.get("fecha") else None
        found = await upcoming(turn, state.get("email"), day)
        if day and not found:
            # "Porque el viernes salgo de viaje" names no appointment either.
            turn.say("utter_sin_cita_ese_dia", fecha=format_fecha(day, turn.now))
            state.forget("fecha")
            found = await upcoming(turn, state.get("email"), None)
        if len(found) == 1 and not _ANOTHER.search(spell(turn.text)):
            state.set("cita_id", found[0].id)
        elif found:
            turn.say("utter_citas_encontradas", citas=listed(turn, found))
        else:
            say_no_appointments(turn, state)

    async def confirm(self, turn: Turn, state: FormState) -> None:
        """States the appointment and asks whether to cancel it; one that is over is only told of."""
        appointment = await turn.api(state.get("email")).appointment(state.get("cita_id"))
        facts: dict[str, Any] = {
            "cita_id": appointment.id,
            "fecha": format_fecha(appointment.start.date(), turn.now),
            "hora": format_hora(appointment.start.time()),
        }
        if appointment.status == "booked":
            turn.say("utter_confirmar_cancelar_cita", **facts)
            return
        turn.say(f"utter_estado_cita_{appointment.status}", **facts)
        state.leave()


async def upcoming(turn: Turn, email: str, day: dt.date | None) -> Sequence[Appointment]:
    """Gives a customer's booked appointments of a day, or all to come.

    Raises:
        VerificationRequired: to whom has not shown who they are; they can do it now, or name one by its number.
    """
    return await turn.api(email).appointments(day or turn.now.date(), day, "booked")


def say_no_appointments(turn: Turn, state: FormState) -> None:
    """Says that there is nothing to come, in place of whatever was said of it, and leaves the form."""
    turn.said.clear()
    turn.say("utter_sin_citas", email=state.get("email"))
    state.leave()


def listed(turn: Turn, appointments: Sequence[Appointment]) -> str:
    """Gives appointments as lines."""
    return "\n".join(
        f"• {a.id}: {format_fecha(a.start.date(), turn.now)}, {format_hora(a.start.time())}" for a in appointments
    )


class ActionCancelarCita(BaseSubmission):
    """Cancels the appointment that was agreed on."""

    form = CancelarCitaForm
    declined_response = "utter_cita_sigue_en_pie"

    async def submit(self, turn: Turn, values: Mapping[str, Any]) -> None:
        """Cancels and says which."""
        cita_id = values["cita_id"]
        if not cita_id:
            raise NotFound
        appointment = await turn.api(values["email"]).cancel(turn.key("cancelar", cita_id), cita_id, values["motivo"])
        turn.say(
            "utter_cita_cancelada",
            cita_id=appointment.id,
            fecha=format_fecha(appointment.start.date(), turn.now),
            hora=format_hora(appointment.start.time()),
        )
