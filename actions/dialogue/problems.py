"""What a form says when an answer cannot be used."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from actions.dialogue.meaning import NUMBERED, UNMISTAKABLE, Found, contact_of, yes_or_no
from actions.dialogue.state import FAILURES, OPTION, FormState
from actions.dialogue.turn import Turn, button
from actions.phrasing.templates import load_templates
from actions.values import Read, Unclear
from actions.values.result import NOTHING_SAID
from actions.values.spelling import alone, spell

# What customers call the fields.
_NAMED_BY: Mapping[str, re.Pattern[str]] = {
    "fecha": re.compile(r"\b(?:dia|fecha)\b"),
    "hora": re.compile(r"\b(?:hora|horario)\b"),
    "email": re.compile(r"\b(?:correo|mail|email)\b"),
    "monto": re.compile(r"\b(?:monto|cantidad|importe)\b"),
    "método_pago": re.compile(r"\b(?:metodo|forma de pag\w+|medio de pago)\b"),
    "cita_id": re.compile(r"\b(?:otra cita|numero de (?:la |mi )?cita)\b"),
    "nombre": re.compile(r"nombre|apellido|llamo"),
    "teléfono": re.compile(r"telefono|celular|numero|movil"),
    "fecha_nacimiento": re.compile(r"nacimiento|cumpleanos|naci"),
}
_MOST_WORDS = 6
_BARE_NUMBER = re.compile(r"\d{1,2}")
_GUESSED = "utter_problema_email_parecido"


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
                _tell(turn, result)
                told = True
            if name != state.asked and name in required:
                state.forget(name)
    return told


def _tell(turn: Turn, problem: Unclear) -> None:
    if problem.reason == "email_dudoso" and len(problem.choices) == 1:
        # "ana@gmail.con": who does not see the slip would only write it again.
        agreeing = button(load_templates()["utter_titulo_si"][0].text, "informar", email=str(problem.choices[0]))
        turn.say(_GUESSED, email=problem.choices[0], buttons=[agreeing])
    else:
        turn.say(f"utter_problema_{problem.reason}")


def weighed(turn: Turn, own_intent: str, asked: str | None, found: Found) -> Found:
    """Gives what was read for a form's fields, in the light of what was asked."""
    if asked == "email" and (guess := _guessed_email(turn)) and yes_or_no(turn, own_intent):
        return {**found, "email": Read(guess)}
    if asked and isinstance(found.get(asked), Read) and _BARE_NUMBER.fullmatch(alone(spell(turn.text))):
        # "15", asked for the hour, is no day as well.
        return {asked: found[asked]}
    return found


def _guessed_email(turn: Turn) -> str | None:
    """Gives the address that was shown with its slip mended, and that a yes takes."""
    buttons = turn.said_before.get(_GUESSED) or ()
    return next((str(json.loads(b["payload"].removeprefix("/informar"))["email"]) for b in buttons), None)


def ask_named(turn: Turn, state: FormState, names: Sequence[str]) -> bool:
    """Asks anew for a value that is to change and is only named ("la hora"); gives whether one is."""
    named = named_in(turn.text, names) if len(turn.text.split()) <= _MOST_WORDS else None
    if named:
        state.forget(named)
        state.ask(named)
    return named is not None


def named_in(text: str, names: Sequence[str]) -> str | None:
    """Gives the first of these fields that a text calls by its name."""
    words = spell(text)
    return next((name for name in names if name in _NAMED_BY and _NAMED_BY[name].search(words)), None)


def say_not_found(turn: Turn, *, again: bool) -> None:
    """Says that nothing fits what the customer gave; the second time with the offer of a person."""
    turn.say("utter_sigo_sin_encontrar" if again else "utter_no_encontrado")


async def likely_wrong(turn: Turn, state: FormState) -> Sequence[str]:
    """Gives the fields that are to be asked for anew where nothing was found.

    Of a contact the business knows by this very e-mail it is the number; of anybody else it may be the e-mail, which
    is asked for again while a corrected number is understood as well.
    """
    known = await contact_of(turn)
    return NUMBERED if known and known.email == state.get("email") else ("email",)


def explain(turn: Turn, state: FormState, told: bool) -> None:
    """Counts a useless answer and explains the question better each time; `told` is whether it was said why."""
    failures = int(state.get(FAILURES) or 0) + 1
    state.set(FAILURES, failures)
    if failures >= 3:
        turn.say("utter_ofrecer_persona")
    elif failures == 2 and not any(said.response == _GUESSED for said in turn.said):
        turn.said.clear()
        turn.say(f"utter_explicar_{state.asked}")
    elif turn.intent == "negar":
        turn.say("utter_dejar_o_seguir")
    elif not told:
        turn.say("utter_no_entendi_respuesta")
    if state.asked == OPTION:
        state.ask(OPTION)
