""" "Olvídalo": leaves what is open, at any moment."""

from __future__ import annotations

from actions.dialogue.base import BaseAction, Events
from actions.dialogue.state import IN_DOUBT, leave_form
from actions.dialogue.turn import Turn


class ActionOlvidar(BaseAction):
    """Closes the open form and forgets what it held."""

    action_name = "action_olvidar"

    async def answer(self, turn: Turn) -> Events:
        """Says that it was left, or agrees where nothing is open."""
        if turn.slot(IN_DOUBT):
            turn.say("utter_queda_en_duda")
        else:
            turn.say("utter_olvidado" if turn.tracker.active_loop_name else "utter_de_acuerdo")
        return leave_form(turn.tracker.slots)
