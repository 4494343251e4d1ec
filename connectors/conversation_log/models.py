"""The table of the conversation log."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

metadata = MetaData()

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class UtcDateTime(TypeDecorator):
    """A moment that goes in and comes out aware of its zone, as UTC, on databases without zones too."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Bring a moment to UTC."""
        return value.astimezone(timezone.utc) if value else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Say of a moment from the database that it is UTC."""
        if value is None:
            return None
        return value.astimezone(timezone.utc) if value.tzinfo else value.replace(tzinfo=timezone.utc)


conversation_logs = Table(
    "conversation_logs",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("user_id", String(64), nullable=False),
    Column("message", Text, nullable=False),
    Column("intent", Text),
    Column("confidence", Float),
    Column("entities", Json, nullable=False),
    Column("action", Text),
    Column("rasa_response", Text, nullable=False),
    Column("llm_response", Text),
    Column("response", Text),
    Column("api_calls", Json, nullable=False),
    Column("processing_time", Integer, nullable=False),
    Column("success", Boolean, nullable=False),
    Column("error_type", Text),
    Column("error_code", Text),
    Column("timestamp", UtcDateTime, nullable=False),
    Column("channel", Text),
    Column("session_id", String(64)),
    Column("message_id", Text),
    Column("model_version", Text),
    Column("tokens_in", Integer),
    Column("tokens_out", Integer),
    Column("cost", Float),
    Column("llm_model", Text),
    Index("ix_conversation_logs_user_id_timestamp", "user_id", "timestamp"),
    Index("ix_conversation_logs_timestamp", "timestamp"),
    Index("ix_conversation_logs_intent", "intent"),
    Index("ix_conversation_logs_success", "success"),
)
