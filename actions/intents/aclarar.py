"""Below the confidence threshold: asks which of the two likeliest things was meant."""

from __future__ import annotations

import json

from actions.dialogue.base import BaseAction, Events
from actions.dialogue.turn import Button, Turn
from actions.phrasing.templates import load_templates

OFFERED = 2


class ActionAclarar(BaseAction):
    """Asks which of the two likeliest intents was meant, as buttons that keep what was already said."""

    action_name = "action_aclarar"

    async def answer(self, turn: Turn) -> Events:
        """Asks."""
        say_choices(turn)
        return []


def say_choices(turn: Turn) -> None:
    """Puts the likeliest intents to the customer, or says what can be done where none is likely."""
    buttons = _likeliest(turn)
    if buttons:
        turn.say("utter_aclarar", buttons=buttons)
    else:
        turn.say("utter_fuera_de_alcance")


def _likeliest(turn: Turn) -> list[Button]:
    titles = load_templates()
    ranking = turn.tracker.latest_message.get("intent_ranking") or ()
    known = [i["name"] for i in ranking if f"utter_titulo_{i.get('name')}" in titles]
    return [
        {"title": titles[f"utter_titulo_{name}"][0].text, "payload": f"/{name}{_values(turn)}"}
        for name in known[:OFFERED]
    ]


def _values(turn: Turn) -> str:
    names = {str(e.get("entity")) for e in turn.tracker.latest_message.get("entities") or ()}
    said = {name: turn.spans(name)[-1] for name in sorted(names) if turn.spans(name)}
    return json.dumps(said, ensure_ascii=False) if said else ""
