"""The table of the conversation log."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, Text

from connectors.tables import Json, UtcDateTime, metadata

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
