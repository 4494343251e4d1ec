"""Turns for the conversation log, and what tests ask the database about them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Engine

from connectors.conversation_log.models import conversation_logs

NOON = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)


def turn(number: int, **values: Any) -> dict[str, Any]:
    """Gives a row, so many minutes after noon, with every column."""
    row: dict[str, Any] = dict.fromkeys(conversation_logs.columns.keys())
    return row | {
        "id": f"conv_{number:04}",
        "user_id": "user_1",
        "message": "hola",
        "intent": "saludo",
        "confidence": 0.5,
        "entities": [],
        "rasa_response": "{}",
        "api_calls": [],
        "llm_calls": [],
        "processing_time": 10,
        "success": True,
        "timestamp": NOON + timedelta(minutes=number),
        "channel": "whatsapp",
        **values,
    }


def log(engine: Engine, *rows: dict[str, Any]) -> None:
    """Writes rows."""
    with engine.begin() as connection:
        connection.execute(conversation_logs.insert(), list(rows))


def ask(engine: Engine, query: str) -> list[dict[str, Any]]:
    """Gives the rows that the database answers with."""
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(query)).mappings()]
