"""What is asked for anew where the business finds nothing, and when a person is offered."""

from __future__ import annotations

import pytest

from tests.integration.actions.talk import ANA, Run, Talk

STRANGER = "whatsapp:+5215597774001"
ONCE, AGAIN = "utter_no_encontrado", "utter_sigo_sin_encontrar"


def test_a_known_contact_is_asked_for_the_number_and_its_slip_is_not_kept(run: Run) -> None:
    talk = Talk(run, ANA)

    assert talk.say("cómo va mi cita C-9999", "consulta_estado", cita_id="C-9999") == [ONCE]
    assert (talk.slot("requested_slot"), talk.slot("cita_id")) == ("solicitud_id", None)
    assert talk.slot("email") == "ana@example.com"

    assert talk.say("C-1042") == ["utter_estado_cita_booked"]
    assert talk.conversation.form is None


def test_anybody_else_is_asked_for_the_address(run: Run) -> None:
    talk = Talk(run, STRANGER)
    talk.say("cómo va mi cita C-1042", "consulta_estado", cita_id="C-1042")

    assert talk.say("otra@example.com", email="otra@example.com") == [ONCE]
    assert (talk.slot("requested_slot"), talk.slot("cita_id")) == ("email", "C-1042")


@pytest.mark.parametrize("sender", [ANA, STRANGER])
def test_who_asks_for_a_state_in_vain_is_offered_a_person_the_second_time(run: Run, sender: str) -> None:
    talk = Talk(run, sender)
    talk.say("cómo va mi cita C-9999", "consulta_estado", cita_id="C-9999")
    if sender == STRANGER:
        talk.say("otra@example.com", email="otra@example.com")

    heard = talk.say("C-9998" if sender == ANA else "una@example.com")

    assert heard == [AGAIN]
    assert talk.conversation.form is None


@pytest.mark.parametrize("intent", ["cancelar_cita", "reagendar_cita"])
def test_who_names_the_wrong_appointment_twice_is_offered_a_person(run: Run, intent: str) -> None:
    talk = Talk(run, ANA)

    assert talk.say("es la C-9999 para el 1/12/2030 a las 10", intent, cita_id="C-9999")[-1] == ONCE
    assert talk.slot("requested_slot") == "cita_id"
    assert talk.say("C-9998")[-1] == AGAIN
    assert talk.slot("requested_slot") == "cita_id"

    # The form is still there for the right one.
    assert AGAIN not in talk.say("C-1042")
    assert talk.slot("cita_id") == "C-1042"


def test_a_debt_that_is_found_nowhere_is_for_a_person_too(run: Run) -> None:
    talk = Talk(run, ANA)

    assert talk.say("quiero pagar 50 con tarjeta la C-9999", "pagar_servicio", cita_id="C-9999") == [
        "utter_pago_sin_adeudo"
    ]
    assert talk.say("C-9998") == ["utter_pago_sin_adeudo", "utter_ofrecer_persona"]
