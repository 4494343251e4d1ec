"""Saying goodbye; what was begun and not finished is named, not left open."""

from __future__ import annotations

from actions.dialogue.base import BaseAction, Events
from actions.dialogue.state import leave_form
from actions.dialogue.turn import Turn


class ActionDespedida(BaseAction):
    """Says goodbye and closes an open form, saying that nothing came of it."""

    action_name = "action_despedida"

    async def answer(self, turn: Turn) -> Events:
        """Says goodbye."""
        if turn.tracker.active_loop_name:
            turn.say("utter_despedida_pendiente")
            return leave_form(turn.tracker.slots)
        turn.say("utter_despedida")
        return []
