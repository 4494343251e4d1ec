"""A change whose answer was lost: nobody says that nothing was done, and trying again does it once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.integration.actions.talk import Run, Talk

_numbers = count(5215597770000)
TOKEN = {"Authorization": "Bearer sandbox-api-token"}


@pytest.fixture
def business(sandbox: httpx.Client) -> Callable[[str], list[dict[str, Any]]]:
    def rows(section: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = sandbox.get("/sandbox/business").json()[section]
        return found

    return rows


@pytest.fixture
def losing(sandbox: httpx.Client) -> Iterator[Callable[[bool], None]]:
    """Has every call done and its answer lost, or no longer."""

    def lose(answers: bool) -> None:
        faults = {"api": {"lose_answers": 1.0}} if answers else {}
        sandbox.put("/sandbox/faults", json=faults).raise_for_status()

    yield lose
    lose(False)


@pytest.fixture
def free_time(sandbox: httpx.Client) -> Callable[[], dt.datetime]:
    taken: set[str] = set()

    def find() -> dt.datetime:
        first = dt.datetime.now(ZoneInfo("America/Mexico_City")).date() + dt.timedelta(days=25)
        days = {"from": first.isoformat(), "to": (first + dt.timedelta(days=6)).isoformat()}
        slots = sandbox.get("/v1/slots", params=days, headers=TOKEN).json()["slots"]
        start = next(slot["start"] for slot in slots if slot["start"] not in taken)
        taken.add(start)
        return dt.datetime.fromisoformat(start)

    return find


@pytest.fixture
def booking(run: Run, free_time: Callable[[], dt.datetime]) -> Talk:
    """A conversation in which all is said but the yes."""
    start, number = free_time(), next(_numbers)
    talk = Talk(run, f"whatsapp:+{number}")
    text = f"agéndame el {start:%d/%m/%Y} a las {start:%H:%M}, c{number}@example.com"
    assert talk.say(text, "agendar_cita") == ["utter_confirmar_agendar_cita_precio"]
    return talk


def mine(talk: Talk, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["customer_email"] == talk.slot("email")]


def test_trying_again_finds_what_was_done_and_does_it_once(
    booking: Talk, losing: Callable[[bool], None], business: Callable[[str], list[dict[str, Any]]]
) -> None:
    losing(True)
    assert booking.say("sí", "afirmar") == ["utter_servicio_no_disponible"]
    assert booking.slot("requested_slot") == "reintento"
    assert len(mine(booking, business("appointments"))) == 1
    losing(False)

    said = booking.say("sí", "afirmar")

    assert said[0] == "utter_cita_agendada"
    (only,) = mine(booking, business("appointments"))
    assert booking.fact("utter_cita_agendada", "cita_id") == only["id"]
    assert booking.slot("en_duda") is None


@pytest.mark.parametrize(
    ("text", "intent", "action"),
    [
        ("no", "negar", None),
        ("olvídalo", "olvidar", "action_olvidar"),
        ("adiós", "despedida", "action_despedida"),
        ("cancela", "cancelar_cita", None),
    ],
)
def test_who_leaves_it_is_told_that_it_may_have_been_done(
    run: Run, booking: Talk, losing: Callable[[bool], None], text: str, intent: str, action: str | None
) -> None:
    losing(True)
    booking.say("sí", "afirmar")
    losing(False)
    if action:
        said = [one["response"] for one in run(action, booking.conversation.user(text, intent))["responses"]]
    else:
        said = booking.say(text, intent)
    assert said == ["utter_queda_en_duda"]


def test_who_wants_something_else_then_is_told_too_and_asked_anew(
    booking: Talk, losing: Callable[[bool], None], free_time: Callable[[], dt.datetime]
) -> None:
    other = free_time()
    losing(True)
    booking.say("sí", "afirmar")
    losing(False)
    said = booking.say(f"mejor el {other:%d/%m/%Y} a las {other:%H:%M}", "corregir")
    assert said == ["utter_queda_en_duda", "utter_confirmar_agendar_cita_precio"]
    assert booking.say("sí", "afirmar")[0] == "utter_cita_agendada"


def test_an_outage_before_anything_was_sent_leaves_no_doubt(booking: Talk, sandbox: httpx.Client, run: Run) -> None:
    sandbox.put("/sandbox/faults", json={"api": {"status": 429}}).raise_for_status()
    booking.say("sí", "afirmar")
    assert booking.slot("en_duda") is None
    sandbox.put("/sandbox/faults", json={}).raise_for_status()
    assert booking.say("no", "negar") == ["utter_sin_cambios"]


@pytest.mark.parametrize("fault", ["garble", "mistype"])
def test_an_answer_that_nobody_can_read_is_asked_for_again(
    booking: Talk, sandbox: httpx.Client, business: Callable[[str], list[dict[str, Any]]], fault: str
) -> None:
    sandbox.put("/sandbox/faults", json={"api": {fault: 1.0}}).raise_for_status()
    assert booking.say("sí", "afirmar") == ["utter_servicio_no_disponible"]
    sandbox.put("/sandbox/faults", json={}).raise_for_status()
    assert booking.say("sí", "afirmar")[0] == "utter_cita_agendada"
    assert len(mine(booking, business("appointments"))) == 1


def test_a_payment_is_begun_once(
    run: Run, losing: Callable[[bool], None], business: Callable[[str], list[dict[str, Any]]], booking: Talk
) -> None:
    booking.say("sí", "afirmar")
    (appointment,) = mine(booking, business("appointments"))
    talk = Talk(run, booking.conversation.sender)
    talk.say(f"pago 50 dólares de la {appointment['id']} con tarjeta", "pagar_servicio")
    losing(True)
    assert talk.say("sí", "afirmar") == ["utter_servicio_no_disponible"]
    losing(False)
    assert talk.say("sí", "afirmar") == ["utter_pago_enlace"]
    assert len(mine(booking, business("payments"))) == 1


def test_part_of_a_debt_is_paid_and_the_rest_is_named(
    run: Run, booking: Talk, business: Callable[[str], list[dict[str, Any]]]
) -> None:
    booking.say("sí", "afirmar")
    (appointment,) = mine(booking, business("appointments"))
    talk = Talk(run, booking.conversation.sender)
    assert talk.say(f"pago 20 dólares de la {appointment['id']} por transferencia", "pagar_servicio") == [
        "utter_confirmar_pagar_servicio"
    ]
    assert talk.say("sí", "afirmar") == ["utter_pago_referencia", "utter_pago_resta"]
    assert talk.fact("utter_pago_resta", "resto") == "30.00 USD"
    talk.say(f"pago 30 dólares de la {appointment['id']} por transferencia", "pagar_servicio")
    assert talk.say("sí", "afirmar") == ["utter_pago_referencia"]
    assert talk.say(f"pago 30 dólares de la {appointment['id']} por transferencia", "pagar_servicio") == [
        "utter_pago_al_corriente"
    ]


def test_two_who_want_the_last_time_get_one_booking_and_alternatives_at_once(
    run: Run, free_time: Callable[[], dt.datetime]
) -> None:
    start = free_time()
    talks = [Talk(run, f"whatsapp:+{next(_numbers)}") for _ in range(2)]
    for talk in talks:
        number = talk.conversation.sender[-10:]
        talk.say(f"agéndame el {start:%d/%m/%Y} a las {start:%H:%M}, c{number}@example.com", "agendar_cita")
    first, second = (talk.say("sí", "afirmar") for talk in talks)
    assert first[0] == "utter_cita_agendada"
    assert second == ["utter_rechazado_slot_taken", "utter_alternativas"]
    assert start.isoformat() not in talks[1].slot("opciones")
    assert talks[1].say("el primero")[0] == "utter_confirmar_agendar_cita_precio"
    assert talks[1].say("sí", "afirmar")[0] == "utter_cita_agendada"


def test_a_form_that_cannot_read_the_answer_says_one_thing_only(run: Run, sandbox: httpx.Client) -> None:
    sandbox.put("/sandbox/faults", json={"api": {"garble": 1.0}}).raise_for_status()
    talk = Talk(run, f"whatsapp:+{next(_numbers)}")
    assert talk.say("quiero una cita el próximo martes a las 10:00", "agendar_cita") == ["utter_servicio_no_disponible"]
    assert talk.slot("requested_slot") == "reintento"
    sandbox.put("/sandbox/faults", json={}).raise_for_status()
