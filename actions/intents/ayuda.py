"""How things work, from the project's own help texts (the folder `ayuda/`, which an operator edits)."""

from __future__ import annotations

from actions.dialogue.base import BaseAction, Events
from actions.dialogue.turn import Turn
from actions.help.search import get_help
from actions.services import Services


class ActionAyuda(BaseAction):
    """Answers with the help text the question is about, or says that none is, or what can be asked."""

    action_name = "action_ayuda"

    def __init__(self, services: Services | None = None) -> None:
        super().__init__(services)
        # A help text that cannot be used stops the action server as it starts, not a conversation.
        get_help()

    async def answer(self, turn: Turn) -> Events:
        """Answers."""
        found = get_help().find(" ".join(turn.spans("tema_ayuda")) if turn.is_payload else turn.text)
        if found is None:
            turn.say("utter_ayuda_sin_respuesta")
        elif found.is_plea:
            turn.say("utter_ayuda")
        else:
            turn.say_passage("utter_ayuda_tema", found.text)
        return []
