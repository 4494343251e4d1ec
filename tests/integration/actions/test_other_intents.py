"""The other intents, each at its turning points, through the action server's HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.integration.actions.conversation import Conversation, followup, said, slots

Run = Callable[[str, Conversation], dict[str, Any]]
ANA = "whatsapp:+5215512345678"


def submit(run: Run, intent: str, **values: Any) -> dict[str, Any]:
    talk = Conversation(slots={"operacion": "SM1", **values}, sender=values.pop("sender", ANA))
    return run(f"action_{intent}", talk.user("sí", "afirmar"))


class TestConsultaEstado:
    def test_tells_the_owner(self, run: Run) -> None:
        answer = submit(run, "consulta_estado", solicitud_id="12345", email="ana@example.com")
        assert said(answer)[0].startswith("utter_estado_solicitud_")

    @pytest.mark.parametrize("request_id", ["12345", "99999"])
    def test_a_stranger_and_an_unknown_number_hear_the_same(self, run: Run, request_id: str) -> None:
        answer = submit(run, "consulta_estado", solicitud_id=request_id, email="otra@example.com")
        assert said(answer) == ["utter_no_encontrado"]
        assert answer["responses"][0]["turn"]["error"] == {"type": "api", "code": "not_found"}

    def test_takes_an_appointments_number_too(self, run: Run) -> None:
        talk = Conversation().user("cómo va mi cita C-1042", "consulta_estado").opens("consulta_estado_form")
        found = slots(run("validate_consulta_estado_form", talk))
        assert found["cita_id"] == "C-1042"
        assert found["requested_slot"] == "email"

    def test_the_email_is_asked_for_once_more_and_the_number_kept(self, run: Run) -> None:
        first = submit(run, "consulta_estado", solicitud_id="12345", email="otra@example.com")
        assert followup(first) == "consulta_estado_form"
        assert slots(first)["email"] is None
        assert "solicitud_id" not in slots(first)
        second = submit(run, "consulta_estado", solicitud_id="12345", email="otra@example.com", reintentado=True)
        assert followup(second) is None

    def test_another_number_and_email_are_another_question(self, run: Run) -> None:
        slots_so_far = {"solicitud_id": "12345", "requested_slot": "email", "reintentado": True}
        talk = Conversation(slots=slots_so_far, form="consulta_estado_form")
        talk.user("y la solicitud 99999? mi correo es otra@example.com", "consulta_estado", solicitud_id="99999")
        known = slots(run("validate_consulta_estado_form", talk))
        assert (known["solicitud_id"], known["email"], known["reintentado"]) == ("99999", "otra@example.com", None)

    def test_the_same_number_with_another_email_is_the_same_question(self, run: Run) -> None:
        slots_so_far = {"solicitud_id": "12345", "requested_slot": "email", "reintentado": True}
        talk = Conversation(slots=slots_so_far, form="consulta_estado_form").user("otra@example.com", "informar")
        assert "reintentado" not in slots(run("validate_consulta_estado_form", talk))

    def test_my_appointment_without_a_number_lists_a_known_contacts(self, run: Run) -> None:
        talk = Conversation(sender=ANA).user("¿cuándo es mi cita?", "consulta_estado").opens("consulta_estado_form")
        answer = run("validate_consulta_estado_form", talk)
        assert said(answer) == ["utter_citas_encontradas", "utter_que_hacer_con_cita"]
        assert [button["payload"].split("{")[0] for button in answer["responses"][1]["buttons"]] == [
            "/reagendar_cita",
            "/cancelar_cita",
            "/pagar_servicio",
        ]
        assert slots(answer)["requested_slot"] is None
        assert said(run("action_consulta_estado", talk.then(answer).user("gracias", "agradecer"))) == []

    def test_an_outage_keeps_what_was_said(self, run: Run, sandbox: httpx.Client) -> None:
        sandbox.put("/sandbox/faults", json={"api": {"drop_rate": 1.0}}).raise_for_status()
        answer = submit(run, "consulta_estado", solicitud_id="12345", email="ana@example.com")
        assert said(answer) == ["utter_servicio_no_disponible"]
        assert followup(answer) == "consulta_estado_form"
        assert slots(answer)["reanudar"] == "reintento"


class TestPagarServicio:
    def asked(self, run: Run, text: str, sender: str = ANA) -> dict[str, Any]:
        talk = Conversation(sender=sender).user(text, "pagar_servicio").opens("pagar_servicio_form")
        return run("validate_pagar_servicio_form", talk)

    def test_a_known_contact_needs_no_target(self, run: Run) -> None:
        answer = self.asked(run, "quiero pagar 50 dólares con tarjeta")
        assert said(answer) == ["utter_confirmar_pagar_servicio"]
        assert slots(answer)["cita_id"] == "C-1042"

    def test_more_than_is_owed_is_refused_with_what_is(self, run: Run) -> None:
        answer = self.asked(run, "quiero pagar 80 dólares con tarjeta")
        assert said(answer) == ["utter_pago_monto_distinto"]
        assert answer["responses"][0]["adeudo"] == "50.00 USD"
        assert slots(answer)["requested_slot"] == "monto"

    def test_what_is_owed_is_said_before_the_amount_is_asked_for(self, run: Run) -> None:
        answer = self.asked(run, "quiero pagar")
        assert said(answer) == ["utter_pago_adeudos"]
        assert "C-1042" in answer["responses"][0]["adeudos"]
        assert slots(answer)["requested_slot"] == "monto"

    def test_all_of_it_is_the_amount_that_is_owed(self, run: Run) -> None:
        answer = self.asked(run, "quiero pagar todo con tarjeta")
        assert said(answer) == ["utter_confirmar_pagar_servicio"]
        assert slots(answer)["monto"] == "50.00 USD"

    def test_a_stranger_learns_nothing_of_what_is_owed(self, run: Run) -> None:
        answer = self.asked(run, "pagar 50 dólares con tarjeta, ana@example.com", "whatsapp:+12025550111")
        assert said(answer) == ["utter_codigo_enviado"]
        assert slots(answer)["requested_slot"] == "codigo"

    @pytest.mark.parametrize("card", ["[tarjeta]", "4111 1111 1111 1111", "4111-1111-1111-1111"])
    def test_a_card_number_stops_the_flow_and_is_answered_with_why(self, run: Run, card: str) -> None:
        answer = self.asked(run, f"quiero pagar 50 dólares con mi tarjeta {card}")
        assert said(answer) == ["utter_tarjeta_en_el_chat"]
        found = slots(answer)
        assert (found.get("monto"), found.get("método_pago"), found["requested_slot"]) == (None, None, "monto")
        assert "4111" not in str(answer)

    def test_a_yes_beside_a_card_number_is_none(self, run: Run) -> None:
        talk = Conversation(sender=ANA).user("quiero pagar 50 dólares con tarjeta", "pagar_servicio")
        asked = run("validate_pagar_servicio_form", talk.opens("pagar_servicio_form"))
        talk.then(asked).user("sí, con la 4111 1111 1111 1111", "afirmar")
        answer = run("validate_pagar_servicio_form", talk)
        assert said(answer) == ["utter_tarjeta_en_el_chat", "utter_confirmar_pagar_servicio"]
        assert slots(answer)["requested_slot"] == "confirmacion"

    def test_nothing_is_charged_without_a_yes(self, run: Run, sandbox: httpx.Client) -> None:
        before = len(sandbox.get("/sandbox/business").json()["payments"])
        answer = submit(run, "pagar_servicio", monto="50.00 USD", método_pago="tarjeta", email="ana@example.com")
        assert said(answer) == ["utter_sin_cambios"]
        assert len(sandbox.get("/sandbox/business").json()["payments"]) == before


class TestCancelarCita:
    def test_finds_a_known_contacts_only_appointment_of_the_day(self, run: Run) -> None:
        text = "Necesito cancelar mi cita del viernes"
        talk = Conversation(sender=ANA).user(text, "cancelar_cita", fecha="viernes").opens("cancelar_cita_form")
        answer = run("validate_cancelar_cita_form", talk)
        assert said(answer) == ["utter_confirmar_cancelar_cita"]
        assert slots(answer)["cita_id"] == "C-1042"

    def test_a_no_leaves_the_appointment_as_it_is(self, run: Run) -> None:
        talk = Conversation(sender=ANA).user("cancelar C-1042", "cancelar_cita").opens("cancelar_cita_form")
        asked = run("validate_cancelar_cita_form", talk)
        no = run("validate_cancelar_cita_form", talk.then(asked).user("no", "negar"))
        assert slots(no)["requested_slot"] is None
        assert said(run("action_cancelar_cita", talk.then(no))) == ["utter_cita_sigue_en_pie"]

    def test_a_stranger_learns_nothing_of_anothers_appointment(self, run: Run) -> None:
        talk = Conversation().user("cancelar C-1042, soy otra@example.com", "cancelar_cita").opens("cancelar_cita_form")
        answer = run("validate_cancelar_cita_form", talk)
        assert said(answer) == ["utter_no_encontrado"]
        assert slots(answer)["email"] is None
        assert slots(answer)["requested_slot"] == "email"


class TestHistorialYPerfil:
    def test_lists_a_known_persons_history(self, run: Run) -> None:
        answer = submit(run, "consultar_historial", email="ana@example.com")
        assert said(answer)[0] == "utter_historial"
        assert "C-10" in str(answer) or "Carta natal" in answer["responses"][0]["historial"]

    @pytest.mark.parametrize(
        ("intent", "values"),
        [("consultar_historial", {}), ("actualizar_perfil", {"nombre": "Eva Sol", "confirmacion": True})],
    )
    def test_a_stranger_must_show_who_they_are(self, run: Run, intent: str, values: dict[str, Any]) -> None:
        answer = submit(run, intent, email="ana@example.com", sender="whatsapp:+12025550112", **values)
        assert said(answer) == []
        assert (followup(answer), slots(answer)["reanudar"]) == (f"{intent}_form", "verificar")

    def test_another_channel_vouches_for_no_number(self, run: Run) -> None:
        talk = Conversation(slots={"email": "ana@example.com"}, sender=ANA, channel="rest").user("sí", "afirmar")
        assert slots(run("action_consultar_historial", talk))["reanudar"] == "verificar"

    def test_says_back_what_changed(self, run: Run) -> None:
        answer = submit(
            run,
            "actualizar_perfil",
            email="ana@example.com",
            nombre="Ana Ruiz",
            fecha_nacimiento="1990-05-05",
            confirmacion=True,
        )
        assert said(answer) == ["utter_perfil_nombre", "utter_perfil_fecha_nacimiento"]
        assert answer["responses"][1]["fecha_nacimiento"] == "sábado 5 de mayo de 1990"


class TestConsultas:
    def test_a_whole_month_is_not_too_much(self, run: Run) -> None:
        talk = Conversation().user("qué días tienen libres en diciembre?", "consultar_horarios", fecha="diciembre")
        assert said(run("action_consultar_horarios", talk)) == ["utter_horarios"]

    def test_a_day_beyond_the_horizon_is_told(self, run: Run) -> None:
        day = dt.date.today() + dt.timedelta(days=150)
        talk = Conversation().user(f"horarios del {day:%d/%m/%Y}", "consultar_horarios")
        assert said(run("action_consultar_horarios", talk)) == ["utter_fecha_lejana"]

    def test_lists_packages_in_the_currency_asked_for(self, run: Run) -> None:
        talk = Conversation().user("paquetes en euros", "consultar_paquetes", moneda="euros")
        answer = run("action_consultar_paquetes", talk)
        assert said(answer) == ["utter_paquetes"]
        assert "EUR" in answer["responses"][0]["paquetes"]
        assert "USD" not in answer["responses"][0]["paquetes"]

    def test_lists_free_times_of_the_part_of_the_day_asked_for(self, run: Run) -> None:
        day = dt.date.today() + dt.timedelta(days=14)
        day += dt.timedelta(days=-day.weekday())
        talk = Conversation().user(f"qué horarios hay el {day:%d/%m/%Y} por la tarde?", "consultar_horarios")
        answer = run("action_consultar_horarios", talk)
        assert said(answer) == ["utter_horarios"]
        assert "10:00" not in answer["responses"][0]["horarios"]
        assert all(dt.datetime.fromisoformat(o).hour >= 12 for o in slots(answer)["opciones"])

    def test_a_time_that_was_listed_can_be_booked_by_naming_it(self, run: Run) -> None:
        talk = Conversation(slots={"opciones": ["2026-12-01T11:00:00-06:00", "2026-12-01T16:00:00-06:00"]})
        answer = run("action_informar", talk.user("la de las 4", "informar"))
        assert followup(answer) == "agendar_cita_form"
        assert slots(answer) == {"fecha": "2026-12-01", "hora": "16:00", "reanudar": "elegido"}

    @pytest.mark.parametrize(
        ("question", "topic"),
        [
            ("¿Cómo funciona el sistema de citas?", "Así funcionan las citas"),
            ("cómo puedo pagar?", "Puedes pagar con"),
            ("qué hacen con mis datos", "Uso tus datos"),
            ("cómo reagendo", "Para cambiar una cita"),
            ("cómo dejo de recibir mensajes?", "Si ya no quieres recibir mensajes"),
            ("quiero darme de baja", "Si ya no quieres recibir mensajes"),
            ("cómo doy de baja mi cita?", "Para cancelar"),
            ("cómo les mando una foto", "Por aquí solo leo texto"),
            ("me mandan el link de la videollamada?", "Yo no tengo aquí"),
        ],
    )
    def test_help_answers_from_its_texts(self, run: Run, question: str, topic: str) -> None:
        answer = run("action_ayuda", Conversation().user(question, "ayuda"))
        assert answer["responses"][0]["texto"].startswith(topic)

    def test_asks_which_of_the_two_likeliest_was_meant(self, run: Run) -> None:
        talk = Conversation().user("eso de mañana", "nlu_fallback", fecha="mañana")
        talk.message["intent_ranking"] = [
            {"name": "nlu_fallback", "confidence": 0.7},
            {"name": "agendar_cita", "confidence": 0.4},
            {"name": "cancelar_cita", "confidence": 0.3},
            {"name": "ayuda", "confidence": 0.1},
        ]
        buttons = run("action_aclarar", talk)["responses"][0]["buttons"]
        assert [b["payload"] for b in buttons] == [
            '/agendar_cita{"fecha": "mañana"}',
            '/cancelar_cita{"fecha": "mañana"}',
        ]

    def test_greets_by_the_name_on_file(self, run: Run) -> None:
        answer = run("action_saludo", Conversation(sender=ANA).user("hola", "saludo"))
        assert answer["responses"][0]["nombre"] == "Ana"

    def test_goodbye_in_the_middle_says_that_nothing_was_done(self, run: Run) -> None:
        talk = Conversation(slots={"fecha": "2026-12-01"}).user("adiós", "despedida")
        talk.form = "agendar_cita_form"
        answer = run("action_despedida", talk)
        assert said(answer) == ["utter_despedida_pendiente"]
        assert {"event": "active_loop", "name": None, "timestamp": None} in answer["events"]
        assert slots(answer)["fecha"] is None


class TestInterrupciones:
    def test_a_form_nothing_was_told_yet_is_not_come_back_to(self, run: Run) -> None:
        talk = Conversation(slots={"requested_slot": "cita_id"}).opens("cancelar_cita_form")
        talk.user("mejor quiero agendar otra", "agendar_cita").opens("agendar_cita_form")
        assert slots(run("validate_agendar_cita_form", talk)).get("formulario_pendiente") is None

    def test_another_wish_with_its_own_number_interrupts_even_beside_an_answer(self, run: Run) -> None:
        talk = Conversation(slots={"fecha": "2026-12-01", "hora": "10:00", "requested_slot": "email"})
        talk.opens("agendar_cita_form").then({"events": []})
        text = "estado de la solicitud 20002 sofia@example.com"
        answer = run("validate_agendar_cita_form", talk.user(text, "consulta_estado", solicitud_id="20002"))
        assert answer["events"] == []

    def test_an_uncertain_change_of_subject_is_asked_about_instead_of_followed(self, run: Run) -> None:
        talk = Conversation(slots={"fecha": "2026-12-01", "requested_slot": "email"}).opens("agendar_cita_form")
        answer = run("validate_agendar_cita_form", talk.then({"events": []}).user("a ver", "consultar_historial", 0.75))
        assert said(answer) == ["utter_no_entendi_respuesta"]

    def test_a_bare_cancela_leaves_the_form(self, run: Run) -> None:
        talk = Conversation(slots={"fecha": "2026-12-01", "requested_slot": "email"}).opens("agendar_cita_form")
        answer = run("validate_agendar_cita_form", talk.then({"events": []}).user("cancela", "cancelar_cita"))
        assert said(answer) == ["utter_olvidado"]
        assert slots(answer)["requested_slot"] is None

    def test_a_form_that_was_interrupted_goes_on_with_its_values(self, run: Run) -> None:
        talk = Conversation(slots={"fecha": "2026-12-01", "requested_slot": "hora", "operacion": "SM-a"})
        talk.opens("agendar_cita_form").user("¿cómo va mi solicitud 12345?", "consulta_estado")
        opened = run("validate_consulta_estado_form", talk.opens("consulta_estado_form"))
        assert slots(opened)["formulario_pendiente"]["form"] == "agendar_cita_form"
        assert slots(opened)["fecha"] is None
        talk.then(opened).slots.update(email="ana@example.com", solicitud_id="12345")
        talk.form = None

        done = run("action_consulta_estado", talk.user("ana@example.com", "informar"))

        assert said(done)[-1] == "utter_sigamos_agendar_cita"
        assert followup(done) == "agendar_cita_form"
        assert slots(done)["fecha"] == "2026-12-01"
        assert slots(done)["operacion"] == "SM-a"


class TestHablarConPersona:
    def test_hands_the_customer_over(self, run: Run) -> None:
        answer = run("action_hablar_con_persona", Conversation().user("una persona por favor", "hablar_con_persona"))
        assert said(answer) == ["utter_persona_avisada"]
        assert answer["responses"][0]["hands_over"] is True

    def test_stays_with_the_customer_when_nobody_could_be_told(self, run: Run, sandbox: httpx.Client) -> None:
        sandbox.put("/sandbox/faults", json={"api": {"drop_rate": 1.0}}).raise_for_status()
        answer = run("action_hablar_con_persona", Conversation().user("una persona por favor", "hablar_con_persona"))
        assert said(answer) == ["utter_persona_no_avisada"]
        assert answer["responses"][0]["hands_over"] is False
