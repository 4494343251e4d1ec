"""Greeting, by name where it is known."""

from __future__ import annotations

from actions.dialogue.base import BaseAction, Events
from actions.dialogue.turn import Turn
from actions.errors import ApiError
from actions.values import read_nombre


class ActionSaludo(BaseAction):
    """Greets by the name just said, the one on file, or the one on the WhatsApp profile."""

    action_name = "action_saludo"

    async def answer(self, turn: Turn) -> Events:
        """Greets."""
        name = turn.first("nombre", read_nombre) or await _name_on_file(turn) or turn.profile_name
        if name:
            turn.say("utter_saludo_nombre", nombre=name.split()[0])
        else:
            turn.say("utter_saludo")
        return []


async def _name_on_file(turn: Turn) -> str | None:
    if not turn.contact_phone:
        return None
    try:
        return (await turn.api().contact()).name
    except ApiError:
        # A greeting does not need the business system.
        return None
