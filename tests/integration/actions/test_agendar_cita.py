"""Booking, through the action server's HTTP and the business system's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.integration.actions.conversation import Conversation, followup, said, slots

Run = Callable[[str, Conversation], dict[str, Any]]
FORM = "agendar_cita_form"
VALIDATE = "validate_agendar_cita_form"


def next_weekday(weekday: int, weeks: int = 1) -> dt.date:
    today = dt.datetime.now(ZoneInfo("America/Mexico_City")).date()
    return today + dt.timedelta(days=(weekday - today.weekday()) % 7 + 7 * weeks)


def opened(run: Run, text: str, **entities: str) -> tuple[Conversation, dict[str, Any]]:
    talk = Conversation().user(text, "agendar_cita", **entities).opens(FORM)
    answer = run(VALIDATE, talk)
    return talk.then(answer), answer


def test_reads_day_and_time_and_asks_for_what_is_missing(run: Run) -> None:
    day = next_weekday(1)

    _, answer = opened(run, f"quiero una cita el {day:%d/%m/%Y} a las 3pm", fecha=f"{day:%d/%m/%Y}", hora="3pm")

    found = slots(answer)
    assert (found["fecha"], found["hora"]) == (day.isoformat(), "15:00")
    assert found["requested_slot"] == "email"


def test_opening_hours_decide_between_morning_and_afternoon(run: Run) -> None:
    _, answer = opened(run, f"quiero una cita el {next_weekday(1, 3):%d/%m/%Y} a las 4")

    assert slots(answer)["hora"] == "16:00"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("el 30 de febrero", "utter_problema_fecha_inexistente"),
        ("ayer", "utter_problema_fecha_pasada"),
        ("cuando se pueda", "utter_problema_fecha_vaga"),
    ],
)
def test_never_guesses_a_day(run: Run, text: str, why: str) -> None:
    talk, first = opened(run, "quiero una cita")
    assert slots(first)["requested_slot"] == "fecha"

    answer = run(VALIDATE, talk.user(text, "informar"))

    assert said(answer) == [why]
    assert slots(answer).get("fecha") is None
    assert slots(answer)["requested_slot"] == "fecha"


def test_explains_after_two_useless_answers_and_offers_a_person_after_three(run: Run) -> None:
    talk, _ = opened(run, "quiero una cita")

    first = run(VALIDATE, talk.user("asdf", "nlu_fallback"))
    second = run(VALIDATE, talk.then(first).user("qwer", "nlu_fallback"))
    third = run(VALIDATE, talk.then(second).user("zxcv", "nlu_fallback"))

    assert [said(a) for a in (first, second, third)] == [
        ["utter_no_entendi_respuesta"],
        ["utter_explicar_fecha"],
        ["utter_ofrecer_persona"],
    ]


def test_a_closed_day_is_refused_with_free_times(run: Run) -> None:
    sunday = next_weekday(6)

    _, answer = opened(run, f"agendar el {sunday:%d/%m/%Y} a las 11", fecha=f"{sunday:%d/%m/%Y}", hora="11")

    assert said(answer) == ["utter_dia_cerrado", "utter_alternativas"]
    assert len(slots(answer)["opciones"]) == 3
    assert slots(answer)["requested_slot"] == "opcion"


def test_takes_an_offered_time_by_its_place(run: Run) -> None:
    sunday = next_weekday(6)
    talk, offered = opened(run, f"agendar el {sunday:%d/%m/%Y} a las 11", fecha=f"{sunday:%d/%m/%Y}", hora="11")

    answer = run(VALIDATE, talk.user("la segunda", "informar"))

    second = dt.datetime.fromisoformat(slots(offered)["opciones"][1])
    assert slots(answer)["fecha"] == second.date().isoformat()
    assert slots(answer)["hora"] == f"{second:%H:%M}"
    assert slots(answer)["requested_slot"] == "email"


def test_takes_an_offered_time_by_its_button(run: Run) -> None:
    sunday = next_weekday(6)
    talk, offered = opened(run, f"agendar el {sunday:%d/%m/%Y} a las 11", fecha=f"{sunday:%d/%m/%Y}", hora="11")
    first = dt.datetime.fromisoformat(slots(offered)["opciones"][0])
    payload = offered["responses"][-1]["buttons"][0]["payload"]
    talk.user(payload, "informar")
    talk.message["entities"] = [
        {"entity": "fecha", "value": first.date().isoformat()},
        {"entity": "hora", "value": f"{first:%H:%M}"},
    ]

    answer = run(VALIDATE, talk)

    assert slots(answer)["fecha"] == first.date().isoformat()
    assert slots(answer)["hora"] == f"{first:%H:%M}"


def confirmed(run: Run, hour: str) -> Conversation:
    talk, _ = opened(run, f"quiero una cita el {next_weekday(2, 3):%d/%m/%Y} a las {hour}")
    asked = run(VALIDATE, talk.user("ema@example.com", "informar"))
    assert said(asked) == ["utter_confirmar_agendar_cita_precio"]
    yes = run(VALIDATE, talk.then(asked).user("sí", "afirmar"))
    assert slots(yes)["requested_slot"] is None
    talk.then(yes)
    talk.form = None
    return talk


def test_books_once_however_often_it_is_asked(run: Run, sandbox: httpx.Client) -> None:
    talk = confirmed(run, "12:00")

    first, again = run("action_agendar_cita", talk), run("action_agendar_cita", talk)

    assert said(first)[0] == said(again)[0] == "utter_cita_agendada"
    assert first["responses"][0]["cita_id"] == again["responses"][0]["cita_id"]
    booked = [a for a in sandbox.get("/sandbox/business").json()["appointments"] if "ema@" in str(a)]
    assert len(booked) == 1
    assert slots(first)["fecha"] is None


def test_a_time_taken_in_the_meantime_is_told_with_what_is_free(run: Run) -> None:
    mine, theirs = confirmed(run, "10:00"), confirmed(run, "10:00")
    theirs.slots["operacion"] = "SM-other"
    assert said(run("action_agendar_cita", mine))[0] == "utter_cita_agendada"

    answer = run("action_agendar_cita", theirs)

    assert said(answer) == ["utter_rechazado_slot_taken", "utter_alternativas"]
    assert followup(answer) == FORM


def test_an_outage_at_the_last_step_keeps_everything(run: Run, sandbox: httpx.Client) -> None:
    talk = confirmed(run, "17:00")
    sandbox.put("/sandbox/faults", json={"api": {"drop_rate": 1.0}}).raise_for_status()

    answer = run("action_agendar_cita", talk)

    assert said(answer) == ["utter_servicio_no_disponible"]
    assert answer["responses"][0]["turn"]["error"] == {"type": "api", "code": "service_unavailable"}
    assert followup(answer) == FORM
    assert "fecha" not in slots(answer)
    resumed = run(VALIDATE, talk.then(answer).opens(FORM))
    assert slots(resumed)["requested_slot"] == "reintento"


def test_an_outage_in_the_middle_is_told_and_asked_about(run: Run, sandbox: httpx.Client) -> None:
    talk, _ = opened(run, f"quiero una cita el {next_weekday(4, 3):%d/%m/%Y}")
    sandbox.put("/sandbox/faults", json={"api": {"status": 503, "rate": 1.0}}).raise_for_status()

    answer = run(VALIDATE, talk.user("a las 11", "informar", hora="11"))

    assert said(answer) == ["utter_servicio_no_disponible"]
    assert slots(answer)["requested_slot"] == "reintento"
    assert slots(answer)["hora"] == "11:00"
    sandbox.put("/sandbox/faults", json={}).raise_for_status()
    again = run(VALIDATE, talk.then(answer).user("sí", "afirmar"))
    assert slots(again)["requested_slot"] == "email"


def test_no_at_the_confirmation_changes_nothing_and_asks_what_to_change(run: Run) -> None:
    talk, _ = opened(run, f"quiero una cita el {next_weekday(3, 3):%d/%m/%Y} a las 11")
    talk.then(run(VALIDATE, talk.user("ivo@example.com", "informar")))

    no = run(VALIDATE, talk.user("no", "negar"))
    changed = run(VALIDATE, talk.then(no).user("mejor a las 12", "corregir"))

    assert slots(no)["requested_slot"] == "cambio"
    assert slots(changed)["hora"] == "12:00"
    assert said(changed) == ["utter_confirmar_agendar_cita_precio"]


def test_a_question_in_the_middle_leaves_the_form_to_the_rules(run: Run) -> None:
    talk, _ = opened(run, "quiero una cita")

    answer = run(VALIDATE, talk.user("¿qué paquetes tienen?", "consultar_paquetes"))

    assert answer["events"] == []
    assert answer["responses"] == []


def test_a_failure_nobody_foresaw_is_answered_and_typed(run: Run) -> None:
    talk = confirmed(run, "13:00")
    talk.slots["fecha"] = "no es una fecha"

    answer = run("action_agendar_cita", talk)

    assert said(answer) == ["utter_error"]
    assert answer["responses"][0]["turn"]["error"] == {"type": "rasa", "code": "unexpected"}


def test_an_impossible_hour_is_told_and_no_older_one_kept(run: Run) -> None:
    talk, first = opened(run, f"quiero una cita el {next_weekday(1, 3):%d/%m/%Y} a las 11")
    assert slots(first)["hora"] == "11:00"

    answer = run(VALIDATE, talk.user("mejor el lunes a las 26:30", "corregir", fecha="lunes", hora="26:30"))

    assert "utter_problema_hora_inexistente" in said(answer)
    assert slots(answer)["hora"] is None


def test_a_past_day_is_told_when_the_form_opens(run: Run) -> None:
    _, answer = opened(run, "agéndame ayer a las 5", fecha="ayer", hora="5")

    assert said(answer) == ["utter_problema_fecha_pasada"]
    assert slots(answer)["requested_slot"] == "fecha"


def test_a_group_too_large_is_asked_about_and_nothing_else_lost(run: Run) -> None:
    text = f"sesión de pareja para 5 personas el {next_weekday(2, 4):%d/%m/%Y} a las 11, gina@example.com"

    talk, answer = opened(run, text, tipo_sesion="pareja", tamaño_grupo="5")

    assert said(answer) == ["utter_rechazado_group_too_large"]
    assert slots(answer)["requested_slot"] == "tamaño_grupo"
    assert slots(answer)["hora"] == "11:00"
    again = run(VALIDATE, talk.user("2 personas", "informar"))
    assert slots(again)["tamaño_grupo"] == 2
    assert slots(again)["requested_slot"] == "confirmacion"


def test_what_was_chosen_before_the_form_opened_is_not_read_twice(run: Run) -> None:
    day = next_weekday(0, 3)
    chosen = {"fecha": day.isoformat(), "hora": "12:00", "reanudar": "elegido"}
    talk = Conversation(slots=chosen).user("el primero", "informar").opens(FORM)

    answer = run(VALIDATE, talk)

    assert "fecha" not in slots(answer)
    assert slots(answer)["requested_slot"] == "email"


def test_states_what_is_booked_and_its_price_before_the_yes(run: Run) -> None:
    talk, _ = opened(run, f"revolución solar el {next_weekday(3, 3):%d/%m/%Y} a las 10", tipo_sesion="revolución solar")

    answer = run(VALIDATE, talk.user("zoe@example.com", "informar"))

    assert said(answer) == ["utter_confirmar_agendar_cita_precio"]
    assert answer["responses"][0]["tipo"].lower() == "revolución solar"
    assert answer["responses"][0]["precio"] == "65.00 USD"


@pytest.mark.parametrize(
    "words",
    [
        "dame un segundo",
        "déjame ver",
        "todavía lo estoy pensando",
        "espérame tantito porfa",
        "lo hablamos con mi esposo",
        "ahorita te digo",
        "un momento por favor",
        "déjame checar mi agenda",
    ],
)
@pytest.mark.parametrize("misread_as", ["olvidar", "despedida", "cancelar_cita"])
def test_who_asks_for_a_moment_loses_nothing(run: Run, words: str, misread_as: str) -> None:
    talk = Conversation().user("quiero una cita", "agendar_cita").opens(FORM)
    talk.then(run(VALIDATE, talk))
    answer = run(VALIDATE, talk.user(words, misread_as))
    assert said(answer) == ["utter_sin_prisa"]
    assert slots(answer)["requested_slot"] == "fecha"


@pytest.mark.parametrize("words", ["un momento, quiero cancelar mi cita", "déjame ver los horarios"])
def test_a_moment_and_another_wish_is_the_wish(run: Run, words: str) -> None:
    talk = Conversation().user("quiero una cita", "agendar_cita").opens(FORM)
    talk.then(run(VALIDATE, talk))
    intent = "consultar_horarios" if "horarios" in words else "cancelar_cita"
    assert said(run(VALIDATE, talk.user(words, intent))) == []


@pytest.mark.parametrize(
    "words", ["cómo? me repites la pregunta?", "qué me preguntaste?", "no te entendí, me repites?"]
)
def test_the_question_is_repeated_though_it_sounds_like_help(run: Run, words: str) -> None:
    talk = Conversation().user("quiero una cita", "agendar_cita").opens(FORM)
    talk.then(run(VALIDATE, talk))
    answer = run(VALIDATE, talk.user(words, "ayuda"))
    assert slots(answer)["requested_slot"] == "fecha"


def test_a_package_is_booked_where_all_of_its_length_is_free(run: Run) -> None:
    day = next_weekday(3, 4)
    text = f"quiero la revolución solar el {day:%d/%m/%Y} a las 18:00, largo@example.com"
    _, answer = opened(run, text, paquete_id="revolución solar", fecha=f"{day:%d/%m/%Y}", hora="18:00")

    # It closes at 19:00, and that package takes 90 minutes.
    assert said(answer) == ["utter_horario_ocupado", "utter_alternativas"]
    assert all(dt.datetime.fromisoformat(start).hour <= 17 for start in slots(answer)["opciones"])
