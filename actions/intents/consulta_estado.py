"""How a request or an appointment stands: told to its owner, the same "not found" to anybody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from actions.dialogue import fields
from actions.dialogue.forms import BaseForm, BaseSubmission
from actions.dialogue.state import FormState
from actions.dialogue.turn import Turn
from actions.internal_api.models import Appointment, ServiceRequest
from actions.values import format_fecha, format_hora


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
        """Leaves the only question, who the owner is, to the business system."""


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
