"""Asking for a person."""

from __future__ import annotations

from actions.dialogue.base import BaseAction, Events
from actions.dialogue.meaning import declines_person
from actions.dialogue.state import leave_form
from actions.dialogue.turn import Turn
from actions.errors import ApiError


class ActionHablarConPersona(BaseAction):
    """Tells the business that a customer wants a person, and the customer what happens next."""

    action_name = "action_hablar_con_persona"

    async def answer(self, turn: Turn) -> Events:
        """Leaves the request and what was begun, or says how to reach a person when it cannot be left.

        From then on the customer hears nothing from the assistant, so who says "persona no" is asked what is wanted.
        """
        if declines_person(turn):
            turn.say("utter_dime")
            return []
        try:
            await turn.api().hand_off(f"{turn.message_id}:persona", "customer_asked")
        except ApiError as error:
            turn.error = error
            turn.say("utter_persona_no_avisada")
            return []
        turn.say("utter_persona_avisada")
        turn.hands_over = True
        # The person takes over from here: no form asks its question again.
        return leave_form(turn.tracker.slots)
