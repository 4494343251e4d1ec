"""How things work, from the project's own help texts (the folder `ayuda/`, which an operator edits)."""

from __future__ import annotations

from collections.abc import Sequence

from actions.dialogue.base import BaseAction, Events
from actions.dialogue.turn import Button, Turn, button
from actions.help.search import get_help
from actions.help.texts import HelpText
from actions.services import Services


class ActionAyuda(BaseAction):
    """Answers with the help text the question is about, with those it may be about, or with what can be asked.

    What none is about is said to be unknown.
    """

    action_name = "action_ayuda"

    def __init__(self, services: Services | None = None) -> None:
        super().__init__(services)
        # A help text that cannot be used stops the action server as it starts, not a conversation.
        get_help()

    async def answer(self, turn: Turn) -> Events:
        """Answers."""
        question = " ".join(turn.spans("tema_ayuda")) if turn.is_payload else turn.text
        found = get_help().find(question)
        if found is None:
            _offer(turn, question)
        elif found.is_plea:
            turn.say("utter_ayuda")
        else:
            turn.say_passage("utter_ayuda_tema", found.text)
        return []


def _offer(turn: Turn, question: str) -> None:
    # While a form is open, a number is the answer to its question.
    near = [] if turn.tracker.active_loop_name else get_help().near(question)
    if near:
        turn.say("utter_ayuda_cercana", buttons=_buttons(near))
    elif turn.is_payload:
        # Who chose "Ayuda" after a message that nobody understood.
        turn.say("utter_ayuda")
    else:
        turn.say("utter_ayuda_sin_respuesta")


def _buttons(texts: Sequence[HelpText]) -> list[Button]:
    """Gives a button for each text: its title asks for it word for word."""
    titles = (text.questions[0] for text in texts)
    return [button(title, "ayuda", tema_ayuda=title) for title in titles]
