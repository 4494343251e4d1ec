"""Free times put to the customer as choices, and the choice read back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence

from actions.dialogue.state import OPTION, OPTIONS, FormState
from actions.dialogue.turn import Button, Turn
from actions.internal_api.models import Slot
from actions.values import Read, format_fecha, format_hora, read_ordinal_choice

OFFERED = 3


def nearest(slots: Iterable[Slot], wanted: dt.datetime) -> list[Slot]:
    """Gives the free times closest to a wanted one, in order of time."""
    closest = sorted(slots, key=lambda slot: abs(slot.start - wanted))[:OFFERED]
    return sorted(closest, key=lambda slot: slot.start)


def offer(turn: Turn, state: FormState, slots: Sequence[Slot]) -> None:
    """Puts free times to the customer and waits for one; says so where there are none."""
    if not slots:
        turn.say("utter_sin_alternativas")
        return
    turn.say("utter_alternativas", buttons=buttons(slots), horarios=listed(turn, slots))
    state.set(OPTIONS, [slot.start.isoformat() for slot in slots])
    state.ask(OPTION)


def listed(turn: Turn, slots: Sequence[Slot]) -> str:
    """Gives free times as lines."""
    return "\n".join(
        f"• {format_fecha(slot.start.date(), turn.now)}, {format_hora(slot.start.time())}" for slot in slots
    )


def buttons(slots: Sequence[Slot]) -> list[Button]:
    """Gives a button for each free time (WhatsApp shows up to three, of 20 characters)."""
    return [
        {
            "title": f"{slot.start:%d/%m} · {format_hora(slot.start.time())}",
            "payload": "/informar"
            + json.dumps({"fecha": slot.start.date().isoformat(), "hora": f"{slot.start:%H:%M}"}),
        }
        for slot in slots
    ]


def chosen(turn: Turn, options: Sequence[str] | None) -> dt.datetime | None:
    """Gives the offered time that the message names, if any: "la segunda", "la de las 4"."""
    if not options or turn.is_payload:
        return None
    starts = [dt.datetime.fromisoformat(option) for option in options]
    result = read_ordinal_choice(turn.text, starts)
    return starts[result.value] if isinstance(result, Read) else None
