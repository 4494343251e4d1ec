"""A yes outside any form: to what was offered, to a choice, to nothing at all."""

from __future__ import annotations

import datetime as dt

import httpx
import pytest

from tests.integration.actions.conversation import Conversation, followup, said, slots
from tests.integration.actions.talk import ANA, MONDAY, TODAY, ZONE, Run, Talk

HOURS = "consultar_horarios"

pytestmark = pytest.mark.usefixtures("business_as_it_was")


def test_a_yes_to_the_times_of_one_day_asks_only_for_the_time(run: Run) -> None:
    talk = Conversation(sender=ANA).user(f"¿qué horarios hay el {MONDAY:%d/%m/%Y}?", HOURS, fecha=f"{MONDAY:%d/%m/%Y}")
    answer = run("action_consultar_horarios", talk)

    agreed = run("action_afirmar", talk.then(answer).user("sí", "afirmar"))
    opened = slots(run("validate_agendar_cita_form", talk.then(agreed).opens("agendar_cita_form")))

    assert opened.get("fecha", slots(agreed)["fecha"]) == MONDAY.isoformat()
    assert opened["requested_slot"] == "hora"


@pytest.mark.parametrize("shown", [True, False])
def test_a_yes_to_the_offer_of_booking_one_of_the_times_shown_opens_the_booking(run: Run, shown: bool) -> None:
    talk = Conversation(sender=ANA).user("¿qué horarios hay?", HOURS)
    answer = run("action_consultar_horarios", talk)
    talk.then(answer)
    if not shown:
        talk.user("gracias", "agradecer").then(
            {"responses": [{"response": "utter_de_nada", "buttons": []}], "events": []}
        )

    agreed = run("action_afirmar", talk.user("sí", "afirmar"))

    assert followup(agreed) == ("agendar_cita_form" if shown else None)
    assert said(agreed) == ([] if shown else ["utter_dime"])


def test_a_yes_to_seeing_all_packages_shows_them(run: Run, sandbox: httpx.Client) -> None:
    asked = Conversation(sender=ANA).user("paquetes de 7 minutos", "consultar_paquetes", duración="7 minutos")
    answer = run("action_consultar_paquetes", asked)
    assert said(answer) == ["utter_sin_paquetes"]

    assert followup(run("action_afirmar", asked.then(answer).user("sí", "afirmar"))) == "action_consultar_paquetes"
    assert said(run("action_consultar_paquetes", asked)) == ["utter_paquetes"]


def test_a_yes_to_a_choice_is_asked_which(run: Run) -> None:
    asked = Conversation(sender=ANA).user("mmm no sé", "nlu_fallback")
    answer = run("action_aclarar", asked)
    assert said(answer) == ["utter_aclarar"]

    (which,) = run("action_afirmar", asked.then(answer).user("sí", "afirmar"))["responses"]

    assert which["response"] == "utter_elige"
    assert which["buttons"] == answer["responses"][0]["buttons"]


def test_a_yes_to_a_greeting_is_asked_what_is_wanted(run: Run) -> None:
    greeted = Conversation(sender=ANA).user("hola", "saludo")
    greeted.then(run("action_saludo", greeted))

    assert said(run("action_afirmar", greeted.user("sí", "afirmar"))) == ["utter_dime"]


def test_the_yes_of_a_settled_question_finds_nothing_to_do(run: Run) -> None:
    assert said(run("action_afirmar", Conversation(sender=ANA).user("/afirmar", "afirmar"))) == ["utter_boton_anterior"]


def fill(sandbox: httpx.Client, days: int) -> dt.datetime:
    """Leaves no time free for some days, and says when the first one is."""
    state = sandbox.get("/sandbox/business").json()
    model = next(a for a in state["appointments"] if a["id"] == "C-1045")
    begins = dt.datetime.combine(TODAY, dt.time(0), ZONE)
    free_from = begins + dt.timedelta(days=days)
    fills_all = {**model, "id": "C-9101", "start": begins.isoformat(), "end": free_from.isoformat()}
    whole = {**state, "appointments": [fills_all], "payments": []}
    sandbox.put("/sandbox/business", json=whole).raise_for_status()
    return free_from


def test_a_full_week_is_looked_past(run: Run, sandbox: httpx.Client) -> None:
    free_from = fill(sandbox, days=20)

    answer = run("action_consultar_horarios", Conversation(sender=ANA).user("¿qué horarios hay mañana?", HOURS))

    assert said(answer) == ["utter_sin_horarios_pero"]
    assert min(slots(answer)["opciones"]) >= free_from.isoformat()


def test_a_yes_to_trying_another_day_is_asked_which_as_often_as_it_takes(run: Run, sandbox: httpx.Client) -> None:
    fill(sandbox, days=80)
    talk = Talk(run, ANA)
    heard = talk.say(f"una cita el {MONDAY:%d/%m/%Y} a las 12", "agendar_cita")
    assert heard == ["utter_dia_lleno", "utter_sin_alternativas"]

    assert talk.say("sí", "afirmar") == []
    assert talk.slot("requested_slot") == "fecha"
    assert talk.understood

    # There it was the question itself that was asked last, which no yes answers.
    assert talk.say("sí", "afirmar") == ["utter_no_entendi_respuesta"]


def test_an_ok_to_what_was_done_is_taken_note_of(run: Run) -> None:
    talk = Talk(run, ANA)
    talk.say(f"una cita el {MONDAY:%d/%m/%Y} a las 12", "agendar_cita")
    assert talk.say("sí", "afirmar")[0] == "utter_cita_agendada"

    assert said(run("action_afirmar", talk.conversation.user("ok, listo", "afirmar"))) == ["utter_de_acuerdo"]
