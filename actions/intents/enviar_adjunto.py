"""What is not text: a photo, a voice note, a sticker, or talk of one."""

from __future__ import annotations

from actions.dialogue.base import BaseAction, Events
from actions.dialogue.turn import Turn
from actions.phrasing.templates import load_templates

UNKNOWN = "otro"


class ActionEnviarAdjunto(BaseAction):
    """Says that only text is read, and what to do instead, in the words for the kind of attachment."""

    action_name = "action_enviar_adjunto"

    async def answer(self, turn: Turn) -> Events:
        """Says it."""
        turn.say(f"utter_adjunto_{_kind(turn)}")
        return []


def _kind(turn: Turn) -> str:
    """Gives the one kind that the message names and the domain has words for."""
    entities = turn.tracker.latest_message.get("entities") or ()
    named = {str(e.get("value")).lower() for e in entities if e.get("entity") == "tipo_adjunto"}
    known = [kind for kind in named if f"utter_adjunto_{kind}" in load_templates()]
    return known[0] if len(known) == 1 else UNKNOWN
