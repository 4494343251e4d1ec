"""A yes outside any form: to what was asked or offered just before."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction, SlotSet

from actions.dialogue.base import BaseAction, Events
from actions.dialogue.state import CHOSEN, OPTIONS, RESUMING
from actions.dialogue.turn import Turn
from actions.intents.aclarar import say_choices
from actions.intents.consultar_paquetes import ActionConsultarPaquetes
from actions.intents.informar import book_listed_time, book_named_time

TIMES_SHOWN = ("utter_horarios", "utter_sin_horarios_pero")
# Each asks which of its buttons it is.
CHOICES = ("utter_aclarar", "utter_ayuda_cercana", "utter_que_hacer_con_cita")


class ActionAfirmar(BaseAction):
    """Does what was offered, asks what is wanted where nothing was, and leaves no yes without a sense."""

    action_name = "action_afirmar"

    async def answer(self, turn: Turn) -> Events:
        """Books, shows, or asks."""
        if events := book_listed_time(turn) or _book_one_shown(turn) or book_named_time(turn):
            return events
        before = turn.said_before
        if turn.is_payload or turn.is_late_tap:
            # The question is settled.
            turn.say("utter_boton_anterior")
        elif turn.tracker.latest_message.get("entities"):
            say_choices(turn)
        elif "utter_sin_paquetes" in before:
            return [FollowupAction(ActionConsultarPaquetes.action_name)]
        elif "utter_sin_horarios" in before:
            turn.say("utter_que_dias")
        elif "utter_sin_citas" in before:
            return [FollowupAction("agendar_cita_form")]
        elif buttons := next((before[name] for name in CHOICES if before.get(name)), None):
            turn.say("utter_elige", buttons=buttons)
        else:
            # A yes after something that was done or told, and asks nothing, only takes note of it.
            turn.say("utter_dime" if turn.was_asked else "utter_de_acuerdo")
        return []


def _book_one_shown(turn: Turn) -> Events:
    """Opens the booking after "¿Quieres que te agende alguno?", for the day that was shown, if it was one."""
    if turn.said_before.keys().isdisjoint(TIMES_SHOWN) or not turn.slot(OPTIONS) or turn.is_payload:
        return []
    days = {option[:10] for option in turn.slot(OPTIONS)}
    known = [SlotSet("fecha", *days), SlotSet(RESUMING, CHOSEN)] if len(days) == 1 else []
    return [*known, FollowupAction("agendar_cita_form")]
