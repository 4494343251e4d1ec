"""What happened between a customer and the business; told only to a person the business knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from actions.dialogue import fields
from actions.dialogue.forms import BaseForm
from actions.dialogue.state import FormState
from actions.dialogue.submissions import BaseSubmission
from actions.dialogue.turn import Turn
from actions.internal_api.models import HistoryEntry
from actions.phrasing.templates import load_templates
from actions.values import Read, format_fecha, format_money, read_rango

SHOWN = 10


class ConsultarHistorialForm(BaseForm):
    """Asks whose history it is."""

    intent = "consultar_historial"
    fields = (
        fields.EMAIL.needed(),
        fields.TIPO_HISTORIAL,
        fields.FECHA_DESDE,
        fields.FECHA_HASTA,
    )

    def read_together(self, turn: Turn, state: FormState) -> bool:
        """Reads the period that the message names: "de octubre", "los últimos 7 días"."""
        period = read_rango(turn.text, turn.reading, past_allowed=True)
        if not isinstance(period, Read):
            return False
        state.set("fecha_desde", period.value.start.isoformat())
        state.set("fecha_hasta", period.value.end.isoformat())
        return True

    async def check(self, turn: Turn, state: FormState) -> None:
        """Leaves the only question, whether this person may see it, to the business system."""


class ActionConsultarHistorial(BaseSubmission):
    """Lists the latest entries."""

    form = ConsultarHistorialForm

    async def submit(self, turn: Turn, values: Mapping[str, Any]) -> None:
        """Says the entries, or that there are none."""
        entries = await turn.api(values["email"]).history(
            values["tipo_historial"], values["fecha_desde"], values["fecha_hasta"]
        )
        if not entries:
            turn.say("utter_historial_vacio")
            return
        turn.say("utter_historial", historial=_listed(turn, entries[:SHOWN]))
        if len(entries) > SHOWN:
            turn.say("utter_historial_hay_mas", total=len(entries), mostradas=SHOWN)


def _listed(turn: Turn, entries: Sequence[HistoryEntry]) -> str:
    lines = []
    for entry in entries:
        parts = [format_fecha(entry.date.date(), turn.now), entry.description]
        status = load_templates().get(f"utter_etiqueta_{entry.status}")
        parts.append(status[0].text if status else entry.status)
        if entry.amount:
            parts.append(format_money(entry.amount.money))
        lines.append("• " + " · ".join(parts))
    return "\n".join(lines)
