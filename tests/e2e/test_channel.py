"""The promises of the WhatsApp channel, through signed webhooks, with every part running."""

from __future__ import annotations

import time

import pytest

from connectors.whatsapp.texts import load_texts
from tests.e2e.conftest import System

pytestmark = pytest.mark.e2e

TEXTS = load_texts()
PHOTO = {"url": "https://example.com/comprobante.jpg", "content_type": "image/jpeg"}


def test_a_photo_in_a_form_is_answered_logged_and_followed_by_the_question(system: System) -> None:
    phone = system.phone()
    assert "día" in phone.say("quiero agendar una cita")
    sent = system.sandbox.post(f"/sandbox/contacts/{phone.number}/messages", json={"media": [PHOTO]})
    answer = phone.hear()

    assert "día" in answer.splitlines()[-1]
    rows = [row for row in system.turns("[imagen]") if row["message_id"] == sent.json()["sid"]]
    assert [(row["intent"], row["action"]) for row in rows] == [("enviar_adjunto", "action_enviar_adjunto")]


def test_a_burst_is_answered_as_one_turn_and_logged_whole(system: System) -> None:
    phone = system.phone()
    for text in ("hola buenas tardes", "qué paquetes tienen"):
        phone.send(text)
    answer = phone.hear()

    assert "Carta natal" in answer
    assert len(system.turns("hola buenas tardes\nqué paquetes tienen")) == 1


def test_who_says_baja_is_left_alone_until_alta(system: System) -> None:
    phone = system.phone()
    assert phone.say("BAJA") == TEXTS.opted_out
    phone.send("¿siguen ahí?")
    time.sleep(3)
    assert phone.say("ALTA") == TEXTS.opted_in
    assert "Carta natal" in phone.say("qué paquetes tienen")


def test_webhooks_that_come_twice_or_out_of_order_are_answered_once(system: System) -> None:
    system.faults(twilio={"duplicate_webhooks": 2, "reorder_webhooks": True})
    phone = system.phone()
    phone.send("qué paquetes tienen")
    time.sleep(1)
    phone.send("muchas gracias")
    time.sleep(4)
    answers = [m["text"] for m in phone.messages() if m["direction"] == "outbound"]
    assert len(answers) == 2


def test_an_answer_that_twilio_took_without_saying_so_arrives_once(system: System) -> None:
    system.faults(twilio={"lose_answers": 1.0})
    phone = system.phone()
    phone.send("qué paquetes tienen")
    first = phone.hear()
    system.faults()
    time.sleep(5)
    assert "Carta natal" in first
    assert len([m for m in phone.messages() if m["direction"] == "outbound"]) == 1
