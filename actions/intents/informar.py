"""An answer nobody asked for: a day, a time, outside any form."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction, SlotSet

from actions.dialogue.base import BaseAction, Events
from actions.dialogue.offers import chosen
from actions.dialogue.state import CHOSEN, OPTIONS, RESUMING
from actions.dialogue.turn import Turn
from actions.intents.aclarar import say_choices
from actions.values import Read, read_fecha, read_hora


class ActionInformar(BaseAction):
    """Takes a time as the wish to book it, most of all one that was just listed; asks what is meant otherwise."""

    action_name = "action_informar"

    async def answer(self, turn: Turn) -> Events:
        """Opens the booking, or asks."""
        events = book_listed_time(turn) or book_named_time(turn)
        if not events:
            say_choices(turn)
        return events


def book_listed_time(turn: Turn) -> Events:
    """Opens the booking of the listed time that the message chooses; gives nothing where it chooses none."""
    start = chosen(turn, turn.slot(OPTIONS))
    if not start:
        return []
    day, time = start.date().isoformat(), f"{start:%H:%M}"
    return [
        SlotSet("fecha", day),
        SlotSet("hora", time),
        SlotSet(RESUMING, CHOSEN),
        FollowupAction("agendar_cita_form"),
    ]


def book_named_time(turn: Turn) -> Events:
    """Opens the booking for the day or hour that the message names; gives nothing where it names none."""
    phrases = (*turn.spans("fecha"), *turn.spans("hora"))
    if turn.spans("fecha_nacimiento") or not any(_is_time(turn, phrase) for phrase in phrases):
        return []
    return [FollowupAction("agendar_cita_form")]


def _is_time(turn: Turn, phrase: str) -> bool:
    results = (read_fecha(phrase, turn.reading), read_hora(phrase, turn.reading))
    return any(isinstance(result, Read) for result in results)
