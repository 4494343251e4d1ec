"""A change of mind in mid-form takes the same appointment along, and does nothing before it was agreed to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.integration.actions.talk import Run, Talk

ZONE = ZoneInfo("America/Mexico_City")
CARLOS = "whatsapp:+5213312345678"
HOUR = dt.timedelta(hours=1)


def weekday(number: int) -> dt.datetime:
    """Gives noon of a day in two weeks."""
    today = dt.datetime.now(ZONE).date()
    return dt.datetime.combine(today + dt.timedelta(days=number - today.weekday(), weeks=2), dt.time(12), ZONE)


WEDNESDAY, THURSDAY, FRIDAY = map(weekday, (2, 3, 4))


@pytest.fixture
def business(sandbox: httpx.Client) -> Iterator[Callable[[], dict[str, str]]]:
    """Has two appointments of one customer, and gives what became of each: its status and start."""
    before = sandbox.get("/sandbox/business").json()
    model = next(a for a in before["appointments"] if a["id"] == "C-1045")
    booked = [
        {**model, "id": name, "start": start.isoformat(), "end": (start + HOUR).isoformat()}
        for name, start in {"C-9001": WEDNESDAY, "C-9002": THURSDAY}.items()
    ]
    sandbox.put("/sandbox/business", json={**before, "appointments": booked, "payments": []}).raise_for_status()

    def now() -> dict[str, str]:
        rows: list[dict[str, Any]] = sandbox.get("/sandbox/business").json()["appointments"]
        return {
            row["id"]: f"{row['status']} {dt.datetime.fromisoformat(row['start']).astimezone(ZONE):%A}" for row in rows
        }

    yield now
    sandbox.put("/sandbox/business", json=before).raise_for_status()


@pytest.fixture
def cancelling(run: Run, business: Callable[[], dict[str, str]]) -> Talk:
    talk = Talk(run, CARLOS)
    assert talk.say("cancela la C-9001", "cancelar_cita", cita_id="C-9001") == ["utter_confirmar_cancelar_cita"]
    return talk


@pytest.fixture
def moving(run: Run, business: Callable[[], dict[str, str]]) -> Talk:
    talk = Talk(run, CARLOS)
    day = f"{FRIDAY:%d/%m/%Y}"
    assert talk.say(f"mueve la C-9001 al {day}", "reagendar_cita", cita_id="C-9001", fecha=day) == [
        "utter_confirmar_reagendar_cita"
    ]
    return talk


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("no, mejor cámbiala al {day}", "corregir"),
        ("no, mejor muévela al {day}", "reagendar_cita"),
        ("no la canceles, la paso al {day}", "negar"),
        ("mejor la cambio para el {day}", "nlu_fallback"),
        ("ay no, quiero reprogramarla para el {day}", "reagendar_cita"),
    ],
)
def test_what_was_to_be_cancelled_is_moved(
    cancelling: Talk, business: Callable[[], dict[str, str]], said: str, intent: str
) -> None:
    day = f"{FRIDAY:%d/%m/%Y}"

    heard = cancelling.say(said.format(day=day), intent, fecha=day)

    assert heard == ["utter_en_vez_reagendar_cita", "utter_confirmar_reagendar_cita"]
    assert cancelling.fact("utter_confirmar_reagendar_cita", "cita_id") == "C-9001"
    assert business() == {"C-9001": "booked Wednesday", "C-9002": "booked Thursday"}
    assert cancelling.say("sí", "afirmar") == ["utter_cita_reagendada"]
    assert business() == {"C-9001": "booked Friday", "C-9002": "booked Thursday"}
    assert cancelling.conversation.form is None


@pytest.mark.parametrize("said", ["no, mejor reagéndala", "no, mejor cámbiamela"])
def test_without_a_day_it_is_asked_for(cancelling: Talk, said: str) -> None:
    cancelling.say(said, "negar")

    assert (cancelling.conversation.form, cancelling.slot("requested_slot")) == ("reagendar_cita_form", "fecha")
    assert cancelling.slot("cita_id") == "C-9001"


@pytest.mark.parametrize(
    ("said", "intent", "heard"),
    [
        ("no", "negar", "utter_cita_sigue_en_pie"),
        ("no, cambié de opinión", "negar", "utter_cita_sigue_en_pie"),
        ("no, mejor otro día", "negar", "utter_cita_sigue_en_pie"),
        ("sí, cancélala, ya la moví mucho", "afirmar", "utter_cita_cancelada"),
    ],
)
def test_a_plain_yes_or_no_is_one(cancelling: Talk, said: str, intent: str, heard: str) -> None:
    assert cancelling.say(said, intent) == [heard]


def test_another_appointment_that_is_named_is_another_wish(run: Run, cancelling: Talk) -> None:
    day = f"{FRIDAY:%d/%m/%Y}"

    cancelling.conversation.user(f"y mueve la C-9002 al {day}", "reagendar_cita", cita_id="C-9002", fecha=day)

    # The form gives way: Rasa opens the other one and comes back to this.
    assert run("validate_cancelar_cita_form", cancelling.conversation)["events"] == []


@pytest.mark.parametrize(
    ("said", "intent"), [("no, mejor cancela la cita", "cancelar_cita"), ("no, mejor cancélala porfa", "corregir")]
)
def test_what_was_to_be_moved_is_cancelled(
    moving: Talk, business: Callable[[], dict[str, str]], said: str, intent: str
) -> None:
    assert moving.say(said, intent) == ["utter_en_vez_cancelar_cita", "utter_confirmar_cancelar_cita"]
    assert moving.fact("utter_confirmar_cancelar_cita", "cita_id") == "C-9001"
    assert business()["C-9001"] == "booked Wednesday"
    assert moving.say("sí", "afirmar") == ["utter_cita_cancelada"]
    assert business() == {"C-9001": "cancelled Wednesday", "C-9002": "booked Thursday"}


def test_a_day_beside_it_decides_which_is_cancelled(moving: Talk, business: Callable[[], dict[str, str]]) -> None:
    day = f"{THURSDAY:%d/%m/%Y}"

    moving.say(f"no, mejor cancela la del {day}", "cancelar_cita", fecha=day)

    assert moving.fact("utter_confirmar_cancelar_cita", "cita_id") == "C-9002"


@pytest.mark.parametrize(
    ("said", "more", "is_heard"),
    [
        ("quiero una cita de tarot, sofia@example.com", {"tipo_sesion": "tarot"}, True),
        ("la de la cita, sofia@example.com", {}, False),
    ],
)
def test_a_wish_of_its_own_is_heard_though_it_holds_the_answer(
    run: Run, said: str, more: dict[str, str], is_heard: bool
) -> None:
    talk = Talk(run, "whatsapp:+5215597772001")
    talk.say("quiero cambiar mi teléfono", "actualizar_perfil")
    assert talk.slot("requested_slot") == "email"

    talk.conversation.user(said, "agendar_cita", email="sofia@example.com", **more)

    assert (run("validate_actualizar_perfil_form", talk.conversation)["events"] == []) is is_heard
