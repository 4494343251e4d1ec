"""How a request or an appointment stands: told to its owner, the same "not found" to anybody else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from actions.dialogue import fields
from actions.dialogue.base import Events
from actions.dialogue.forms import BaseForm
from actions.dialogue.problems import likely_wrong, say_not_found
from actions.dialogue.state import TRIED, FormState
from actions.dialogue.submissions import BaseSubmission
from actions.dialogue.turn import Button, Turn, button
from actions.errors import ApiError, NotFound, VerificationRequired
from actions.intents.cancelar_cita import listed, say_no_appointments, upcoming
from actions.internal_api.models import Appointment, ServiceRequest
from actions.phrasing.templates import load_templates
from actions.values import format_fecha, format_hora
from actions.values.spelling import spell


class ConsultaEstadoForm(BaseForm):
    """Asks for the number of a request or an appointment, and for its owner's e-mail."""

    intent = "consulta_estado"
    fields = (
        fields.SOLICITUD_ID.needed(),
        fields.CITA_ID,
        fields.EMAIL.needed(),
        fields.TIPO_CONSULTA,
    )

    def required(self, state: FormState) -> Sequence[str]:
        """Gives what to ask for: either number will do."""
        return ["email"] if state.get("cita_id") else super().required(state)

    async def check(self, turn: Turn, state: FormState) -> None:
        """Tells a known contact who asks for "mi cita" without a number of those to come."""
        if state.changed("email") and state.changed("solicitud_id", "cita_id"):
            # Another number is another question: nothing was asked twice about it yet.
            state.forget(TRIED)
        numbered = state.get("cita_id") or state.get("solicitud_id")
        if numbered or not state.opening or not state.get("email") or not _about_appointments(turn.text):
            return
        try:
            appointments = await upcoming(turn, state.get("email"), None)
        except VerificationRequired:
            # To ask for the number spares them the code.
            return
        if appointments:
            turn.say("utter_citas_encontradas", citas=listed(turn, appointments))
            turn.say("utter_que_hacer_con_cita", buttons=_deeds(appointments))
            state.leave()
        elif not turn.spans("tipo_consulta"):
            say_no_appointments(turn, state)


def _about_appointments(text: str) -> bool:
    return bool(re.search(r"\b(?:citas?|turnos?|sesion(?:es)?|consultas?|hora)\b", spell(text)))


def _deeds(appointments: Sequence[Appointment]) -> list[Button]:
    """Gives what can be done with appointments: "lo de mi cita" may have meant that."""
    titles = load_templates()
    only = appointments[0].id if len(appointments) == 1 else None
    about = ("reagendar_cita", "cancelar_cita", "pagar_servicio")
    return [button(titles[f"utter_titulo_{deed}"][0].text, deed, cita_id=only) for deed in about]


class ActionConsultaEstado(BaseSubmission):
    """Looks the request or the appointment up and says how it stands."""

    form = ConsultaEstadoForm

    async def submit(self, turn: Turn, values: Mapping[str, Any]) -> None:
        """Says the status in the words of the domain."""
        api = turn.api(values["email"])
        if values["cita_id"]:
            _say_appointment(turn, await api.appointment(values["cita_id"]))
        else:
            _say_request(turn, await api.request(values["solicitud_id"]))

    async def after_refusal(self, turn: Turn, state: FormState, error: ApiError) -> Events:
        """Asks once more for what is likeliest wrong, and then offers a person."""
        if isinstance(error, NotFound):
            turn.said.clear()
            say_not_found(turn, again=state.tried_again)
            if not state.tried_again:
                return state.reopen(*await likely_wrong(turn, state), trying_again=True)
        return state.close(turn, accepted=False)


def _say_appointment(turn: Turn, appointment: Appointment) -> None:
    turn.say(
        f"utter_estado_cita_{appointment.status}",
        cita_id=appointment.id,
        fecha=format_fecha(appointment.start.date(), turn.now),
        hora=format_hora(appointment.start.time()),
    )


def _say_request(turn: Turn, request: ServiceRequest) -> None:
    turn.say(
        f"utter_estado_solicitud_{request.status}",
        solicitud_id=request.id,
        asunto=request.subject,
        actualizada=format_fecha(request.updated_at.date(), turn.now),
    )
