"""Below the confidence threshold: a second opinion where one is to be had, or the question which of two was meant."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rasa_sdk.events import FollowupAction, SlotSet

from actions.dialogue.base import BaseAction, Events
from actions.dialogue.state import SECOND
from actions.dialogue.turn import Button, Turn
from actions.intents.ayuda import ActionAyuda
from actions.intents.consultar_horarios import ActionConsultarHorarios
from actions.intents.consultar_paquetes import ActionConsultarPaquetes
from actions.intents.despedida import ActionDespedida
from actions.intents.saludo import ActionSaludo
from actions.llm.opinion import Opinion
from actions.phrasing.templates import load_templates
from actions.values.language import is_foreign

OFFERED = 2
_LONGEST_QUESTION = 300
# What a second opinion may take a message for: what opens a form, and what only tells something.
TELLING: Mapping[str, type[BaseAction]] = {
    "consultar_horarios": ActionConsultarHorarios,
    "consultar_paquetes": ActionConsultarPaquetes,
    "saludo": ActionSaludo,
    "despedida": ActionDespedida,
    "ayuda": ActionAyuda,
}


class ActionAclarar(BaseAction):
    """Does what a second opinion takes the message for, or asks which of the two likeliest intents was meant.

    The question has buttons that keep what was already said.
    """

    action_name = "action_aclarar"

    async def answer(self, turn: Turn) -> Events:
        """Does, or asks."""
        opinion = None if turn.is_payload else await _second_opinion(turn)
        if opinion is None:
            say_choices(turn)
            return []
        turn.understood = True
        message = _understood(turn, opinion)
        if opinion.intent in TELLING:
            turn.take_up(message)
            return await TELLING[opinion.intent](turn.services).answer(turn)
        # The form speaks, so it reports what was asked here as well.
        message["model_calls"] = [call.as_dict() for call in turn.model_calls]
        return [SlotSet(SECOND, message), FollowupAction(f"{opinion.intent}_form")]


async def _second_opinion(turn: Turn) -> Opinion | None:
    names = [*turn.spans("nombre"), *filter(None, [turn.profile_name])]
    return await turn.services.understanding.of(turn.text, names, turn.model_time_left(), turn.model_calls)


def _understood(turn: Turn, opinion: Opinion) -> dict[str, Any]:
    """Gives the message as the opinion has it; of a kind that our own reading found something of, that stands."""
    entities = [dict(e) for e in turn.tracker.latest_message.get("entities") or ()]
    kinds = {e.get("entity") for e in entities}
    for kind, start, end in opinion.spans:
        if kind not in kinds:
            entities.append({"entity": kind, "start": start, "end": end, "value": turn.text[start:end]})
    return {
        "text": turn.text,
        "entities": entities,
        "intent": {"name": opinion.intent, "confidence": opinion.confidence},
    }


def say_choices(turn: Turn) -> None:
    """Puts the likeliest intents to the customer, or says what can be done where none is likely."""
    buttons = _likeliest(turn)
    if is_foreign(turn.text):
        turn.say("utter_otro_idioma", buttons=buttons)
    elif buttons:
        turn.say("utter_aclarar", buttons=buttons)
    else:
        turn.say("utter_fuera_de_alcance")


def _likeliest(turn: Turn) -> list[Button]:
    titles = load_templates()
    ranking = turn.tracker.latest_message.get("intent_ranking") or ()
    known = [i["name"] for i in ranking if f"utter_titulo_{i.get('name')}" in titles]
    return [
        {"title": titles[f"utter_titulo_{name}"][0].text, "payload": f"/{name}{_values(turn, name)}"}
        for name in known[:OFFERED]
    ]


def _values(turn: Turn, intent: str) -> str:
    """Gives what was said as the button keeps it: values by kind, of a question for help all of it."""
    if intent == "ayuda":
        return json.dumps({"tema_ayuda": turn.text[:_LONGEST_QUESTION]}, ensure_ascii=False)
    names = {str(e.get("entity")) for e in turn.tracker.latest_message.get("entities") or ()}
    said = {name: turn.spans(name)[-1] for name in sorted(names) if turn.spans(name)}
    return json.dumps(said, ensure_ascii=False) if said else ""
