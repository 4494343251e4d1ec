"""What the assistant does not do, other languages among it: says so, and what it does."""

from __future__ import annotations

from actions.dialogue.base import BaseAction, Events
from actions.dialogue.turn import Turn
from actions.values.language import is_foreign


class ActionFueraDeAlcance(BaseAction):
    """Says what it is for."""

    action_name = "action_fuera_de_alcance"

    async def answer(self, turn: Turn) -> Events:
        """Says it."""
        turn.say("utter_otro_idioma" if is_foreign(turn.text) else "utter_fuera_de_alcance")
        return []
