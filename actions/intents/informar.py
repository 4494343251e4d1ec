"""An answer nobody asked for: a day, a time, a yes, outside any form."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction, SlotSet

from actions.dialogue.base import BaseAction, Events
from actions.dialogue.offers import chosen
from actions.dialogue.state import CHOSEN, OPTIONS, RESUMING
from actions.dialogue.turn import Turn
from actions.intents.aclarar import say_choices
from actions.intents.consultar_horarios import ActionConsultarHorarios
from actions.values import Read, read_fecha, read_hora


class ActionInformar(BaseAction):
    """Takes a time as the wish to book it, most of all one that was just listed; asks what is meant otherwise."""

    action_name = "action_informar"

    async def answer(self, turn: Turn) -> Events:
        """Opens the booking, or asks."""
        start = chosen(turn, turn.slot(OPTIONS))
        if start:
            day, time = start.date().isoformat(), f"{start:%H:%M}"
            chosen_time = [SlotSet("fecha", day), SlotSet("hora", time), SlotSet(RESUMING, CHOSEN)]
            return [*chosen_time, FollowupAction("agendar_cita_form")]
        were_shown = turn.answered_before == ActionConsultarHorarios.action_name
        if were_shown and turn.intent == "afirmar" and turn.slot(OPTIONS):
            # "¿Quieres que te agende alguno?": of the day that was shown, if it was one.
            days = {option[:10] for option in turn.slot(OPTIONS)}
            known = [SlotSet("fecha", *days), SlotSet(RESUMING, CHOSEN)] if len(days) == 1 else []
            return [*known, FollowupAction("agendar_cita_form")]
        phrases = (*turn.spans("fecha"), *turn.spans("hora"))
        if not turn.spans("fecha_nacimiento") and any(_is_time(turn, phrase) for phrase in phrases):
            return [FollowupAction("agendar_cita_form")]
        say_choices(turn)
        return []


def _is_time(turn: Turn, phrase: str) -> bool:
    results = (read_fecha(phrase, turn.reading), read_hora(phrase, turn.reading))
    return any(isinstance(result, Read) for result in results)
