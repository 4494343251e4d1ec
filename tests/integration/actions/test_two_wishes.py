"""Two wishes in one message: both are served, each with its own words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from tests.integration.actions.conversation import Conversation, followup, said, slots

Run = Callable[[str, Conversation], dict[str, Any]]
ANA = "whatsapp:+5215512345678"
# A day on which the business is open, whatever day it is today.
_TODAY = dt.datetime.now(ZoneInfo("America/Mexico_City")).date()
TUESDAY = f"{_TODAY + dt.timedelta(days=8 - _TODAY.weekday()):%d/%m/%Y}"
CANCEL, BOOK = "validate_cancelar_cita_form", "validate_agendar_cita_form"


def wishing(first: tuple[str, str], second: tuple[str, str], rest: str = "", **entities: str) -> Conversation:
    """The customer wants two things: an intent and its words each, and words for both."""
    text = f"{first[1]} {second[1]} {rest}".strip()
    talk = Conversation(sender=ANA).user(text, first[0], **entities)
    places = [(intent, text.index(words), text.index(words) + len(words)) for intent, words in (first, second)]
    talk.message["wishes"] = [
        {"intent": intent, "confidence": 0.99, "start": start, "end": end} for intent, start, end in places
    ]
    return talk


HOURS = ("consultar_horarios", "¿qué horarios libres hay mañana")
PRICE = ("consultar_paquetes", "y cuánto vale la revolución solar?")


def test_two_questions_are_both_answered(run: Run) -> None:
    answer = run("action_consultar_horarios", wishing(HOURS, PRICE, fecha="mañana", tipo_sesion="revolución solar"))
    assert said(answer)[0].startswith("utter_horarios") or said(answer)[0].startswith("utter_sin_horarios")
    assert said(answer)[1:] == ["utter_paquetes"]
    assert len(answer["responses"][0]["turn"]["api_calls"]) >= 2


def test_the_words_of_one_wish_do_not_narrow_the_other(run: Run) -> None:
    both = run("action_consultar_horarios", wishing(HOURS, PRICE, fecha="mañana", tipo_sesion="revolución solar"))
    alone = run("action_consultar_horarios", Conversation().user(HOURS[1], HOURS[0], fecha="mañana"))
    assert both["responses"][0]["horarios"] == alone["responses"][0]["horarios"]


def test_a_question_beside_a_booking_is_answered_before_the_form_asks(run: Run) -> None:
    talk = wishing(("agendar_cita", "quiero una cita"), PRICE).opens("agendar_cita_form")
    answer = run(BOOK, talk)
    assert said(answer) == ["utter_paquetes"]
    assert slots(answer)["requested_slot"] == "fecha"


def test_a_booking_after_a_question_is_of_what_was_asked_about(run: Run) -> None:
    talk = wishing(
        ("consultar_paquetes", "¿cuánto sale el tarot?"),
        ("agendar_cita", f"y resérvame uno para el {TUESDAY} a las 13"),
        tipo_sesion="tarot",
        fecha=TUESDAY,
        hora="13",
    ).opens("agendar_cita_form")
    known = slots(run(BOOK, talk))
    assert known["tipo_sesion"] == "tarot"
    assert known["fecha"] is not None


def test_of_two_deeds_each_has_its_own_day(run: Run) -> None:
    talk = wishing(
        ("cancelar_cita", "cancela mi cita del lunes"),
        ("agendar_cita", "y agéndame otra a las 13"),
        fecha="lunes",
        hora="13",
    ).opens("agendar_cita_form")
    assert slots(run(BOOK, talk)).get("fecha") is None


def test_what_follows_a_question_opens_its_form(run: Run) -> None:
    answer = run(
        "action_consultar_paquetes", wishing(("consultar_paquetes", "qué precios hay"), ("agendar_cita", "y agéndame"))
    )
    assert said(answer) == ["utter_paquetes"]
    assert followup(answer) == "agendar_cita_form"


def test_the_second_form_opens_with_its_own_words_once_the_first_is_closed(run: Run) -> None:
    talk = wishing(
        ("cancelar_cita", "cancela la C-1042"),
        ("agendar_cita", f"y agéndame el {TUESDAY} a las 13:00"),
        "mi correo es ana@example.com",
        cita_id="C-1042",
        fecha=TUESDAY,
        hora="13:00",
        email="ana@example.com",
    ).opens("cancelar_cita_form")
    first = run(CANCEL, talk)
    assert said(first)[0] == "utter_primero_y_luego"
    assert (slots(first)["cita_id"], slots(first)["email"]) == ("C-1042", "ana@example.com")
    assert slots(first).get("fecha") is None

    agreed = talk.then(first).user("no", "negar")
    closing = run(CANCEL, agreed)
    closed = run("action_cancelar_cita", talk.then(closing).user("no", "negar"))
    assert said(closed) == ["utter_cita_sigue_en_pie", "utter_sigamos_agendar_cita"]
    assert followup(closed) == "agendar_cita_form"

    opened = run(BOOK, talk.then(closed).user("no", "negar").opens("agendar_cita_form"))
    known = slots(opened)
    assert (known["hora"], known["email"]) == ("13:00", "ana@example.com") or known["requested_slot"] == "opcion"
    assert known["fecha"] is not None
    assert known["otro_deseo"] is None


def test_who_asks_for_the_second_thing_anew_is_heard_anew(run: Run) -> None:
    talk = Conversation(sender=ANA)
    talk.slots["otro_deseo"] = {"text": "agéndame el lunes", "entities": [], "intent": {"name": "agendar_cita"}}
    opened = run(BOOK, talk.user("quiero una cita", "agendar_cita").opens("agendar_cita_form"))
    assert slots(opened)["otro_deseo"] is None
    assert slots(opened).get("fecha") is None


def test_the_first_wish_survives_a_second_that_cannot_be_told(run: Run, sandbox: Any) -> None:
    talk = wishing(("actualizar_perfil", "cambia mi nombre"), PRICE).opens("actualizar_perfil_form")
    sandbox.put("/sandbox/faults", json={"api": {"drop_rate": 1.0}}).raise_for_status()
    answer = run("validate_actualizar_perfil_form", talk)
    assert said(answer)[0] == "utter_servicio_no_disponible"
    assert "requested_slot" in slots(answer)
