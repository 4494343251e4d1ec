"""Events as Rasa 3.6 publishes them, for one message at a time."""

from __future__ import annotations

from typing import Any

SENDER = "whatsapp:+5215512345678"


def user(
    text: str = "Quiero agendar una cita",
    intent: str = "agendar_cita",
    *,
    at: float = 1_000.0,
    sender: str = SENDER,
    entities: list[dict[str, Any]] | None = None,
    metadata: dict[str, Any] | None = None,
    message_id: str = "m1",
    session_started: float | None = None,
) -> dict[str, Any]:
    return {
        "sender_id": sender,
        "session_started": session_started,
        "event": "user",
        "timestamp": at,
        "text": text,
        "input_channel": "whatsapp",
        "message_id": message_id,
        "metadata": {"model_id": "abc123", "assistant_id": "orquestador", **(metadata or {})},
        "parse_data": {
            "text": text,
            "intent": {"name": intent, "confidence": 0.93},
            "intent_ranking": [{"name": intent, "confidence": 0.93}, {"name": "ayuda", "confidence": 0.02}],
            "entities": entities or [],
        },
    }


def action(name: str, *, at: float = 1_000.1, sender: str = SENDER) -> dict[str, Any]:
    return {
        "sender_id": sender,
        "event": "action",
        "timestamp": at,
        "name": name,
        "policy": "RulePolicy",
        "confidence": 1.0,
        "action_text": None,
        "hide_rule_turn": False,
        "metadata": {"model_id": "abc123"},
    }


def bot(
    text: str | None, turn: dict[str, Any] | None = None, *, at: float = 1_000.1, sender: str = SENDER
) -> dict[str, Any]:
    metadata = {"model_id": "abc123"} | ({"turn": turn} if turn else {})
    return {
        "sender_id": sender,
        "event": "bot",
        "timestamp": at,
        "text": text,
        "data": {},
        "metadata": metadata,
    }


def reported(name: str, **rest: Any) -> dict[str, Any]:
    return {"action": name, "api_calls": [], "llm": None, "error": None, "ms": 12, **rest}


def called(verdict: str = "accepted", reason: str | None = None, **rest: Any) -> dict[str, Any]:
    """Give a call of the language model as the phraser reports it."""
    return {
        "purpose": "phrasing",
        "subject": "utter_saludo",
        "verdict": verdict,
        "reason": reason,
        "model": "a/model",
        "ms": 7,
        "tokens_in": 1,
        "tokens_out": 2,
        "cost": None,
        **rest,
    }


def listen(*, at: float = 1_000.25, sender: str = SENDER) -> dict[str, Any]:
    return action("action_listen", at=at, sender=sender)


def session_start(*, at: float = 999.0, sender: str = SENDER) -> list[dict[str, Any]]:
    return [
        action("action_session_start", at=at, sender=sender),
        {"sender_id": sender, "event": "session_started", "timestamp": at},
        listen(at=at, sender=sender),
    ]
