"""The questions that the log's views answer about all time, asked about some of it.

What a view says is written in the migration that made it, and nowhere else: its definition is asked of the database,
and the turns in question take the table's place in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.engine import Connection
from sqlalchemy.sql.expression import TextClause

from connectors.tables import UtcDateTime

_TURNS = '(SELECT * FROM conversation_logs WHERE "timestamp" >= :since) AS turns'
# Under the table's own name, which a view's definition then means; SQLite takes the table itself by its schema's name
# only. PostgreSQL would copy what is named twice.
_IN_PLACE_OF_THE_TABLE = {
    "sqlite": 'WITH conversation_logs AS (SELECT * FROM main.conversation_logs WHERE "timestamp" >= :since) ',
    "postgresql": """
        WITH conversation_logs AS NOT MATERIALIZED (SELECT * FROM conversation_logs WHERE "timestamp" >= :since)
    """,
}
_DEFINITION = {
    # CREATE VIEW name AS SELECT …
    "sqlite": "SELECT substr(sql, instr(sql, ' AS ') + 4) FROM sqlite_master WHERE type = 'view' AND name = :view",
    "postgresql": "SELECT rtrim(pg_get_viewdef(CAST(:view AS regclass)), ';')",
}
# What get_user_conversation_stats says, for any database.
_USER = """
    SELECT :user_id AS user_id,
           count(*) AS total_messages,
           coalesce(sum(CASE WHEN success THEN 1 ELSE 0 END), 0) AS successful,
           coalesce(sum(CASE WHEN success THEN 0 ELSE 1 END), 0) AS failed,
           CAST(avg(CASE WHEN success THEN 1.0 ELSE 0.0 END) AS DOUBLE PRECISION) AS success_rate,
           CAST(round(avg(processing_time)) AS INTEGER) AS avg_processing_time,
           (
               SELECT intent FROM {turns} WHERE user_id = :user_id AND intent IS NOT NULL
               GROUP BY intent ORDER BY count(*) DESC, intent LIMIT 1
           ) AS most_common_intent,
           count(DISTINCT session_id) AS sessions,
           min("timestamp") AS first_message,
           max("timestamp") AS last_message,
           coalesce(sum(tokens_in), 0) AS tokens_in,
           coalesce(sum(tokens_out), 0) AS tokens_out,
           coalesce(sum(cost), 0.0) AS cost
    FROM {turns}
    WHERE user_id = :user_id
"""

# The views by the names that callers know them under.
_VIEWS: Mapping[str, str] = {
    "conversation_stats": "conversation_stats",
    "intent_stats": "intent_stats",
    "error_stats": "error_stats",
    "latency": "latency_stats",
    "phrasing": "phrasing_stats",
}


def since(connection: Connection, start: datetime) -> dict[str, list[dict[str, Any]]]:
    """Return what each view would say about the turns from a moment on, as rows of plain values."""
    return {name: _ask(connection, _of_view(connection, view), since=start) for name, view in _VIEWS.items()}


def of_user(connection: Connection, user_id: str, start: datetime) -> dict[str, Any]:
    """Return what get_user_conversation_stats would say about a user's turns from a moment on, as plain values."""
    return _ask(connection, _USER.format(turns=_TURNS), since=start, user_id=user_id)[0]


def plain(value: Any) -> Any:
    """Return a value from the database as JSON knows it: moments and days as ISO 8601."""
    return value.isoformat() if hasattr(value, "isoformat") else value


def _of_view(connection: Connection, view: str) -> str:
    dialect = connection.dialect.name
    definition: str = connection.execute(text(_DEFINITION[dialect]), {"view": view}).scalar_one()
    return _IN_PLACE_OF_THE_TABLE[dialect] + definition


def _ask(connection: Connection, query: str, *, since: datetime, **values: str) -> list[dict[str, Any]]:
    statement: TextClause = text(query)
    moments = {name: UtcDateTime for name in ("last_seen", "first_message", "last_message") if name in query}
    statement = statement.bindparams(bindparam("since", since, UtcDateTime))
    rows = connection.execute(statement.columns(**moments), values).mappings()
    return [{name: plain(value) for name, value in row.items()} for row in rows]
