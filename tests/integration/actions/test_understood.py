"""What the intent classifier was not sure of counts as understood where it answers what a form asked."""

from __future__ import annotations

import pytest

from tests.integration.actions.talk import Run, Talk

UNSURE = "nlu_fallback"


@pytest.fixture
def asked_for_the_day(run: Run) -> Talk:
    talk = Talk(run, "whatsapp:+5215597771001")
    talk.say("quiero una cita, laura@example.com", "agendar_cita")
    assert talk.slot("requested_slot") == "fecha"
    return talk


@pytest.mark.parametrize("said", ["el proximo viernes pues", "aguántame tantito", "¿me lo repites?"])
def test_an_answer_to_the_question_is_understood(asked_for_the_day: Talk, said: str) -> None:
    asked_for_the_day.say(said, UNSURE)

    assert asked_for_the_day.understood


@pytest.mark.parametrize("said", ["patatas fritas", "asdf"])
def test_anything_else_is_not(asked_for_the_day: Talk, said: str) -> None:
    asked_for_the_day.say(said, UNSURE)

    assert not asked_for_the_day.understood
