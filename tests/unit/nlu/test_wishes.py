"""Two wishes in one message are told apart, and one wish in many words stays one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from actions.dialogue.base import InformingAction
from actions.intents import consultar_horarios, consultar_paquetes  # noqa: F401 -- they make themselves known
from nlu.wishes import SERVED, Ranked, clauses, wishes

DOMAIN = Path(__file__).resolve().parents[3] / "domain.yml"

WORDS = {
    "cancel": "cancelar_cita",
    "agend": "agendar_cita",
    "agénd": "agendar_cita",
    "cuánto": "consultar_paquetes",
    "horario": "consultar_horarios",
    "gracias": "agradecer",
    "pag": "pagar_servicio",
}
LIKELY = tuple(WORDS.values())


def classify(texts: Sequence[str]) -> list[Ranked]:
    return [
        next(((intent, 0.99) for word, intent in WORDS.items() if word in text), ("informar", 0.9)) for text in texts
    ]


def found(text: str, likely: Sequence[str] = LIKELY) -> list[tuple[str, str]]:
    return [(wish.intent, text[wish.start : wish.end].strip()) for wish in wishes(text, likely, classify)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "cancela la C-1013 y agéndame otra el martes",
            [("cancelar_cita", "cancela la C-1013"), ("agendar_cita", "y agéndame otra el martes")],
        ),
        (
            "¿Qué horarios hay el jueves? ¿Y cuánto cuesta el tarot?",
            [
                ("consultar_horarios", "¿Qué horarios hay el jueves?"),
                ("consultar_paquetes", "¿Y cuánto cuesta el tarot?"),
            ],
        ),
        (
            "quiero agendar una cita\ntambién dime cuánto vale. mi correo es ana@x.mx",
            [("agendar_cita", "quiero agendar una cita"), ("consultar_paquetes", "también dime cuánto vale.")],
        ),
    ],
)
def test_two_wishes_are_told_apart_in_their_order(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "quiero agendar una cita",
        "quiero agendar el martes y el jueves",
        "quiero agendar una cita y agendar a mi hermana",
        "cancela mi cita y muchas gracias",
        "no quiero cancelar. quiero ver los horarios",
        "los horarios de hoy y no me cancelen nada",
        "quiero agendar, cuánto cuesta",
        "cancela mi cita y agéndame otra y dime cuánto cuesta",
    ],
)
def test_one_wish_or_three_are_not_two(text: str) -> None:
    assert found(text) == []


def test_a_wish_that_the_whole_message_does_not_show_is_none() -> None:
    assert found("cancela la C-1013 y agéndame otra el martes", likely=["cancelar_cita", "informar"]) == []


def test_addresses_and_amounts_are_not_cut() -> None:
    text = "mi correo es ana.ruiz@example.com y son 1.500 pesos"
    assert [text[start:end] for start, end in clauses(text)] == [
        "mi correo es ana.ruiz@example.com ",
        "y son 1.500 pesos",
    ]


def test_every_wish_can_be_served_beside_another_one() -> None:
    forms = yaml.safe_load(DOMAIN.read_text(encoding="utf-8"))["forms"]
    assert {f"{intent}_form" for intent in SERVED - InformingAction.known.keys()} <= forms.keys()
