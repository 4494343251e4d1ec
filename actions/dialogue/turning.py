"""A change of mind in mid-form: "no, mejor cámbiala al viernes" while an appointment is being cancelled.

What is wanted then takes the place of what the form was for, with the same appointment; neither is done before it was
stated and agreed to. It waits where a message's second wish does, and its form takes it up from there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from actions.dialogue.meaning import ANSWERING, PURPOSES, SURE, gives_up
from actions.dialogue.state import SECOND, FormState
from actions.dialogue.turn import Turn
from actions.llm.report import Call
from actions.values import Read, read_cita_id, read_confirmacion
from actions.values.spelling import spell

# What each form may turn into.
_OTHER: Mapping[str, str] = {"cancelar_cita": "reagendar_cita", "reagendar_cita": "cancelar_cita"}
# How that is said where the intent is not that clear; "cambié de opinión" and "otro día" say neither.
_ITS = r"(?:me|se)?(?:la|lo)"
_SAID: Mapping[str, re.Pattern[str]] = {
    "reagendar_cita": re.compile(
        rf"\b(?:cambi|muev|mov|recorr|adelant|pospon|pospong|aplaz|pas)(?:a|e|ar|er){_ITS}\b"
        r"|\b(?:la|lo) (?:cambi|muev|recorr|adelant|pospong|aplaz|pas)(?:o|amos|emos)\b"
        r"|\b(?:reagend|reprogram)\w*"
    ),
    "cancelar_cita": re.compile(rf"\b(?:cancel|anul)(?:a|e|ar){_ITS}\b|\b(?:la|lo) (?:cancel|anul)(?:o|amos|emos)\b"),
}


def turns(turn: Turn, own_intent: str, state: FormState) -> bool:
    """Leaves the form for what the message wants instead; gives whether it does."""
    other = _OTHER.get(own_intent)
    if other is None or not state.asked or turn.is_payload or state.in_doubt or state.get(SECOND):
        return False
    named, known = turn.first("cita_id", read_cita_id), state.get("cita_id")
    if (named and known and named != known) or gives_up(turn, own_intent) or _agrees(turn, own_intent):
        return False
    is_meant = turn.intent == other and turn.confidence >= SURE
    is_said = turn.intent in ANSWERING - {"afirmar"} and _SAID[other].search(spell(turn.text))
    if not (is_meant or is_said):
        return False
    # What names a day may mean another appointment than the one in hand.
    carried = {} if other == "cancelar_cita" and turn.spans("fecha") else {"cita_id": known}
    message = {key: turn.tracker.latest_message.get(key) or [] for key in ("text", "entities")}
    state.set(SECOND, {**message, "intent": {"name": other, "confidence": turn.confidence}, "values": carried})
    state.leave()
    return True


def take_up(turn: Turn, intent: str, state: FormState) -> None:
    """Reads the words that were kept for a form while another one was open."""
    kept: Mapping[str, Any] | None = state.get(SECOND) if state.opening else None
    if not kept or kept["intent"]["name"] != intent:
        return
    if turn.intent != intent:
        turn.take_up(kept)
        turn.model_calls += [Call(**call) for call in kept.get("model_calls") or ()]
    for name, value in (kept.get("values") or {}).items():
        state.set(name, value)
    state.forget(SECOND)


def _agrees(turn: Turn, own_intent: str) -> bool:
    answer = read_confirmacion(turn.text, PURPOSES.get(own_intent))
    return isinstance(answer, Read) and bool(answer.value)
