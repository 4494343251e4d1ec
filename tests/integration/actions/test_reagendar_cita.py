"""Moving an appointment, through the action server's HTTP and the business system's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.integration.actions.conversation import Conversation, followup, said, slots

Run = Callable[[str, Conversation], dict[str, Any]]
FORM = "reagendar_cita_form"
VALIDATE = "validate_reagendar_cita_form"
ZONE = ZoneInfo("America/Mexico_City")
CARLOS = "whatsapp:+5213312345678"
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SUNDAY = 0, 1, 2, 3, 4, 6


def day_of(weekday: int, weeks: int = 2) -> dt.date:
    """Gives a day that no other test uses, some weeks on."""
    monday = (today := dt.datetime.now(ZONE).date()) - dt.timedelta(days=today.weekday())
    return monday + dt.timedelta(days=weekday, weeks=weeks)


def at(day: dt.date, hour: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), ZONE)


@pytest.fixture
def books(sandbox: httpx.Client) -> Iterator[Callable[..., None]]:
    """Gives the business the appointments of a test alone, and its own back afterwards."""
    before = sandbox.get("/sandbox/business").json()
    model = next(a for a in before["appointments"] if a["id"] == "C-1045")

    def book(**starts: dt.datetime) -> None:
        booked = [
            {**model, "id": name.replace("_", "-"), "start": start.isoformat(), "end": (start + HOUR).isoformat()}
            for name, start in starts.items()
        ]
        sandbox.put("/sandbox/business", json={**before, "appointments": booked, "payments": []}).raise_for_status()

    yield book
    sandbox.put("/sandbox/business", json=before).raise_for_status()


HOUR = dt.timedelta(hours=1)


def opened(run: Run, text: str, sender: str = CARLOS, **entities: str) -> tuple[Conversation, dict[str, Any]]:
    talk = Conversation(sender=sender).user(text, "reagendar_cita", **entities).opens(FORM)
    answer = run(VALIDATE, talk)
    return talk.then(answer), answer


def written(day: dt.date) -> str:
    return f"{day:%d/%m/%Y}"


def wanted(answer: dict[str, Any]) -> tuple[Any, Any]:
    return slots(answer).get("fecha"), slots(answer).get("hora")


def test_finds_a_known_contacts_only_appointment_and_states_both_times(run: Run, books: Callable[..., None]) -> None:
    books(C_2001=at(day_of(FRIDAY), 11))

    _, answer = opened(run, f"quiero reagendar mi cita para el {written(day_of(TUESDAY, 3))} a las 4")

    assert said(answer) == ["utter_confirmar_reagendar_cita"]
    facts = answer["responses"][0]
    assert (facts["cita_id"], facts["hora_anterior"], facts["hora"]) == ("C-2001", "11:00", "16:00")
    assert facts["fecha_anterior"].startswith("viernes")
    assert facts["fecha"].startswith("martes")
    assert slots(answer)["requested_slot"] == "confirmacion"


def test_of_two_days_the_one_that_it_has_finds_it_and_the_other_is_wanted(run: Run, books: Callable[..., None]) -> None:
    friday, thursday = day_of(FRIDAY), day_of(THURSDAY)
    books(C_2001=at(friday, 11), C_2002=at(thursday, 11))

    text = f"la del {written(thursday)} pásala al {written(day_of(TUESDAY, 3))} a las 4"
    _, answer = opened(run, text, fecha=written(thursday))

    assert slots(answer)["cita_id"] == "C-2002"
    assert wanted(answer) == (day_of(TUESDAY, 3).isoformat(), "16:00")


def test_lists_what_there_is_where_it_is_not_clear_which_and_takes_a_day_for_an_answer(
    run: Run, books: Callable[..., None]
) -> None:
    friday, thursday = day_of(FRIDAY), day_of(THURSDAY)
    books(C_2001=at(friday, 11), C_2002=at(thursday, 11))
    talk, asked = opened(run, f"muéveme la cita al {written(day_of(TUESDAY, 3))} a las 4")
    assert said(asked) == ["utter_citas_encontradas"]
    assert slots(asked)["requested_slot"] == "cita_id"

    answer = run(VALIDATE, talk.user(f"el {written(friday)}", "informar", fecha=written(friday)))

    assert slots(answer)["cita_id"] == "C-2001"
    assert said(answer) == ["utter_confirmar_reagendar_cita"]
    assert answer["responses"][0]["fecha"].startswith("martes")


def test_proposes_the_time_of_day_that_it_has_where_that_is_free(run: Run, books: Callable[..., None]) -> None:
    books(C_2001=at(day_of(FRIDAY), 11))

    _, answer = opened(run, f"cámbiame la cita al {written(day_of(MONDAY, 3))}")

    assert said(answer) == ["utter_confirmar_reagendar_cita"]
    assert wanted(answer) == (day_of(MONDAY, 3).isoformat(), "11:00")


@pytest.mark.parametrize("also", ["", " en la tarde"], ids=["taken", "another part of the day"])
def test_asks_for_the_time_where_the_present_one_will_not_do(run: Run, books: Callable[..., None], also: str) -> None:
    taken = {} if also else {"C_2002": at(day_of(MONDAY, 3), 11)}
    books(C_2001=at(day_of(FRIDAY), 11), **taken)

    entities = {"hora": "tarde"} if also else {}
    _, answer = opened(run, f"la C-2001 cámbiala al {written(day_of(MONDAY, 3))}{also}", **entities)

    assert "utter_confirmar_reagendar_cita" not in said(answer)
    assert wanted(answer) == (day_of(MONDAY, 3).isoformat(), None)
    assert slots(answer)["requested_slot"] == ("opcion" if also else "hora")
    assert all(option[11:13] >= "12" for option in slots(answer).get("opciones") or ())


def test_a_time_alone_is_meant_for_the_same_day(run: Run, books: Callable[..., None]) -> None:
    books(C_2001=at(day_of(FRIDAY), 11))

    _, answer = opened(run, "pásala a las 5")

    assert wanted(answer) == (day_of(FRIDAY).isoformat(), "17:00")


@pytest.mark.parametrize(
    ("text", "hour", "days"),
    [("córrela una hora", 12, 0), ("adelántala una hora por favor", 10, 0), ("que sea una semana después", 11, 7)],
)
def test_how_far_it_is_to_be_moved_counts_from_where_it_is(
    run: Run, books: Callable[..., None], text: str, hour: int, days: int
) -> None:
    books(C_2001=at(day_of(FRIDAY), 11))

    _, answer = opened(run, text)

    assert said(answer) == ["utter_confirmar_reagendar_cita"]
    assert wanted(answer) == ((day_of(FRIDAY) + dt.timedelta(days=days)).isoformat(), f"{hour}:00")


def test_how_far_counts_from_the_proposal_once_there_is_one(run: Run, books: Callable[..., None]) -> None:
    books(C_2001=at(day_of(FRIDAY), 11))
    talk, _ = opened(run, f"muévela al {written(day_of(TUESDAY, 3))} a las 4")

    answer = run(VALIDATE, talk.user("mejor una hora más tarde", "corregir"))

    assert wanted(answer) == (day_of(TUESDAY, 3).isoformat(), "17:00")
    assert said(answer) == ["utter_confirmar_reagendar_cita"]


def test_its_own_present_time_is_neither_taken_nor_offered(run: Run, books: Callable[..., None]) -> None:
    books(C_2001=at(day_of(FRIDAY), 11), C_2002=at(day_of(FRIDAY), 12))

    talk, answer = opened(run, f"la C-2001 ponla el {written(day_of(FRIDAY))} a las 12")
    assert said(answer) == ["utter_horario_ocupado", "utter_alternativas"]
    assert at(day_of(FRIDAY), 11).isoformat() not in slots(answer)["opciones"]

    again = run(VALIDATE, talk.user("entonces a las 11", "informar", hora="11"))
    assert said(again) == ["utter_cita_en_su_hora"]
    assert slots(again)["requested_slot"] == "fecha"


def test_a_longer_session_may_overlap_the_time_that_it_has(
    run: Run, sandbox: httpx.Client, books: Callable[..., None]
) -> None:
    books(C_2001=at(day_of(FRIDAY), 11))
    state = sandbox.get("/sandbox/business").json()
    state["appointments"][0] |= {"session_type": "revolucion_solar", "package_id": "revolucion-solar"}
    state["appointments"][0]["end"] = (at(day_of(FRIDAY), 12) + HOUR / 2).isoformat()
    sandbox.put("/sandbox/business", json=state).raise_for_status()

    talk, answer = opened(run, f"la C-2001 ponla el {written(day_of(FRIDAY))} a las 12")
    assert said(answer) == ["utter_confirmar_reagendar_cita"]

    assert said(run("action_reagendar_cita", agreed(run, talk))) == ["utter_cita_reagendada"]


def test_a_closed_day_is_refused_with_free_times_and_one_is_taken_by_its_place(
    run: Run, books: Callable[..., None]
) -> None:
    books(C_2001=at(day_of(FRIDAY), 11))
    talk, offered = opened(run, f"pasa mi cita al {written(day_of(SUNDAY))} a las 11")
    assert said(offered) == ["utter_dia_cerrado", "utter_alternativas"]

    answer = run(VALIDATE, talk.user("la segunda", "informar"))

    second = dt.datetime.fromisoformat(slots(offered)["opciones"][1])
    assert wanted(answer) == (second.date().isoformat(), f"{second:%H:%M}")
    assert said(answer) == ["utter_confirmar_reagendar_cita"]


def test_a_correction_names_another_appointment_or_another_time(run: Run, books: Callable[..., None]) -> None:
    friday, thursday, tuesday = day_of(FRIDAY), day_of(THURSDAY), day_of(TUESDAY, 3)
    books(C_2001=at(friday, 11), C_2002=at(thursday, 16))
    talk, _ = opened(run, f"la del {written(friday)} pásala al {written(tuesday)} a las 12")

    other = run(VALIDATE, talk.user(f"no, la del {written(thursday)}", "corregir", fecha=written(thursday)))
    assert slots(other)["cita_id"] == "C-2002"
    assert other["responses"][-1]["hora_anterior"] == "16:00"
    later = run(VALIDATE, talk.then(other).user("mejor a las 5", "corregir", hora="5"))

    assert slots(later)["hora"] == "17:00"
    assert said(later) == ["utter_confirmar_reagendar_cita"]
    assert later["responses"][0]["cita_id"] == "C-2002"


def test_one_that_is_over_is_only_told_of(run: Run, sandbox: httpx.Client, books: Callable[..., None]) -> None:
    books(C_2001=at(day_of(FRIDAY), 11))
    state = sandbox.get("/sandbox/business").json()
    state["appointments"][0]["status"] = "cancelled"
    sandbox.put("/sandbox/business", json=state).raise_for_status()

    talk, answer = opened(run, f"mueve la C-2001 al {written(day_of(TUESDAY, 3))} a las 4")

    assert said(answer) == ["utter_estado_cita_cancelled"]
    assert said(run("action_reagendar_cita", talk.user("ok", "afirmar"))) == []


def test_a_stranger_learns_nothing_of_anothers_appointment(run: Run, books: Callable[..., None]) -> None:
    books(C_2001=at(day_of(FRIDAY), 11))

    text = f"mueve la C-2001 al {written(day_of(TUESDAY, 3))} a las 4, soy otra@example.com"
    _, answer = opened(run, text, sender="whatsapp:+12025550111")

    assert said(answer) == ["utter_no_encontrado"]


def test_who_has_not_shown_who_they_are_is_asked_for_a_code_before_it_is_moved(
    run: Run, sandbox: httpx.Client, books: Callable[..., None]
) -> None:
    books(C_2001=at(day_of(FRIDAY), 11))
    text = f"mueve la C-2001 al {written(day_of(TUESDAY, 3))} a las 4, soy carlos@example.com"
    talk, _ = opened(run, text, sender="whatsapp:+12025550112")

    answer = run("action_reagendar_cita", agreed(run, talk))

    assert followup(answer) == FORM
    assert start_of(sandbox, "C-2001") == at(day_of(FRIDAY), 11)
    asked = run(VALIDATE, talk.then(answer).opens(FORM))
    assert said(asked) == ["utter_codigo_enviado"]
    assert slots(asked)["requested_slot"] == "codigo"


def agreed(run: Run, talk: Conversation) -> Conversation:
    yes = run(VALIDATE, talk.user("sí, cámbiala", "afirmar"))
    assert slots(yes)["requested_slot"] is None
    talk.then(yes)
    talk.form = None
    return talk


def start_of(sandbox: httpx.Client, number: str) -> dt.datetime:
    appointments = sandbox.get("/sandbox/business").json()["appointments"]
    return next(dt.datetime.fromisoformat(a["start"]) for a in appointments if a["id"] == number)


def test_moves_it_and_it_keeps_its_number(run: Run, sandbox: httpx.Client, books: Callable[..., None]) -> None:
    books(C_2001=at(day_of(FRIDAY), 11))
    talk, _ = opened(run, f"reprograma mi cita al {written(day_of(TUESDAY, 3))} a las 4")

    answer = run("action_reagendar_cita", agreed(run, talk))

    assert said(answer) == ["utter_cita_reagendada"]
    assert answer["responses"][0]["cita_id"] == "C-2001"
    assert start_of(sandbox, "C-2001") == at(day_of(TUESDAY, 3), 16)
    assert slots(answer)["fecha"] is None


def test_a_repeated_message_does_not_undo_a_later_move(
    run: Run, sandbox: httpx.Client, books: Callable[..., None]
) -> None:
    books(C_2001=at(day_of(FRIDAY), 11))
    first, _ = opened(run, f"mueve mi cita al {written(day_of(TUESDAY, 3))} a las 4")
    run("action_reagendar_cita", agreed(run, first))
    later, _ = opened(run, f"mejor muévela al {written(day_of(WEDNESDAY, 3))} a las 12")
    later.slots["operacion"] = "SM-later"
    run("action_reagendar_cita", agreed(run, later))

    again = run("action_reagendar_cita", first)

    assert said(again) == ["utter_cita_reagendada"]
    assert start_of(sandbox, "C-2001") == at(day_of(WEDNESDAY, 3), 12)


def test_nothing_is_moved_without_a_yes(run: Run, sandbox: httpx.Client, books: Callable[..., None]) -> None:
    books(C_2001=at(day_of(FRIDAY), 11))
    talk, _ = opened(run, f"mueve mi cita al {written(day_of(TUESDAY, 3))} a las 4")
    no = run(VALIDATE, talk.user("no", "negar"))
    assert slots(no)["requested_slot"] == "cambio"
    left = run(VALIDATE, talk.then(no).user("no", "negar"))
    talk.then(left)

    assert said(run("action_reagendar_cita", talk)) == ["utter_sin_cambios"]
    (kept,) = sandbox.get("/sandbox/business").json()["appointments"]
    assert dt.datetime.fromisoformat(kept["start"]) == at(day_of(FRIDAY), 11)


def test_a_time_taken_in_the_meantime_is_told_with_what_is_free(
    run: Run, sandbox: httpx.Client, books: Callable[..., None]
) -> None:
    books(C_2001=at(day_of(FRIDAY), 11))
    talk, _ = opened(run, f"la C-2001 pásala al {written(day_of(TUESDAY, 3))} a las 4")
    agreed(run, talk)
    books(C_2001=at(day_of(FRIDAY), 11), C_2002=at(day_of(TUESDAY, 3), 16))

    answer = run("action_reagendar_cita", talk)

    assert said(answer) == ["utter_rechazado_slot_taken", "utter_alternativas"]
    assert followup(answer) == FORM
    assert slots(answer)["hora"] is None
    assert len(slots(answer)["opciones"]) > 0


def test_a_yes_with_the_verb_of_moving_is_a_yes_and_a_time_beside_it_is_none(
    run: Run, books: Callable[..., None]
) -> None:
    books(C_2001=at(day_of(FRIDAY), 11))
    talk, _ = opened(run, f"mueve mi cita al {written(day_of(TUESDAY, 3))} a las 4")

    other = run(VALIDATE, talk.user("sí, pero pásala a las 5", "afirmar", hora="5"))

    assert slots(other)["hora"] == "17:00"
    assert slots(other)["requested_slot"] == "confirmacion"
    assert slots(run(VALIDATE, talk.then(other).user("muévela", "reagendar_cita")))["requested_slot"] is None


def test_moving_what_is_just_being_booked_is_a_correction(run: Run, books: Callable[..., None]) -> None:
    books(C_2001=at(day_of(FRIDAY), 11))
    text = f"quiero una cita el {written(day_of(TUESDAY, 3))} a las 4"
    talk = Conversation(sender=CARLOS).user(text, "agendar_cita").opens("agendar_cita_form")
    talk.then(run("validate_agendar_cita_form", talk))

    answer = run("validate_agendar_cita_form", talk.user("mejor muévela a las 5", "reagendar_cita", hora="5"))

    assert slots(answer)["hora"] == "17:00"
    assert said(answer) == ["utter_confirmar_agendar_cita_precio"]


def test_another_appointment_is_another_wish_than_moving_this_one(run: Run, books: Callable[..., None]) -> None:
    books(C_2001=at(day_of(FRIDAY), 11))
    talk, _ = opened(run, f"mueve mi cita al {written(day_of(TUESDAY, 3))} a las 4")

    answer = run(VALIDATE, talk.user("agéndame otra cita a las 5", "agendar_cita", hora="5"))

    assert answer["events"] == []
