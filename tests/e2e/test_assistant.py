"""The promises of the assistant, through signed webhooks, with every part running."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.e2e.conftest import RASA, System

pytestmark = pytest.mark.e2e

ANA = "+5215512345678"


def test_books_an_appointment_that_the_business_holds(system: System) -> None:
    phone = system.phone()

    asked = phone.say("Quiero agendar una cita para el próximo martes a las 3pm")
    assert "correo" in asked
    confirmation = phone.say("rosa.luna@example.com")
    assert "martes" in confirmation
    assert "15:00" in confirmation
    booked = phone.say("sí")

    assert "agendada" in booked
    mine = [a for a in system.business()["appointments"] if str(a["id"]) in booked]
    assert len(mine) == 1
    assert "15:00" in str(mine[0]["start"])


def test_offers_the_nearest_free_times_for_a_taken_one(system: System) -> None:
    first, second = system.phone(), system.phone()
    first.say("quiero agendar el próximo jueves a las 12:00")
    first.say("uno@example.com")
    assert "agendada" in first.say("sí")

    answer = second.say("quiero agendar el próximo jueves a las 12:00")

    assert "no hay lugar" in answer
    second.say("la primera")
    confirmation = second.say("dos@example.com")
    assert "¿Agendo" in confirmation


def test_corrects_interrupts_and_forgets(system: System) -> None:
    phone = system.phone()
    phone.say("quiero una cita para el próximo lunes a las 11")
    interrupted = phone.say("¿qué paquetes tienen?")
    assert "Carta natal" in interrupted
    assert "correo" in interrupted
    phone.say("eva.sol@example.com")
    corrected = phone.say("perdón, era el miércoles")
    assert "miércoles" in corrected
    assert "11:00" in corrected

    assert "no hice ningún cambio" in phone.say("olvídalo")
    assert not [a for a in system.business()["appointments"] if a.get("customer_email") == "eva.sol@example.com"]


def test_cancels_only_the_owners_appointment_and_only_after_a_yes(system: System) -> None:
    owner = system.phone()
    owner.say("agendar para el próximo viernes a las 13:00")
    owner.say("leo.mar@example.com")
    booked = owner.say("sí")
    number = next(w.strip(".,") for w in booked.split() if w.startswith("C-"))
    stranger = system.phone()

    stranger.say(f"quiero cancelar mi cita {number}")
    refused = stranger.say("otra@example.com")
    assert "No encontré" in refused
    stranger.say("olvídalo")

    asked = owner.say(f"quiero cancelar mi cita {number}")
    assert "¿Cancelo" in asked
    assert _status(system, number) == "booked"
    assert "cancelé" in owner.say("sí")
    assert _status(system, number) == "cancelled"


def _status(system: System, number: str) -> object:
    return next(a["status"] for a in system.business()["appointments"] if a["id"] == number)


def test_takes_a_payment_that_fits_what_is_owed(system: System) -> None:
    phone = system.phone(ANA)
    answer = phone.say("Quiero pagar $50 por mi paquete con tarjeta de crédito")
    if "correo" in answer:
        answer = phone.say("ana@example.com")
    assert "50.00 USD" in answer
    paid = phone.say("sí")

    assert "https://" in paid
    assert [p for p in system.business()["payments"] if str(p["amount"]) in ("50", "50.00")]


@pytest.mark.parametrize(
    ("message", "intent", "expected"),
    [
        ("Hola, ¿cómo estás?", "saludo", "Hola"),
        ("¿Qué paquetes tienen disponibles?", "consultar_paquetes", "USD"),
        ("Quiero agendar una cita para mañana a las 3pm", "agendar_cita", "correo|libres"),
        ("¿Cuál es el estado de mi solicitud 12345?", "consulta_estado", "correo"),
        ("Quiero pagar $50 por mi paquete con tarjeta de crédito", "pagar_servicio", "correo"),
        ("¿Qué horarios tienen disponibles para esta semana?", "consultar_horarios", "libres"),
        ("Necesito cancelar mi cita del viernes", "cancelar_cita", "número de la cita"),
        ("¿Cómo funciona el sistema de citas?", "ayuda", "Así funcionan las citas"),
    ],
)
def test_understands_the_example_messages(system: System, message: str, intent: str, expected: str) -> None:
    answer = system.phone().say(message)

    assert any(part in answer for part in expected.split("|")), answer
    assert system.turns(message)[-1]["intent"] == intent


def test_logs_every_turn(system: System) -> None:
    message = "buenas tardes, qué paquetes manejan para parejas?"
    answer = system.phone().say(message)

    row = system.turns(message)[0]
    assert row["intent"] == "consultar_paquetes"
    assert row["action"] == "action_consultar_paquetes"
    assert row["response"].split("\n")[0] in answer
    assert row["processing_time"] > 0
    assert row["success"] == 1
    assert row["user_id"].startswith("user_")
    calls = json.loads(row["api_calls"])
    assert {"/v1/packages"} <= {call["path_template"] for call in calls}
    assert json.loads(row["entities"])


def test_refuses_a_forged_webhook_without_a_trace(system: System) -> None:
    phone = system.phone()
    form = {
        "MessageSid": "SM" + "f" * 32,
        "AccountSid": "AC" + "0" * 32,
        "From": f"whatsapp:{phone.number}",
        "To": "whatsapp:+15005550006",
        "Body": "mensaje falsificado",
    }

    for headers in ({}, {"X-Twilio-Signature": "Zm9yZ2Vk"}):
        answer = httpx.post(f"{RASA}/api/whatsapp/webhook", data=form, headers=headers, trust_env=False)
        assert answer.status_code == 403

    assert "Hola" in phone.say("hola")
    assert [m["direction"] for m in phone.messages()] == ["inbound", "outbound"]
    assert len(system.turns("hola")) >= 1
    with pytest.raises(IndexError):
        system.turns("mensaje falsificado", expected=0)[0]


def test_answers_ten_contacts_at_once(system: System) -> None:
    phones = [system.phone() for _ in range(10)]

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda phone: phone.say("¿qué paquetes tienen?"), phones))

    assert all("Carta natal" in answer for answer in answers)


def test_tells_of_an_outage_loses_nothing_and_goes_on(system: System) -> None:
    phone = system.phone()
    phone.say("quiero agendar el próximo miércoles a las 16:00")
    system.faults(api={"drop_rate": 1.0})
    told = phone.say("sol.paz@example.com")
    assert "no puedo conectarme" in told
    assert "intento otra vez" in told

    system.faults()
    confirmation = phone.say("sí")
    assert "16:00" in confirmation
    assert "agendada" in phone.say("sí")


def test_tells_of_an_outage_at_the_last_step_and_books_once(system: System) -> None:
    phone = system.phone()
    phone.say("quiero agendar el próximo miércoles a las 17:00")
    phone.say("cielo.rey@example.com")
    system.faults(api={"drop_rate": 1.0})
    assert "no puedo conectarme" in phone.say("sí")

    system.faults()
    # What was agreed to is tried again, and not asked anew.
    assert "agendada" in phone.say("sí")
    mine = [a for a in system.business()["appointments"] if "17:00" in str(a["start"]) and a["status"] == "booked"]
    assert len(mine) == 1
