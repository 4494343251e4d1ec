"""What else is said beside a yes or a choice, and must neither be taken for more nor get lost."""

from __future__ import annotations

import datetime as dt

import httpx
import pytest

from tests.integration.actions.conversation import Conversation, followup, said, slots
from tests.integration.actions.talk import ANA, MONDAY, ZONE, Run, Talk

HOURS = "consultar_horarios"
CARLOS = "whatsapp:+5213312345678"
OFFERED = [dt.datetime.combine(MONDAY, dt.time(hour), ZONE).isoformat() for hour in (15, 16, 17)]

pytestmark = pytest.mark.usefixtures("business_as_it_was")


def book(sandbox: httpx.Client) -> dt.datetime:
    """Gives a customer one appointment, C-9101, and says when it begins."""
    state = sandbox.get("/sandbox/business").json()
    model = next(a for a in state["appointments"] if a["id"] == "C-1045")
    start = dt.datetime.combine(MONDAY, dt.time(12), ZONE)
    mine = {**model, "id": "C-9101", "start": start.isoformat(), "end": (start + dt.timedelta(hours=1)).isoformat()}
    sandbox.put("/sandbox/business", json={**state, "appointments": [mine], "payments": []}).raise_for_status()
    return start


@pytest.mark.parametrize("yes", ["sí, todo bien", "todo correcto", "sí, con tarjeta", "sí por favor, es algo urgente"])
def test_a_yes_with_more_words_pays(run: Run, yes: str) -> None:
    talk = Talk(run, ANA)
    assert talk.say("quiero pagar 50 dólares con tarjeta", "pagar_servicio") == ["utter_confirmar_pagar_servicio"]

    heard = talk.say(yes, "afirmar")

    assert len(heard) == 1
    assert heard[0].startswith("utter_pago_")
    assert talk.conversation.form is None


def test_all_well_is_no_amount(run: Run) -> None:
    talk = Talk(run, ANA)
    talk.say("quiero pagar 30 dólares", "pagar_servicio")
    assert talk.slot("requested_slot") == "método_pago"

    talk.say("todo bien, con tarjeta", "informar")

    assert talk.fact("utter_confirmar_pagar_servicio", "monto") == "30.00 USD"


def informed(run: Run, text: str, **entities: str) -> dict[str, object]:
    """Gives the booking that a time opens after some were offered."""
    talk = Conversation(sender=ANA, slots={"opciones": OFFERED}).user(text, "informar", **entities)
    answer = run("action_informar", talk)
    assert followup(answer) == "agendar_cita_form"
    opened = run("validate_agendar_cita_form", talk.then(answer).opens("agendar_cita_form"))
    return slots(opened) | {"fecha": slots(opened).get("fecha", slots(answer).get("fecha"))}


@pytest.mark.parametrize("days", [1, 2, 7])
def test_a_day_that_was_not_offered_is_the_day_that_is_meant(run: Run, days: int) -> None:
    day = MONDAY + dt.timedelta(days=days)

    found = informed(run, f"mejor el {day:%d/%m/%Y} a las 4", fecha=f"{day:%d/%m/%Y}", hora="4")

    assert found["fecha"] == day.isoformat()


@pytest.mark.parametrize("text", ["la de las 4", "a las 4", "la segunda"])
def test_a_time_alone_is_of_those_that_were_offered(run: Run, text: str) -> None:
    assert informed(run, text)["fecha"] == MONDAY.isoformat()


def test_a_time_said_of_a_stated_day_is_of_that_day(run: Run) -> None:
    tuesday = MONDAY + dt.timedelta(days=1)
    talk = Talk(run, ANA)
    talk.conversation.slots["opciones"] = OFFERED
    talk.say(f"una cita el {tuesday:%d/%m/%Y} a las 12", "agendar_cita")
    assert talk.slot("requested_slot") == "confirmacion"
    talk.conversation.slots["opciones"] = OFFERED

    talk.say("mejor a las 4", "corregir")

    assert (talk.slot("fecha"), talk.slot("hora")) == (tuesday.isoformat(), "16:00")


def test_shown_times_are_booked_for_the_kind_that_was_asked_about(run: Run) -> None:
    answer = run("action_consultar_horarios", Conversation().user("¿horarios para tarot?", HOURS, tipo_sesion="tarot"))
    assert slots(answer)["tipo_sesion"] == "tarot"

    answer = run("action_consultar_horarios", Conversation().user("¿y qué horarios hay?", HOURS))
    assert slots(answer)["tipo_sesion"] is None


def test_all_that_is_said_to_be_shown_is_shown(run: Run) -> None:
    answer = run("action_consultar_horarios", Conversation().user("¿qué horarios hay en los próximos 20 días?", HOURS))

    (shown,) = answer["responses"]
    days = {option[:10] for option in slots(answer)["opciones"]}
    assert len(days) == shown["horarios"].count("•") <= 7
    last = dt.date.fromisoformat(max(days))
    assert f" {last.day} de " in shown["rango"]


def test_a_day_that_does_not_exist_is_told(run: Run) -> None:
    answer = run(
        "action_consultar_horarios",
        Conversation().user("¿horarios el 31 de noviembre?", HOURS, fecha="31 de noviembre"),
    )

    assert said(answer) == ["utter_problema_fecha_inexistente"]


@pytest.mark.parametrize(
    ("said_of_it", "asked"), [("la hora", "hora"), ("el día porfa", "fecha"), ("mi correo está mal", "email")]
)
def test_what_is_to_change_may_be_named_alone(run: Run, said_of_it: str, asked: str) -> None:
    talk = Talk(run, ANA)
    talk.say(f"una cita el {MONDAY:%d/%m/%Y} a las 12", "agendar_cita")
    talk.say("no", "negar")
    assert talk.slot("requested_slot") == "cambio"

    talk.say(said_of_it, "informar")

    assert talk.slot("requested_slot") == asked
    assert talk.understood


@pytest.mark.parametrize("no", ["no", "no quiero mover la cita"])
def test_a_no_that_names_nothing_is_asked_what_to_change(run: Run, sandbox: httpx.Client, no: str) -> None:
    start = book(sandbox)
    talk = Talk(run, CARLOS)
    talk.say(f"mueve la C-9101 al {start + dt.timedelta(days=1):%d/%m/%Y}", "reagendar_cita", cita_id="C-9101")

    talk.say(no, "negar")

    assert talk.slot("requested_slot") == "cambio"


def test_a_no_that_names_what_is_wrong_is_asked_for_that(run: Run) -> None:
    talk = Talk(run, ANA)
    talk.say(f"una cita el {MONDAY:%d/%m/%Y} a las 12", "agendar_cita")

    talk.say("no, la hora no", "negar")

    assert talk.slot("requested_slot") == "hora"


def test_a_day_without_an_appointment_is_told_and_the_only_one_found(run: Run, sandbox: httpx.Client) -> None:
    book(sandbox)
    talk = Talk(run, CARLOS)
    day = f"{MONDAY + dt.timedelta(days=1):%d/%m/%Y}"

    heard = talk.say(f"cancela mi cita del {day}", "cancelar_cita", fecha=day)

    assert heard == ["utter_sin_cita_ese_dia", "utter_confirmar_cancelar_cita"]
    assert talk.fact("utter_confirmar_cancelar_cita", "cita_id") == "C-9101"


@pytest.mark.parametrize(
    "wish", ["quiero cambiar mi correo por nuevo@gmail.com", "actualiza mi mail a nuevo@gmail.com"]
)
def test_a_new_address_is_not_whose_profile_it_is(run: Run, wish: str) -> None:
    talk = Talk(run, ANA)

    assert talk.say(wish, "actualizar_perfil", email="nuevo@gmail.com") == ["utter_correo_no_cambia"]
    assert talk.slot("email") in (None, "ana@example.com")
    assert talk.conversation.form is None


def test_of_what_is_to_change_the_address_is_for_a_person(run: Run) -> None:
    talk = Talk(run, ANA)
    talk.say("quiero cambiar mis datos", "actualizar_perfil")
    assert talk.slot("requested_slot") == "dato"

    assert talk.say("el correo", "informar") == ["utter_correo_no_cambia"]


def test_an_address_beside_what_is_to_change_is_whose_it_is(run: Run) -> None:
    talk = Talk(run, "whatsapp:+5215597773001")

    talk.say("cambia mi teléfono, mi correo es ana@example.com", "actualizar_perfil", email="ana@example.com")

    assert talk.slot("email") == "ana@example.com"


def test_a_slip_in_an_address_is_shown_mended(run: Run) -> None:
    talk = Talk(run, "whatsapp:+5215597773002")
    talk.say(f"una cita el {MONDAY:%d/%m/%Y} a las 12", "agendar_cita")

    assert talk.say("ana.ruiz@gmail.con", "informar") == ["utter_problema_email_parecido"]
    assert talk.fact("utter_problema_email_parecido", "email") == "ana.ruiz@gmail.com"

    talk.say("sí", "afirmar")

    assert (talk.slot("email"), talk.slot("requested_slot")) == ("ana.ruiz@gmail.com", "confirmacion")


@pytest.mark.parametrize(
    "words",
    ["persona no, solo quiero agendar", "no quiero hablar con una persona", "no, con una persona no", "humano no"],
)
def test_a_person_who_is_turned_down_is_not_called(run: Run, words: str) -> None:
    talk = Talk(run, ANA)
    talk.say("quiero una cita", "agendar_cita")

    assert talk.say(words, "hablar_con_persona") == []
    assert (talk.slot("requested_slot"), talk.understood) == ("fecha", True)

    outside = Conversation(sender=ANA).user(words, "hablar_con_persona")
    assert said(run("action_hablar_con_persona", outside)) == ["utter_dime"]


@pytest.mark.parametrize(
    "words",
    [
        "persona",
        "una persona por favor",
        "no, mejor una persona",
        "no, una persona",
        "no, quiero una persona",
        "no, quiero hablar con una persona",
        "no entiendo, quiero una persona",
        "una persona, no entiendes",
        "quiero una persona no entiendes nada",
        "una persona no un bot",
        "no quiero hablar con un bot, quiero una persona",
    ],
)
def test_who_wants_a_person_gets_one(run: Run, words: str) -> None:
    answer = run("action_hablar_con_persona", Conversation(sender=ANA).user(words, "hablar_con_persona"))
    assert said(answer) == ["utter_persona_avisada"]


def test_a_price_asked_for_by_name_is_told_alone(run: Run) -> None:
    asked = Conversation().user("¿cuánto cuesta la sinastría?", "consultar_paquetes", tipo_sesion="sinastría")

    (shown,) = run("action_consultar_paquetes", asked)["responses"]

    assert shown["paquetes"].count("•") == 1


@pytest.mark.parametrize("action", ["action_fuera_de_alcance", "action_aclarar"])
def test_another_language_is_answered_in_both(run: Run, action: str) -> None:
    asked = Conversation(sender=ANA).user("hi, do you speak english?", "fuera_de_alcance")

    assert said(run(action, asked)) == ["utter_otro_idioma"]
