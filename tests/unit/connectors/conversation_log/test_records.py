from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest

from connectors.conversation_log.records import TurnRecord, record_of
from connectors.conversation_log.turns import Turn
from privacy import user_key
from tests.unit.connectors.conversation_log.rasa_events import SENDER, action, bot, called, listen, reported, user

KEY = "a key for tests"


def record(message: dict[str, Any], *events: dict[str, Any]) -> TurnRecord:
    return record_of(Turn(SENDER, message, list(events), ended=listen()["timestamp"]), KEY)


def test_holds_what_was_understood_done_and_answered() -> None:
    call = {
        "method": "POST",
        "path_template": "/v1/appointments",
        "status": 201,
        "ms": 9,
        "success": True,
        "error": None,
    }
    asked = called(subject="utter_cita_agendada", model="llama", ms=80, tokens_in=50, tokens_out=7, cost=0.001)
    entry = reported("action_agendar_cita", api_calls=[call], llm={"text": "Listo [[1]]", "calls": [asked]})

    row = record(
        user(
            entities=[
                {"entity": "fecha", "value": "mañana", "start": 0, "end": 6, "confidence_entity": 0.9},
                {"entity": "cita_id", "value": "C-1042", "role": "vieja"},
            ],
            metadata={"message_sid": "SM1"},
            session_started=900.0,
        ),
        action("agendar_cita_form"),
        action("action_agendar_cita"),
        bot("Tu cita C-1042 quedó.", entry),
        bot("¿Algo más?", entry),
    )

    assert row.message == "Quiero agendar una cita"
    assert (row.intent, row.confidence) == ("agendar_cita", 0.93)
    assert row.entities == [
        {"entity": "fecha", "value": "mañana", "confidence": 0.9},
        {"entity": "cita_id", "value": "C-1042", "role": "vieja"},
    ]
    assert row.action == "action_agendar_cita"
    assert row.response == "Tu cita C-1042 quedó.\n\n¿Algo más?"
    assert row.api_calls == [call]
    assert (row.llm_response, row.llm_model, row.llm_verdict) == ("Listo [[1]]", "llama", "accepted")
    assert row.llm_calls == [asked]
    assert (row.tokens_in, row.tokens_out, row.cost) == (50, 7, 0.001)
    assert row.processing_time == 250
    assert (row.success, row.error_type, row.error_code) == (True, None, None)
    assert row.timestamp == datetime(1970, 1, 1, 0, 16, 40, tzinfo=timezone.utc)
    assert (row.channel, row.message_id, row.model_version) == ("whatsapp", "SM1", "abc123")
    understood = json.loads(row.rasa_response)
    assert understood["intent"] == {"name": "agendar_cita", "confidence": 0.93}
    assert understood["actions"] == ["agendar_cita_form", "action_agendar_cita"]


@pytest.mark.parametrize(
    ("events", "answered_by"),
    [
        ([action("utter_saludo"), bot("¡Hola!")], "utter_saludo"),
        ([action("agendar_cita_form"), bot("¿Qué día?")], "agendar_cita_form"),
        (
            [
                action("action_consultar_horarios"),
                bot("Libres: …"),
                action("agendar_cita_form"),
                bot("¿Qué día?"),
            ],
            "action_consultar_horarios",
        ),
        ([action("action_preparar"), action("agendar_cita_form"), bot("¿Qué día?")], "agendar_cita_form"),
        ([action("action_default_fallback"), bot("¿Cómo?")], "action_default_fallback"),
        ([action("action_unlikely_intent"), action("action_pagar_servicio")], "action_pagar_servicio"),
        ([], None),
    ],
)
def test_names_the_action_that_answered(events: list[dict[str, Any]], answered_by: str | None) -> None:
    assert record(user(), *events).action == answered_by


def test_sums_what_several_actions_report() -> None:
    said = [{"text": name, "calls": [called(tokens_in=n, tokens_out=n + 1)]} for name, n in (("a", 1), ("b", 3))]
    first = reported("action_a", api_calls=[{"method": "GET"}], llm=said[0])
    second = reported("action_b", api_calls=[{"method": "PUT"}], llm=said[1])

    row = record(user(), action("action_a"), bot("a", first), bot("a2", first), action("action_b"), bot("b", second))

    assert row.api_calls == [{"method": "GET"}, {"method": "PUT"}]
    assert (row.llm_response, row.tokens_in, row.tokens_out) == ("a\n\nb", 4, 6)
    assert [call["tokens_in"] for call in row.llm_calls] == [1, 3]


def test_an_action_that_says_nothing_reports_with_a_slot() -> None:
    report = reported("validate_agendar_cita_form", api_calls=[{"method": "GET"}])
    slot = {"event": "slot", "name": "fecha", "value": "2026-12-01", "timestamp": 1_000.1, "metadata": {"turn": report}}

    row = record(user(), action("agendar_cita_form"), slot, bot("¿A qué hora?"))

    assert row.api_calls == [{"method": "GET"}]


def test_a_reported_error_is_a_failure_of_its_type() -> None:
    entry = reported("action_pagar_servicio", error={"type": "api", "code": "service_unavailable"})

    row = record(user(), action("action_pagar_servicio"), bot("No pude.", entry))

    assert (row.success, row.error_type, row.error_code) == (False, "api", "service_unavailable")


def test_silence_is_a_failure() -> None:
    row = record(user(), action("action_pagar_servicio"))

    assert (row.success, row.error_type, row.error_code) == (False, "rasa", "no_answer")
    assert row.response is None


def test_a_message_nobody_understood_is_a_failure_of_rasa() -> None:
    row = record(user("asdf", "nlu_fallback"), action("action_default_fallback"), bot("¿Quisiste decir…?"))

    assert (row.success, row.error_type, row.error_code) == (False, "rasa", "intent_not_recognised")


@pytest.mark.parametrize(("understood", "error"), [(True, None), (False, "intent_not_recognised")])
def test_a_message_that_an_action_made_use_of_is_understood(understood: bool, error: str | None) -> None:
    entry = reported("validate_agendar_cita_form", understood=understood)

    row = record(user("laten martes", "nlu_fallback"), bot("¿A qué hora?", entry))

    assert (row.success, row.error_code) == (error is None, error)


def test_holds_no_personal_data() -> None:
    secrets = [
        "5512345678",
        "ana.perez@gmail.com",
        "ana punto perez arroba gmail punto com",
        "4111 1111 1111 1111",
        "Ana",
    ]
    said = f"soy Ana Pérez, {secrets[0]}, {secrets[1]}, {secrets[2]}, {secrets[3]}"
    entry = reported(
        "action_x",
        api_calls=[{"error": f"no {secrets[1]}"}],
        llm={"text": said, "calls": [called(subject=said, reason=said, verdict=said, purpose=said)]},
    )

    row = record(
        user(
            said,
            entities=[{"entity": "email", "value": secrets[1]}, {"entity": "nombre", "value": "Ana Pérez"}],
            metadata={"profile_name": "Ana Pérez", "message_sid": "SM1"},
            session_started=900.0,
        ),
        action("action_x"),
        bot(f"Hola Ana, te escribo a {secrets[1]} y al {secrets[0]}", entry),
    )

    kept = json.dumps(row.as_row(), default=str, ensure_ascii=False)
    assert row.user_id == user_key(SENDER, KEY)
    assert row.response == "Hola [nombre], te escribo a [email] y al [teléfono]"
    for secret in [*secrets, "Pérez", SENDER]:
        assert secret not in kept


def test_one_message_has_one_id_whenever_it_is_worked_on() -> None:
    first = record(user(metadata={"message_sid": "SM1"}, message_id="a", at=1.0))
    again = record(user(metadata={"message_sid": "SM1"}, message_id="b", at=2.0))
    other = record(user(metadata={"message_sid": "SM2"}, message_id="a", at=1.0))

    assert first.id == again.id != other.id
    assert first.id.startswith("conv_")


def test_messages_without_a_twilio_id_are_told_apart_by_rasas() -> None:
    ids = {record(user(message_id=message_id)).id for message_id in ("m1", "m2", "m2")}

    assert len(ids) == 2


def test_a_session_is_the_same_for_all_its_turns_of_one_user() -> None:
    one, same, later, unknown = (
        record(user(session_started=started)).session_id for started in (900.0, 900.0, 9_000.0, None)
    )

    assert one == same != later
    assert unknown is None


def test_what_no_database_takes_is_left_out() -> None:
    row = record(user("hola\x00 \ud83d", entities=[{"entity": "motivo", "value": ["\x00x"]}])).as_row()

    assert row["message"] == "hola ?"
    assert row["entities"] == [{"entity": "motivo", "value": ["x"]}]


def test_a_huge_message_is_kept_in_part() -> None:
    assert len(record(user("hola " * 100_000)).message) == 4_096


def test_a_bare_event_still_makes_a_row() -> None:
    row = record_of(Turn(SENDER, {"event": "user", "timestamp": 5.0}), KEY)

    assert (row.message, row.intent, row.entities, row.processing_time) == ("", None, [], 0)


def test_keeps_no_number_of_a_message_that_was_asked_for_a_code() -> None:
    half = {"entity": "solicitud_id", "value": "4829", "confidence": 0.8}
    entry = reported("validate_consultar_historial_form", code_asked=True)
    message = user("4829 13 te digo", "informar", entities=[half])
    row = record(message, action("consultar_historial_form"), bot("Gracias, ya comprobé que eres tú.", entry))
    assert row.message == "[código] te digo"
    assert "4829" not in str(row.as_row())

    entry = reported("validate_consultar_historial_form", code_asked=False)
    assert record(message, action("consultar_historial_form"), bot("?", entry)).message == "4829 13 te digo"
