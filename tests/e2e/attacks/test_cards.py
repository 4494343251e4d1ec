"""A payment card's number in every field there is."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.e2e.attacks.conftest import Note
from tests.e2e.attacks.stranger import each, form_of, knock, rest, signed, told
from tests.e2e.attacks.traces import digits, everywhere, found_in
from tests.e2e.conftest import RASA, System

pytestmark = pytest.mark.e2e

CARD = "4556737586899855"
GROUPS = "4556 7375 8689 9855"
WHY = "no escribas aquí números de tarjeta"
# What opens the form, and the question's answer; together they reach every field.
FIELDS = {
    "agendar_cita, fecha": ("quiero agendar una cita", CARD),
    "agendar_cita, hora": ("quiero agendar una cita para el próximo martes", f"a las {GROUPS}"),
    "agendar_cita, email": ("quiero agendar el próximo martes a las 12", f"{CARD}@example.com"),
    "pagar_servicio, monto": ("quiero pagar", f"son {GROUPS}"),
    "pagar_servicio, método_pago": ("quiero pagar 50 dólares", f"con la tarjeta {GROUPS} vence 08/29 cvv 321"),
    "cancelar_cita, cita_id": ("quiero cancelar mi cita", f"la C-{CARD}"),
    "cancelar_cita, motivo": ("cancela mi cita porque", f"me cobraron a la {CARD}"),
    "consulta_estado, solicitud_id": ("¿cómo va mi solicitud?", CARD),
    "consultar_historial, email": ("quiero ver mi historial", f"es {GROUPS}"),
    "consultar_historial, codigo": ("mi historial, valentina@example.com", CARD),
    "reagendar_cita, cita_id": ("quiero cambiar mi cita", GROUPS),
    "actualizar_perfil, nombre": ("quiero cambiar mi nombre, soy valentina@example.com", f"me llamo {CARD}"),
    "actualizar_perfil, teléfono": ("cambia mi teléfono, soy valentina@example.com", f"es el {GROUPS}"),
    "hablar_con_persona": ("hola", f"quiero hablar con una persona por mi tarjeta {CARD}"),
}


def shows_card(text: str) -> bool:
    """Tells whether half of the number is there: fewer digits are in many an id by chance."""
    return CARD[:8] in re.sub(r"[ .-]", "", text)


def test_a_card_number_is_kept_nowhere_and_answered_with_why(system: System, note: Note) -> None:
    heard = each(lambda texts: told(system, *texts), FIELDS.values())

    for (field, texts), answers in zip(FIELDS.items(), heard, strict=True):
        note(f"Card number in {field}", texts[1], answers[1], "answer, every file of the system")
    assert [field for field, answers in zip(FIELDS, heard, strict=True) if WHY not in answers[1]] == []
    assert not [answer for answers in heard for answer in answers if shows_card(answer)]
    assert not shows_card(str(system.business()))
    assert not found_in(everywhere(system), digits(CARD))


def test_a_card_number_beside_the_text_is_kept_nowhere(system: System, note: Note) -> None:
    number = system.phone().number
    system.sandbox.put(f"/sandbox/contacts/{number}/window", json={"hours_ago": 0}).raise_for_status()
    beside = {
        "ProfileName": f"Juan {CARD}",
        "ButtonText": f"tarjeta {GROUPS}",
        "ButtonPayload": CARD,
        "Label": CARD,
        "Address": f"calle {GROUPS}",
        "Latitude": "19.4",
        "Longitude": "-99.1",
        # Twilio's own, and so without anything of a customer's.
        "MediaUrl0": "https://example.com/ME0",
        "MediaContentType0": "image/jpeg",
        "ListTitle": CARD,
        "Unknown": CARD,
    }
    forms = [
        form_of(number, "hola", **beside),
        form_of(number, "", **beside),
        form_of(number, "hola", NumMedia="1", **beside),
    ]
    statuses = []
    for form in forms:
        statuses.append(knock(form, signed(form)))
        system.phone(number)
    answer = told(system, "qué paquetes tienen", phone=system.phone(number))[0]
    answers = [rest("ana", f"mi tarjeta es {GROUPS}"), rest("otra", CARD)]
    with httpx.Client(base_url=RASA, timeout=60.0, trust_env=False) as api:
        tried = api.post("/api/orchestrator/test", json={"message": f"mi tarjeta es la {CARD}"}).text

    note("Card number in a webhook's other fields", ", ".join(beside), answer, "every file of the system")
    note("Card number on the REST channel and the testing API", f"mi tarjeta es {GROUPS}", answers[0], "every file")
    assert set(statuses) <= {200, 204}
    assert not any(map(shows_card, [*answers, tried]))
    assert not found_in(everywhere(system), digits(CARD))
