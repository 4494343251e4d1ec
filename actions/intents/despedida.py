"""Saying goodbye; what was begun and not finished is named, not left open."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.dialogue.base import BaseAction, Events
from actions.dialogue.state import IN_DOUBT, leave_form
from actions.dialogue.turn import PROVEN, Turn


class ActionDespedida(BaseAction):
    """Says goodbye and closes an open form, saying that nothing came of it."""

    action_name = "action_despedida"

    async def answer(self, turn: Turn) -> Events:
        """Says goodbye; who the customer has shown to be ends with the conversation."""
        ended = SlotSet(PROVEN, None)
        if turn.tracker.active_loop_name:
            turn.say("utter_queda_en_duda" if turn.slot(IN_DOUBT) else "utter_despedida_pendiente")
            return [*leave_form(turn.tracker.slots), ended]
        turn.say("utter_despedida")
        return [ended]
