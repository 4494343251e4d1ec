"""Questions about how things work, asked of the action server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actions.help.search import get_help
from actions.help.texts import BadHelpText, load_texts
from actions.intents.ayuda import ActionAyuda
from tests.integration.actions.conversation import Conversation, said

Run = Callable[[str, Conversation], dict[str, Any]]


def asked(run: Run, text: str) -> dict[str, Any]:
    return run("action_ayuda", Conversation().user(text, "ayuda"))


def test_the_system_of_appointments_is_explained(run: Run) -> None:
    answer = asked(run, "¿Cómo funciona el sistema de citas?")

    assert said(answer) == ["utter_ayuda_tema"]
    assert "Así funcionan las citas" in answer["responses"][0]["texto"]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("como reagendo mi sita", "reagendar"),
        ("dan factura?", "factura"),
        ("la consulta es por zoom?", "ubicacion"),
        ("tengo una duda sobre el pago", "pagos"),
    ],
)
def test_a_question_is_answered_in_the_texts_own_words(run: Run, question: str, text: str) -> None:
    answer = asked(run, question)

    assert said(answer) == ["utter_ayuda_tema"]
    assert answer["responses"][0]["texto"] == next(one.text for one in load_texts() if one.name == text)


@pytest.mark.parametrize("text", ["ayuda", "¿qué puedes hacer?", "no sé qué hacer", "😟", "/ayuda"])
def test_a_bare_plea_gets_what_can_be_asked(run: Run, text: str) -> None:
    assert said(asked(run, text)) == ["utter_ayuda"]


NEAR = "Hola, agendé a las 3 pero la necesito más tarde"


def test_what_is_not_clear_enough_is_offered_and_taken_by_its_button(run: Run) -> None:
    answer = asked(run, NEAR)

    assert said(answer) == ["utter_ayuda_cercana"]
    button = answer["responses"][0]["buttons"][0]
    chosen = Conversation().user(button["payload"], "ayuda")
    chosen.message["entities"] = [{"entity": "tema_ayuda", "value": button["title"]}]
    assert button["payload"] == f'/ayuda{{"tema_ayuda": "{button["title"]}"}}'
    assert said(run("action_ayuda", chosen)) == ["utter_ayuda_tema"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [("me explicas el proceso de reserva", "utter_ayuda_tema"), (NEAR, "utter_ayuda_cercana"), ("asdf", "utter_ayuda")],
)
def test_who_chooses_help_after_a_question_nobody_was_sure_of_need_not_ask_again(
    run: Run, question: str, answer: str
) -> None:
    unsure = Conversation().user(question, "nlu_fallback", 0.4)
    unsure.message["intent_ranking"] = [{"name": "ayuda", "confidence": 0.4}]
    payload = run("action_aclarar", unsure)["responses"][0]["buttons"][0]["payload"]
    chosen = Conversation().user(payload, "ayuda")
    chosen.message["entities"] = [{"entity": "tema_ayuda", "value": json.loads(payload[6:])["tema_ayuda"]}]

    assert said(run("action_ayuda", chosen)) == [answer]


def test_within_a_form_nothing_is_offered_for_a_number_would_be_its_answer(run: Run) -> None:
    conversation = Conversation().user("quiero una cita", "agendar_cita").opens("agendar_cita_form")

    assert said(run("action_ayuda", conversation.user(NEAR, "ayuda"))) == ["utter_ayuda_sin_respuesta"]


@pytest.mark.parametrize("text", ["¿aceptan mascotas?", "¿tienen estacionamiento techado para camionetas?"])
def test_what_no_text_answers_is_said_to_be_unknown(run: Run, text: str) -> None:
    assert said(asked(run, text)) == ["utter_ayuda_sin_respuesta"]


def test_a_button_names_what_it_is_about(run: Run) -> None:
    conversation = Conversation().user('/ayuda{"tema_ayuda": "reembolsos"}', "ayuda")
    conversation.message["entities"] = [{"entity": "tema_ayuda", "value": "reembolsos"}]

    answer = run("action_ayuda", conversation)

    assert "devoluciones" in answer["responses"][0]["texto"]


def test_a_help_text_that_cannot_be_used_stops_the_action_server_as_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pagos.md").write_text("Con tarjeta.\n", encoding="utf-8")
    monkeypatch.setattr("actions.intents.ayuda.get_help", lambda: get_help.__wrapped__(tmp_path))

    with pytest.raises(BadHelpText, match=r"pagos\.md: begin with one line"):
        ActionAyuda()
