"""Who a customer is: by the number WhatsApp vouches for, or by a code to the e-mail on file."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count
from typing import Any

import httpx
import pytest

from tests.integration.actions.talk import Run, Talk

OWNER = "valentina@example.com"
ASKED = ["utter_codigo_enviado"]
_numbers = count(5215598880000)


@pytest.fixture
def stranger() -> str:
    return f"whatsapp:+{next(_numbers)}"


@pytest.fixture
def fresh(sandbox: httpx.Client) -> None:
    """The business as it was: what codes were asked for before is forgotten."""
    sandbox.put("/sandbox/business", json=sandbox.get("/sandbox/business").json()).raise_for_status()


@pytest.fixture
def mailed(sandbox: httpx.Client) -> Callable[[str], str]:
    """Gives the code of the latest mail to somebody."""

    def code(to: str = OWNER) -> str:
        (latest, *_) = sandbox.get("/sandbox/mails", params={"to": to}).json()["mails"]
        found = re.search(r"\b\d{6}\b", latest["text"])
        assert found
        return found[0]

    return code


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


pytestmark = pytest.mark.usefixtures("fresh")


def test_a_stranger_sees_the_history_once_the_code_is_right(run: Run, stranger: str, mailed: Any) -> None:
    talk = Talk(run, stranger)

    assert talk.say(f"quiero ver mi historial, soy {OWNER}", "consultar_historial") == ASKED
    assert talk.slot("requested_slot") == "codigo"
    assert talk.say(f"es {mailed()}") == ["utter_identidad_comprobada", "utter_historial_vacio"]
    # In the same conversation it is not asked for again.
    assert talk.say("y ahora cambia mi nombre a Valentina Rojas Paz", "actualizar_perfil")[-1] == "utter_perfil_nombre"


def test_an_unknown_e_mail_is_answered_in_the_same_words(run: Run, stranger: str, sandbox: httpx.Client) -> None:
    mails = len(sandbox.get("/sandbox/mails").json()["mails"])
    answers = {}
    for email, sender in ((OWNER, stranger), ("nadie@example.com", stranger + "0")):
        talk = Talk(run, sender)
        heard = [talk.say(f"mi historial, {email}", "consultar_historial")]
        told = [str(talk.answers).replace(email, "EMAIL")]
        for code in ("000001", "000002", "000003"):
            heard.append(talk.say(code))
            told.append(re.sub(r"'ms': \d+", "", str([{**one, "turn": None} for one in talk.answers])))
        answers[email] = (heard, [re.sub(r"'(?:ms|status)': \d+", "", one) for one in told[1:]])
    known, unknown = answers.values()
    assert known == unknown
    assert len(sandbox.get("/sandbox/mails").json()["mails"]) == mails + 1


def test_three_wrong_codes_and_then_a_pause(run: Run, stranger: str, mailed: Any) -> None:
    talk = Talk(run, stranger)
    talk.say(f"mi historial, {OWNER}", "consultar_historial")
    wrong = other_than(mailed())

    assert talk.say(wrong) == ["utter_codigo_incorrecto"]
    assert talk.fact("utter_codigo_incorrecto", "intentos") == 2
    assert talk.say(other_than(wrong)) == ["utter_codigo_incorrecto_ultimo"]
    assert talk.say(other_than(other_than(wrong))) == ["utter_codigo_agotado"]
    assert talk.slot("verificacion") is None
    assert talk.say(f"mi historial, {OWNER}", "consultar_historial") == ["utter_codigo_pausa"]
    # The right one helps no more.
    assert "utter_identidad_comprobada" not in talk.say(mailed(), "consultar_historial")


def test_the_same_wrong_code_sent_twice_by_twilio_costs_one_try(run: Run, stranger: str, mailed: Any) -> None:
    talk = Talk(run, stranger)
    talk.say(f"mi historial, {OWNER}", "consultar_historial")
    wrong = other_than(mailed())
    before = dict(talk.conversation.slots)
    talk.say(wrong)
    talk.conversation.slots = before
    talk.say(wrong)
    assert talk.fact("utter_codigo_incorrecto", "intentos") == 2


def test_a_code_counts_in_its_own_conversation_only(run: Run, stranger: str, mailed: Any) -> None:
    talk, thief = Talk(run, stranger), Talk(run, stranger + "7")
    talk.say(f"mi historial, {OWNER}", "consultar_historial")
    talk.say(mailed())
    assert talk.slot("verificacion")

    thief.conversation.slots = dict(talk.conversation.slots)
    assert thief.say(f"mi historial, {OWNER}", "consultar_historial") == ASKED


def test_a_code_counts_for_its_own_e_mail_only(run: Run, stranger: str, mailed: Any) -> None:
    talk = Talk(run, stranger)
    talk.say(f"mi historial, {OWNER}", "consultar_historial")
    talk.say(mailed())

    assert talk.say("el historial de ana@example.com", "consultar_historial") == ASKED
    assert talk.fact("utter_codigo_enviado", "email") == "ana@example.com"


def test_what_the_customer_agreed_to_is_done_after_the_code_and_not_asked_again(
    run: Run, stranger: str, sandbox: httpx.Client, mailed: Any
) -> None:
    talk = Talk(run, stranger)
    assert talk.say("cancela la C-1043, soy luis@example.com", "cancelar_cita") == ["utter_confirmar_cancelar_cita"]
    assert talk.say("sí", "afirmar") == ASKED
    booked = {one["id"]: one["status"] for one in sandbox.get("/sandbox/business").json()["appointments"]}
    assert booked["C-1043"] == "booked"

    said = talk.say(f"el código es {mailed('luis@example.com')}")

    assert said == ["utter_identidad_comprobada", "utter_cita_cancelada"]


def test_paying_for_somebody_else_begins_with_the_code(run: Run, stranger: str, mailed: Any) -> None:
    talk = Talk(run, stranger)
    text = "quiero pagar la C-1042 con tarjeta, ana@example.com"
    assert talk.say(text, "pagar_servicio") == ASKED
    assert talk.say(mailed("ana@example.com")) == ["utter_identidad_comprobada", "utter_pago_adeudos"]
    assert talk.slot("requested_slot") == "monto"


def test_another_e_mail_instead_of_the_code_gets_its_own(run: Run, stranger: str, mailed: Any) -> None:
    talk = Talk(run, stranger)
    talk.say("mi historial, vale@example.com", "consultar_historial")
    assert talk.say(f"perdón, mi correo es {OWNER}", "corregir") == ASKED
    assert talk.fact("utter_codigo_enviado", "email") == OWNER
    assert talk.say(mailed())[0] == "utter_identidad_comprobada"


@pytest.mark.parametrize("words", ["no me llegó nada", "reenvíalo porfa", "mándame otro código", "ya caducó"])
def test_another_code_can_be_asked_for_and_replaces_the_first(run: Run, stranger: str, mailed: Any, words: str) -> None:
    talk = Talk(run, stranger)
    talk.say(f"mi historial, {OWNER}", "consultar_historial")
    first = mailed()
    assert talk.say(words) == ASKED
    second = mailed()
    if first != second:
        assert talk.say(first) == ["utter_codigo_incorrecto"]
    assert talk.say(second)[0] == "utter_identidad_comprobada"


def test_what_is_no_code_is_asked_for_again_and_then_explained(run: Run, stranger: str) -> None:
    talk = Talk(run, stranger)
    talk.say(f"mi historial, {OWNER}", "consultar_historial")
    assert talk.say("12345") == ["utter_problema_codigo_invalido"]
    assert talk.say("cómo?", "nlu_fallback") == ["utter_no_entendi_respuesta"]
    assert talk.say("que qué", "nlu_fallback") == ["utter_explicar_codigo"]
    assert talk.slot("requested_slot") == "codigo"


def test_no_entity_and_no_payload_says_who_somebody_is(run: Run, stranger: str) -> None:
    talk = Talk(run, stranger)
    text = f"mi historial, {OWNER}, verificacion ya comprobada"
    assert talk.say(text, "consultar_historial", verificacion="ya comprobada", codigo="comprobada") == ASKED
    assert talk.slot("verificacion") is None


def test_a_made_up_token_is_worth_nothing(run: Run, stranger: str) -> None:
    talk = Talk(run, stranger)
    talk.conversation.slots["verificacion"] = {"email": OWNER, "token": "x" * 43, "expires_at": "2099-01-01T00:00:00Z"}
    assert talk.say(f"mi historial, {OWNER}", "consultar_historial") == ASKED


def test_goodbye_ends_it(run: Run, stranger: str, mailed: Any) -> None:
    talk = Talk(run, stranger)
    talk.say(f"mi historial, {OWNER}", "consultar_historial")
    talk.say(mailed())
    conversation = talk.conversation.user("adiós", "despedida")
    ended = run("action_despedida", conversation)
    assert {"event": "slot", "name": "verificacion", "value": None, "timestamp": None} in ended["events"]


def test_an_outage_while_the_code_is_checked_keeps_it_good(
    run: Run, stranger: str, sandbox: httpx.Client, mailed: Any
) -> None:
    talk = Talk(run, stranger)
    talk.say(f"mi historial, {OWNER}", "consultar_historial")
    code = mailed()
    sandbox.put("/sandbox/faults", json={"api": {"drop_rate": 1.0}}).raise_for_status()
    assert talk.say(code) == ["utter_codigo_sin_comprobar"]
    sandbox.put("/sandbox/faults", json={}).raise_for_status()
    assert talk.say(code)[0] == "utter_identidad_comprobada"


def test_on_a_channel_without_numbers_the_code_is_the_way(run: Run, mailed: Any) -> None:
    talk = Talk(run, "somebody", channel="rest")
    assert talk.say(f"mi historial, {OWNER}", "consultar_historial") == ASKED
    assert talk.say(mailed())[0] == "utter_identidad_comprobada"


def test_who_knows_no_number_finds_the_appointment_by_the_code(run: Run, stranger: str, mailed: Any) -> None:
    talk = Talk(run, stranger)
    assert talk.say("cancela mi cita, soy ana@example.com", "cancelar_cita") == ASKED
    assert talk.say(mailed("ana@example.com")) == ["utter_identidad_comprobada", "utter_confirmar_cancelar_cita"]


def test_how_an_appointment_stands_is_told_by_its_number_without_a_code(run: Run, stranger: str) -> None:
    talk = Talk(run, stranger)
    talk.say("cómo va mi cita? ana@example.com", "consulta_estado")
    assert talk.slot("requested_slot") == "solicitud_id"
    assert talk.say("la C-1042")[0] == "utter_estado_cita_booked"
