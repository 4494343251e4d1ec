"""The table of the conversation log."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, Text, text

from connectors.tables import Json, UtcDateTime, metadata


def _own_calls(context: Any) -> list[Any]:
    """Return a row's calls; rows of before they were kept may still wait on disk, or come from an older server.

    A batch whose first row has none asks this for each of its rows.
    """
    return context.get_current_parameters().get("llm_calls") or []


conversation_logs = Table(
    "conversation_logs",
    metadata,
    Column("id", String(64), primary_key=True),
    # In the key because PostgreSQL keeps the table in partitions by user.
    Column("user_id", String(64), primary_key=True),
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
    Column("llm_verdict", Text),
    Column("llm_reason", Text),
    Column("llm_ms", Integer),
    Column("llm_calls", Json, nullable=False, default=_own_calls, server_default=text("'[]'")),
    # Pages go backwards by time and id, within all turns or within those of one kind. What is included is what the
    # views count, so that they need not read the rows.
    Index(
        "ix_conversation_logs_timestamp_id",
        "timestamp",
        "id",
        postgresql_include=["user_id", "success", "processing_time"],
    ),
    Index("ix_conversation_logs_user_id_timestamp_id", "user_id", "timestamp", "id"),
    Index(
        "ix_conversation_logs_intent_timestamp_id",
        "intent",
        "timestamp",
        "id",
        postgresql_include=["processing_time", "success", "confidence"],
    ),
    Index("ix_conversation_logs_session_id_timestamp_id", "session_id", "timestamp", "id"),
    Index(
        "ix_conversation_logs_failed",
        "timestamp",
        "id",
        postgresql_where=text("NOT success"),
        sqlite_where=text("success = 0"),
    ),
    Index(
        "ix_conversation_logs_errors",
        "error_type",
        "error_code",
        "user_id",
        "timestamp",
        postgresql_where=text("error_type IS NOT NULL"),
        sqlite_where=text("error_type IS NOT NULL"),
    ),
    postgresql_partition_by="HASH (user_id)",
)
