"""What the tests of rewording have reworded, and how they look at it."""

from __future__ import annotations

from typing import Any

import httpx

from actions.dialogue.turn import Said
from actions.phrasing.phraser import Phraser

FACTS = {"fecha": "martes 24 de noviembre", "hora": "15:00", "cita_id": "C-1042", "email": "ana@example.com"}
BOOKED = Said("utter_cita_agendada", FACTS)
CANCELLED = Said("utter_cita_cancelada", FACTS)
EXACT = Said("utter_confirmar_agendar_cita", {"fecha": "x", "hora": "y", "email": "z"})
PASSAGE = Said(
    "utter_ayuda_tema", {"texto": "Puedes pagar con tarjeta o en efectivo."}, passage="Puedes pagar con tarjeta."
)


def calls_of(sandbox: httpx.Client) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = sandbox.get("/sandbox/llm/calls").raise_for_status().json()["calls"]
    return calls


async def verdict(phraser: Phraser, *messages: Said) -> tuple[str, str | None]:
    """Rewords and gives what became of the first message; where it is not accepted, the template must stay."""
    texts, report = await phraser.reword(messages or [BOOKED])
    assert report is not None
    call = report["calls"][0]
    assert (texts[0] is None) == (call["verdict"] != "accepted")
    return call["verdict"], call["reason"]
