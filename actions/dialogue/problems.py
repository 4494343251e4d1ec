"""What a form says when an answer cannot be used."""

from __future__ import annotations

from collections.abc import Sequence

from actions.dialogue.meaning import UNMISTAKABLE, Found
from actions.dialogue.state import FAILURES, OPTION, FormState
from actions.dialogue.turn import Turn
from actions.values import Unclear
from actions.values.result import NOTHING_SAID


def tell_problems(turn: Turn, state: FormState, found: Found, required: Sequence[str]) -> bool:
    """Says why a value that was clearly meant is none, and keeps no older one in its place.

    Args:
        turn: the turn.
        state: the form's.
        found: what was read for its fields.
        required: the fields that it asks for.

    Returns:
        Whether something was said.
    """
    told = False
    for name, result in found.items():
        if not isinstance(result, Unclear) or result == NOTHING_SAID:
            continue
        if name == state.asked or turn.spans(name) or result.reason in UNMISTAKABLE:
            state.problems[name] = result.reason
            if not told and name in required:
                turn.say(f"utter_problema_{result.reason}")
                told = True
            if name != state.asked and name in required:
                state.forget(name)
    return told


def explain(turn: Turn, state: FormState, told: bool) -> None:
    """Counts a useless answer and explains the question better each time; `told` is whether it was said why."""
    failures = int(state.get(FAILURES) or 0) + 1
    state.set(FAILURES, failures)
    if failures >= 3:
        turn.say("utter_ofrecer_persona")
    elif failures == 2:
        turn.said.clear()
        turn.say(f"utter_explicar_{state.asked}")
    elif turn.intent == "negar":
        turn.say("utter_dejar_o_seguir")
    elif not told:
        turn.say("utter_no_entendi_respuesta")
    if state.asked == OPTION:
        state.ask(OPTION)
