"""Why the fact lock refuses: the code that statistics count."""

from __future__ import annotations

import pytest

from tests.unit.actions.phrasing.corpora import held, passages, refusal, templates

BOOKED = templates()["utter_cita_agendada-0"]
GOOD = "¡Listo! Tu cita quedó agendada para el [[1]] a las [[2]]. Su número es [[3]] y está a nombre de [[4]]."

REASONS = {
    "": "empty",
    " \n ": "empty",
    "hola " * 2000: "too_long",
    "[[1]] [[2]] [[3]] [[4]]": "too_short",
    GOOD.replace("[[1]]", "[[2]]", 1).replace("a las [[2]]", "a las [[1]]"): "facts_moved",
    GOOD.replace(" y está a nombre de [[4]]", ""): "fact_lost",
    GOOD.replace("[[4]]", "[[4]] [[4]]"): "fact_repeated",
    GOOD.replace("[[4]]", "[[9]]"): "fact_unknown",
    GOOD.replace("[[3]]", "[[3]]5"): "fact_glued",
    GOOD.replace("el [[1]]", "desde [[1]]"): "fact_role",
    GOOD.replace("el [[1]]", "del [[1]]"): "fact_role",
    GOOD.replace("[[2]].", "[[2]] (45 USD)."): "number",
    GOOD.replace("[[2]].", "[[2]] por $ más."): "number",
    GOOD.replace("[[2]].", "[[2]] por veinte dólares."): "word_added",
    GOOD.replace("[[2]].", "[[2]]. Mira astral.com."): "word_added",
    GOOD.replace("[[2]].", "[[2]]. Mira https://astral.com/x"): "sign",
    GOOD.replace("[[2]].", "[[2]]. Escribe a hola@astral"): "sign",
    GOOD.replace("Tu cita", "**Tu cita**"): "markup",
    GOOD + "\n| día | hora |": "markup",
    GOOD.replace("Tu", "Tυ"): "alphabet",
    GOOD.replace("!", ","): "unclosed",
    f"¿{GOOD}": "unclosed",
    f"{GOOD} ¡": "unclosed",
    GOOD + " 🎉": "emoji",
    GOOD + " ✨ ✨": "emoji",
    GOOD.replace("Tu cita", "- Tu cita", 1).replace("¡Listo! ", "¡Listo!\n"): "lines",
    GOOD.upper(): "shouting",
    GOOD.replace("Tu cita", "¿Tu cita").replace("[[2]].", "[[2]]?"): "question",
    GOOD.replace("Tu cita", "Su cita"): "address",
    "Dígame. " + GOOD: "address",
    "Your appointment is booked for [[1]] at [[2]], number [[3]], under the name [[4]].": "language",
    "As an AI language model I cannot help with [[1]] [[2]] [[3]] [[4]] today, sorry about it.": "language",
    "Como modelo de lenguaje no puedo: tu cita es el [[1]] a las [[2]], número [[3]], de [[4]].": "word_added",
    "Lo siento, no puedo ayudarte con eso, ni hoy ni nunca más.": "fact_lost",
    GOOD.replace("quedó", "no quedó"): "denial",
    GOOD.replace("quedó agendada", "quedó sin cita"): "denial",
    GOOD.replace("agendada", "cita", 1): "meaning_lost",
    GOOD.replace("¡Listo!", "Lo siento,"): "mood",
    GOOD.replace("Tu cita", "Si necesitas algo más, tu cita"): "condition",
    GOOD.replace("agendada", "cita cita cita agendada"): "word_repeated",
    GOOD.replace("Tu cita quedó", "Tu cita quedó agendada, tu cita quedó"): "word_repeated",
    "¡Listo! Tu cita quedó agendada. Para el [[1]] a las [[2]] su número es [[3]] y está a nombre de [[4]].": "order",
}


def test_the_text_these_are_made_of_is_sent() -> None:
    assert refusal(held(BOOKED), GOOD) is None


def test_a_word_right_after_an_emoji_gets_its_space() -> None:
    lock = held(BOOKED)

    assert lock.checked(GOOD.replace("! Tu", "! ✨Tu")) == GOOD.replace("! Tu", "! ✨ Tu")
    assert lock.checked(GOOD.replace("! Tu", "! ✨\ufe0f Tu")) == GOOD.replace("! Tu", "! ✨\ufe0f Tu")


@pytest.mark.parametrize(
    ("text", "code"), REASONS.items(), ids=[f"{it[1]}-{n}" for n, it in enumerate(REASONS.items())]
)
def test_says_why(text: str, code: str) -> None:
    assert refusal(held(BOOKED), text) == code


def test_a_list_keeps_its_bullets_and_gets_no_others() -> None:
    lock = held(passages()["sesiones"])
    assert refusal(lock, lock.locked.text) is None
    assert refusal(held(BOOKED), f"• {GOOD}") == "sign"


def test_a_refusal_without_facts_is_refused_too() -> None:
    """Where no fact would be missed."""
    lock = held(templates()["utter_historial_vacio-0"])
    for text in ("Lo siento, no puedo ayudarte.", "Como IA, no encontré nada.", "I found no such movements, sorry."):
        assert refusal(lock, text)
