"""Questions about how things work, asked of the action server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.actions.conversation import Conversation, said

Run = Callable[[str, Conversation], dict[str, Any]]


def asked(run: Run, text: str) -> dict[str, Any]:
    return run("action_ayuda", Conversation().user(text, "ayuda"))


def test_the_system_of_appointments_is_explained(run: Run) -> None:
    answer = asked(run, "¿Cómo funciona el sistema de citas?")

    assert said(answer) == ["utter_ayuda_tema"]
    assert "Así funcionan las citas" in answer["responses"][0]["texto"]


@pytest.mark.parametrize("text", ["ayuda", "¿qué puedes hacer?", "no sé qué hacer"])
def test_a_bare_plea_gets_what_can_be_asked(run: Run, text: str) -> None:
    assert said(asked(run, text)) == ["utter_ayuda"]


@pytest.mark.parametrize("text", ["¿aceptan mascotas?", "¿tienen estacionamiento techado para camionetas?"])
def test_what_no_text_answers_is_said_to_be_unknown(run: Run, text: str) -> None:
    assert said(asked(run, text)) == ["utter_ayuda_sin_respuesta"]


def test_a_button_names_what_it_is_about(run: Run) -> None:
    conversation = Conversation().user('/ayuda{"tema_ayuda": "reembolsos"}', "ayuda")
    conversation.message["entities"] = [{"entity": "tema_ayuda", "value": "reembolsos"}]

    answer = run("action_ayuda", conversation)

    assert "devoluciones" in answer["responses"][0]["texto"]
