"""What is not text: what is said of it, and that no form takes it for an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.whatsapp.inbound import Kind
from tests.integration.actions.conversation import Conversation, said, slots

Run = Callable[[str, Conversation], dict[str, Any]]
ATTACHMENTS = [kind.value for kind in Kind if kind is not Kind.TEXT]
# Every form, half filled, at the questions it can have asked.
OPEN_FORMS: list[tuple[str, dict[str, Any]]] = [
    ("agendar_cita", {"requested_slot": "fecha"}),
    ("agendar_cita", {"requested_slot": "email", "fecha": "2031-03-03", "hora": "10:00"}),
    ("agendar_cita", {"requested_slot": "opcion", "opciones": ["2031-03-03T11:00:00-06:00"]}),
    ("agendar_cita", {"requested_slot": "confirmacion", "fecha": "2031-03-03", "hora": "10:00", "email": "a@x.com"}),
    ("agendar_cita", {"requested_slot": "hora", "fecha": "2031-03-03"}),
    ("agendar_cita", {"requested_slot": "cambio", "fecha": "2031-03-03", "hora": "10:00", "email": "a@x.com"}),
    ("pagar_servicio", {"requested_slot": "monto"}),
    ("pagar_servicio", {"requested_slot": "método_pago", "monto": "50 USD"}),
    ("cancelar_cita", {"requested_slot": "cita_id"}),
    ("consulta_estado", {"requested_slot": "solicitud_id"}),
    ("consultar_historial", {"requested_slot": "email"}),
    ("actualizar_perfil", {"requested_slot": "dato", "email": "a@x.com"}),
    ("actualizar_perfil", {"requested_slot": "nombre", "email": "a@x.com"}),
    ("actualizar_perfil", {"requested_slot": "teléfono", "email": "a@x.com"}),
    ("actualizar_perfil", {"requested_slot": "fecha_nacimiento", "email": "a@x.com"}),
]
# Questions that are put again with their facts, by the action itself.
NOT_SLOTS = ("opcion", "confirmacion", "cambio")


def sends(talk: Conversation, kind: str) -> Conversation:
    """The channel hands over what is not text."""
    return talk.user(f"[{kind}]", "enviar_adjunto", 1.0, tipo_adjunto=kind)


def mentions(text: str, **kinds: str) -> Conversation:
    """The customer writes of an attachment; kinds are given by the words that name them."""
    talk = Conversation().user(text, "enviar_adjunto")
    talk.message["entities"] = [{"entity": "tipo_adjunto", "value": kind} for kind in kinds.values()]
    return talk


def half_filled(intent: str, values: dict[str, Any]) -> Conversation:
    talk = Conversation(slots={"operacion": "SM1", "intentos": 1, **values})
    talk.user("hola", intent).opens(f"{intent}_form")
    return talk.then({"events": []})


@pytest.mark.parametrize("kind", ATTACHMENTS)
def test_has_words_of_its_own_for_every_kind_the_channel_knows(run: Run, kind: str) -> None:
    assert said(run("action_enviar_adjunto", sends(Conversation(), kind))) == [f"utter_adjunto_{kind}"]


def test_answers_a_kind_it_does_not_know(run: Run) -> None:
    assert said(run("action_enviar_adjunto", sends(Conversation(), "holograma"))) == ["utter_adjunto_otro"]


@pytest.mark.parametrize(
    ("talk", "response"),
    [
        (mentions("te mandé una foto", foto="imagen"), "utter_adjunto_imagen"),
        (mentions("TE MANDÉ UN AUDIO", audio="AUDIO"), "utter_adjunto_audio"),
        (mentions("ya te mandé el comprobante"), "utter_adjunto_otro"),
        (mentions("te mandé fotos y un audio", fotos="imagen", audio="audio"), "utter_adjunto_otro"),
    ],
)
def test_talk_of_an_attachment_is_answered_by_the_kind_it_names(run: Run, talk: Conversation, response: str) -> None:
    assert said(run("action_enviar_adjunto", talk)) == [response]


@pytest.mark.parametrize("kind", ATTACHMENTS)
@pytest.mark.parametrize(("intent", "values"), OPEN_FORMS)
def test_no_form_takes_an_attachment_for_an_answer(run: Run, intent: str, values: dict[str, Any], kind: str) -> None:
    answer = run(f"validate_{intent}_form", sends(half_filled(intent, values), kind))

    # Without events Rasa takes the form as interrupted and answers the message by its own rule.
    assert answer["events"] == []
    assert said(answer) == []


@pytest.mark.parametrize(
    ("intent", "values"), [form for form in OPEN_FORMS if form[1]["requested_slot"] not in NOT_SLOTS]
)
def test_the_forms_question_is_asked_again_and_no_useless_answer_counted(
    run: Run, intent: str, values: dict[str, Any]
) -> None:
    talk = sends(half_filled(intent, values), "audio")
    talk.events.append({"event": "action", "name": "action_enviar_adjunto"})

    answer = run(f"validate_{intent}_form", talk)

    assert said(answer) == []
    assert {name: value for name, value in slots(answer).items() if value is not None} == {
        "requested_slot": values["requested_slot"],
        "intentos": 1,
    }


def test_a_confirmation_is_put_again_with_its_facts(run: Run) -> None:
    values = {"requested_slot": "confirmacion", "fecha": "2031-03-03", "hora": "10:00", "email": "a@x.com"}
    talk = sends(half_filled("agendar_cita", values), "sticker")
    talk.events.append({"event": "action", "name": "action_enviar_adjunto"})

    answer = run("validate_agendar_cita_form", talk)

    assert said(answer)[0].startswith("utter_confirmar_agendar_cita")
    assert slots(answer)["requested_slot"] == "confirmacion"
    assert slots(answer)["intentos"] == 1


def test_words_beside_talk_of_an_attachment_still_answer_the_form(run: Run) -> None:
    talk = half_filled("agendar_cita", {"requested_slot": "email", "fecha": "2031-03-03", "hora": "10:00"})

    answer = run("validate_agendar_cita_form", talk.user("te mandé foto, es ana@example.com", "enviar_adjunto"))

    assert slots(answer)["email"] == "ana@example.com"


def test_talk_of_an_attachment_is_no_wrong_answer_even_when_it_is_uncertain(run: Run) -> None:
    talk = half_filled("agendar_cita", {"requested_slot": "email", "fecha": "2031-03-03", "hora": "10:00"})

    answer = run("validate_agendar_cita_form", talk.user("ahí va la captura", "enviar_adjunto", 0.75))

    assert answer["events"] == []
