"""Free times put to the customer: by part of the day, again while they stand, and left where none will do."""

from __future__ import annotations

import datetime as dt

import httpx
import pytest

from tests.integration.actions.conversation import Conversation, said, slots
from tests.integration.actions.talk import ANA, MONDAY, ZONE, Run, Talk

STRANGER = "whatsapp:+5215597775001"
DAY = f"{MONDAY:%d/%m/%Y}"

pytestmark = pytest.mark.usefixtures("business_as_it_was")


def offered(talk: Talk) -> list[int]:
    """Gives the hours of the times that are offered."""
    return [dt.datetime.fromisoformat(option).hour for option in talk.slot("opciones") or ()]


@pytest.mark.parametrize(
    ("part", "first", "last"),
    [
        ("a la tarde", 12, 19),
        ("por la mañana", 8, 11),
        ("después de las 4", 16, 20),
        ("entre 3 y 5", 15, 16),
        ("cualquier hora", 8, 20),
        ("la que sea", 8, 20),
        ("lo más temprano posible", 8, 20),
    ],
)
def test_a_part_of_the_day_is_answered_with_its_free_times(run: Run, part: str, first: int, last: int) -> None:
    talk = Talk(run, ANA)
    talk.say(f"una cita el {DAY}", "agendar_cita")
    assert talk.slot("requested_slot") == "hora"

    assert talk.say(part) == ["utter_alternativas"]

    hours = offered(talk)
    assert hours
    assert all(first <= hour <= last for hour in hours)
    assert talk.say("la primera")[-1].startswith("utter_confirmar_agendar_cita")
    assert talk.slot("hora") == f"{hours[0]:02}:00"


def test_a_part_said_with_the_day_is_answered_at_once(run: Run) -> None:
    talk = Talk(run, ANA)

    assert talk.say(f"una cita el {DAY} por la tarde", "agendar_cita") == ["utter_alternativas"]
    assert min(offered(talk)) >= 12


def test_a_greeting_names_no_part_of_the_day(run: Run) -> None:
    talk = Talk(run, ANA)

    assert talk.say(f"buenas tardes, una cita el {DAY}", "agendar_cita") == []
    assert talk.slot("requested_slot") == "hora"


def test_an_offer_stands_while_something_else_is_told_and_a_yes_has_it_shown_again(run: Run) -> None:
    talk = Talk(run, STRANGER)
    talk.say(f"una cita el {DAY} por la tarde", "agendar_cita")

    assert talk.say("mi correo es eva@example.org", email="eva@example.org") == ["utter_alternativas"]
    assert talk.say("sí", "afirmar") == ["utter_alternativas"]
    assert talk.slot("requested_slot") == "opcion"
    assert talk.slot("email") == "eva@example.org"


def test_a_yes_takes_the_only_time_that_is_offered(run: Run) -> None:
    talk = Talk(run, ANA)
    assert talk.say(f"una cita el {DAY} entre 3 y 4", "agendar_cita") == ["utter_alternativas"]
    assert offered(talk) == [15]

    assert talk.say("sí", "afirmar")[-1].startswith("utter_confirmar_agendar_cita")
    assert talk.slot("hora") == "15:00"


@pytest.mark.parametrize(("no", "intent"), [("no", "negar"), ("ninguna", "informar"), ("no me sirve", "negar")])
def test_who_wants_none_of_them_is_asked_for_another_day(run: Run, no: str, intent: str) -> None:
    talk = Talk(run, ANA)
    talk.say(f"una cita el {DAY} por la tarde", "agendar_cita")

    assert talk.say(no, intent) == []
    assert (talk.slot("requested_slot"), talk.slot("fecha"), talk.slot("opciones")) == ("fecha", None, None)


@pytest.mark.parametrize("words", ["el segundo", "el último"])
def test_an_order_said_of_something_else_takes_no_old_offer(run: Run, words: str) -> None:
    talk = Talk(run, STRANGER)
    talk.say(f"una cita el {DAY} por la tarde", "agendar_cita")
    talk.say("a las 13:00")
    assert (talk.slot("requested_slot"), talk.slot("hora")) == ("email", "13:00")

    talk.say(words)

    assert talk.slot("hora") == "13:00"


@pytest.mark.parametrize("hour", ["15", "16", "a las 15"])
def test_a_bare_number_asked_for_the_hour_is_no_day(run: Run, hour: str) -> None:
    talk = Talk(run, ANA)
    talk.say(f"una cita el {DAY}", "agendar_cita")

    talk.say(hour, fecha=hour[-2:])

    assert (talk.slot("fecha"), talk.slot("hora")) == (MONDAY.isoformat(), f"{hour[-2:]}:00")


@pytest.mark.parametrize("words", ["el lunes no puedo", "no puedo el lunes", "el próximo lunes no, el otro"])
def test_a_day_that_is_turned_down_is_not_taken(run: Run, words: str) -> None:
    talk = Talk(run, ANA)
    talk.say("quiero una cita", "agendar_cita")

    talk.say(words, fecha="próximo lunes" if "próximo" in words else "lunes")

    assert (talk.slot("requested_slot"), talk.slot("fecha")) == ("fecha", None)


def test_a_day_that_is_turned_down_is_that_of_the_appointment_to_cancel(run: Run, sandbox: httpx.Client) -> None:
    state = sandbox.get("/sandbox/business").json()
    model = next(a for a in state["appointments"] if a["id"] == "C-1045")
    days = {"C-9101": MONDAY, "C-9102": MONDAY + dt.timedelta(days=3)}
    mine = [
        {**model, "id": cita, "start": f"{day}T12:00:00-06:00", "end": f"{day}T13:00:00-06:00"}
        for cita, day in days.items()
    ]
    sandbox.put("/sandbox/business", json={**state, "appointments": mine, "payments": []}).raise_for_status()
    talk = Talk(run, "whatsapp:+5213312345678")

    day = f"{days['C-9102']:%d/%m/%Y}"
    talk.say(f"cancela la del {day} que no puedo ir", "cancelar_cita", fecha=day)

    assert talk.fact("utter_confirmar_cancelar_cita", "cita_id") == "C-9102"


def test_times_asked_for_within_a_form_are_of_its_day_its_kind_and_the_part_that_is_said(run: Run) -> None:
    talk = Conversation(sender=ANA, slots={"fecha": MONDAY.isoformat(), "tipo_sesion": "sinastria"})
    talk.user("¿qué horas hay por la mañana?", "consultar_horarios").opens("agendar_cita_form")

    answer = run("action_consultar_horarios", talk)

    assert said(answer) == ["utter_horarios_en_medio"]
    assert "opciones" not in slots(answer)
    (shown,) = answer["responses"]
    assert "10:00" in shown["horarios"]
    assert "15:00" not in shown["horarios"]
    (call,) = [call for call in shown["turn"]["api_calls"] if call["path_template"].endswith("/slots")]
    assert call["success"]


def test_no_appointments_to_come_is_said_and_a_yes_books_one(run: Run, sandbox: httpx.Client) -> None:
    state = sandbox.get("/sandbox/business").json()
    sandbox.put("/sandbox/business", json={**state, "appointments": [], "payments": []}).raise_for_status()

    wishes = (("qué citas tengo", "consulta_estado"), ("muévela al jueves", "reagendar_cita"))
    for text, intent in (*wishes, ("cancela mi cita", "cancelar_cita")):
        talk = Talk(run, "whatsapp:+5213312345678")
        assert talk.say(text, intent) == ["utter_sin_citas"]
        assert talk.conversation.form is None

    answer = run("action_afirmar", talk.conversation.user("sí", "afirmar"))
    assert [e["name"] for e in answer["events"] if e["event"] == "followup"] == ["agendar_cita_form"]


def test_another_appointment_is_not_the_only_one_there_is(run: Run, sandbox: httpx.Client) -> None:
    state = sandbox.get("/sandbox/business").json()
    model = next(a for a in state["appointments"] if a["id"] == "C-1045")
    start = dt.datetime.combine(MONDAY, dt.time(12), ZONE)
    mine = {**model, "id": "C-9101", "start": start.isoformat(), "end": (start + dt.timedelta(hours=1)).isoformat()}
    sandbox.put("/sandbox/business", json={**state, "appointments": [mine], "payments": []}).raise_for_status()
    talk = Talk(run, "whatsapp:+5213312345678")

    assert talk.say("también cancelar otra", "cancelar_cita") == ["utter_citas_encontradas"]
    assert talk.slot("requested_slot") == "cita_id"
