"""Buttons of earlier questions, tapped late: their title is text, and a yes or a no of them counts for nothing."""

from __future__ import annotations

import pytest

from tests.integration.actions.conversation import Conversation, said
from tests.integration.actions.talk import ANA, MONDAY, Run, Talk

pytestmark = pytest.mark.usefixtures("business_as_it_was")


def tap(talk: Talk, title: str, intent: str) -> list[str]:
    """Taps a button that is not one of those shown last, as the channel hands it on."""
    talk.late_tap = True
    return talk.say(title, intent)


@pytest.mark.parametrize(("title", "intent"), [("Sí", "afirmar"), ("No", "negar")])
def test_a_late_yes_or_no_answers_no_other_question(run: Run, title: str, intent: str) -> None:
    talk = Talk(run, ANA)
    talk.say(f"una cita el {MONDAY:%d/%m/%Y} a las 12", "agendar_cita")
    assert talk.slot("requested_slot") == "confirmacion"

    assert tap(talk, title, intent) == ["utter_boton_anterior", "utter_confirmar_agendar_cita_precio"]
    assert talk.slot("requested_slot") == "confirmacion"
    assert talk.say("sí", "afirmar")[0] == "utter_cita_agendada"


def test_a_late_tap_that_names_a_time_still_means_that_time(run: Run) -> None:
    talk = Talk(run, ANA)
    talk.say(f"una cita el {MONDAY:%d/%m/%Y} a las 12", "agendar_cita")

    tap(talk, f"{MONDAY:%d/%m} · 15:00", "informar")

    assert (talk.slot("hora"), talk.slot("requested_slot")) == ("15:00", "confirmacion")


def test_a_late_yes_with_nothing_open_is_told_so(run: Run) -> None:
    talk = Conversation(sender=ANA).user("Sí", "afirmar")
    talk.message["metadata"]["late_tap"] = True

    assert said(run("action_afirmar", talk)) == ["utter_boton_anterior"]
