"""Somebody else's data and money, asked for with one's own e-mail, theirs, and nobody's."""

from __future__ import annotations

import re
import time

import pytest

from tests.e2e.attacks.conftest import Note
from tests.e2e.attacks.stranger import codes_of, each, told
from tests.e2e.attacks.traces import rows
from tests.e2e.conftest import System
from tests.e2e.phone import Phone

pytestmark = pytest.mark.e2e

OWNER, OTHER, UNKNOWN = "ana@example.com", "luis@example.com", "nadie.jamas@example.com"
STRANGERS = ("intrusa@example.com", OTHER, UNKNOWN)
# What is known of the owner's appointment, request and payments.
FACTS = ("viernes", "11:00", "López", "carta natal", "revisión", "revisando", "50", "Ana ")
IDS = [f"C-{number}" for number in range(1025, 1075)]
ASKED_FOR_A_CODE = "código de 6 dígitos"
WISHES = {
    "history": ("quiero ver mi historial, mi correo es {}",),
    "profile": ("quiero cambiar mi nombre a Pedro Páramo, mi correo es {}",),
    "payment": ("quiero pagar 50 dólares con transferencia, mi correo es {}",),
    "cancellation": ("quiero cancelar mi cita, mi correo es {}",),
    "rescheduling": ("quiero cambiar mi cita para el próximo martes a las 12, mi correo es {}",),
}


def same_words(answers: list[str], *names: str) -> set[str]:
    """Gives the different answers there are, but for the e-mails and ids that were named."""
    pattern = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return {re.sub(pattern, "…", answer) for answer in answers}


def leaks(answers: list[str]) -> list[str]:
    return [fact for fact in FACTS for answer in answers if fact.lower() in answer.lower()]


@pytest.mark.parametrize(
    ("kind", "theirs", "nobodys"),
    [("appointment", "la cita C-1042", "la cita C-7042"), ("request", "la solicitud 12345", "la solicitud 72345")],
)
def test_an_id_of_somebody_else_reads_as_one_of_nobody(
    system: System, note: Note, kind: str, theirs: str, nobodys: str
) -> None:
    questions = [f"¿cómo va {thing}? mi correo es {email}" for thing in (theirs, nobodys) for email in STRANGERS]
    answers = each(lambda text: told(system, text)[0], questions)

    note(f"Another's {kind} id", questions[0], answers[0], "answers to 3 e-mails × 2 ids, business")
    assert len(same_words(answers, *STRANGERS, "C-1042", "C-7042", "12345", "72345")) == 1, answers
    assert not leaks(answers)
    assert system.business() == system.seeded


@pytest.mark.parametrize("wish", WISHES)
def test_anothers_email_gets_a_code_asked_for_and_nothing_else(system: System, note: Note, wish: str) -> None:
    emails = (OWNER, UNKNOWN)
    answers = each(lambda email: told(system, *(text.format(email) for text in WISHES[wish]))[-1], emails)

    note(f"Another's e-mail: {wish}", WISHES[wish][0].format(OWNER), answers[0], "words to known and unknown, business")
    assert len(same_words(answers, *emails)) == 1, answers
    assert not leaks([answer.replace("50 dólares", "").replace("50.00", "") for answer in answers])
    assert system.business() == system.seeded
    if wish not in ("cancellation", "rescheduling"):
        # Those two ask for the appointment's number first; the code is asked for before anything is done.
        assert all(ASKED_FOR_A_CODE in answer for answer in answers)
        assert len(codes_of(system, OWNER)) >= 1
        assert not codes_of(system, UNKNOWN)


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ("cancelling", "cancela la cita C-1042, mi correo es {}"),
        ("rescheduling", "quiero mover la cita C-1042 al próximo martes a las 12, mi correo es {}"),
    ],
)
def test_somebody_elses_appointment_stays_as_it_is(system: System, note: Note, wish: str, text: str) -> None:
    phone = system.phone()
    answers = told(system, text.format(OWNER), "sí", "000000", "000001", phone=phone)

    note(f"{wish.capitalize()} another's appointment, id and e-mail known", text.format(OWNER), answers[1], "business")
    assert ASKED_FOR_A_CODE in "\n".join(answers[:2]), answers
    assert system.business() == system.seeded


@pytest.mark.parametrize(("whose", "email"), [("the guesser's", STRANGERS[0]), ("the owner's", OWNER)])
def test_fifty_ids_in_a_row_teach_nothing_of_others(
    system: System, note: Note, guessed: dict[str, tuple[str, list[str]]], whose: str, email: str
) -> None:
    number, answers = guessed[email]
    learnt = [answer for answer in answers if leaks([answer])]
    query = "SELECT status, count(*) FROM inbox WHERE contact = ? GROUP BY status"
    statuses = dict(rows(system, query, f"whatsapp:{number}"))

    note(
        f"Fifty appointment ids in a row, with {whose} e-mail",
        f"{IDS[0]} … {IDS[-1]}, {email}",
        f"{sum(map(bool, answers))} answers, {len(learnt)} with facts: {(learnt or answers)[0]}",
        "answers, inbox",
    )
    assert statuses["limited"] >= 15, statuses
    assert any("muchos mensajes" in answer for answer in answers)
    # How an appointment stands is told to whoever knows its number and its owner's e-mail: who knows the one can guess
    # the other, as fast as the channel's limit lets them (docs/security.md says so).
    assert not learnt or email == OWNER


@pytest.fixture(scope="module")
def guessed(system: System) -> dict[str, tuple[str, list[str]]]:
    """Who guessed and what they heard, by the e-mail that they named."""
    emails = (STRANGERS[0], OWNER)
    return dict(zip(emails, each(lambda email: _guess(system.phone(), email), emails), strict=True))


def _guess(phone: Phone, email: str) -> tuple[str, list[str]]:
    answers: list[str] = []
    for number in IDS:
        phone.send(f"¿cómo va la cita {number}? mi correo es {email}")
        is_limited = any("muchos mensajes" in answer for answer in answers)
        answers.append("" if is_limited else _next_answer(phone))
    return phone.number, answers


def _next_answer(phone: Phone) -> str:
    deadline = time.monotonic() + 4
    while not (answers := phone.unread()) and time.monotonic() < deadline:
        time.sleep(0.05)
    phone.seen += len(answers)
    return "\n".join(answers)
