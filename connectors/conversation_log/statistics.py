"""The questions that the log's views answer about all time, asked about some of it.

They are those of the migration that made the views, with the turns in question in place of the table.
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
# A day is a day in UTC: SQLite knows no time zones.
_DAY = {
    "sqlite": 'date("timestamp")',
    "postgresql": "CAST(\"timestamp\" AT TIME ZONE 'UTC' AS date)",
}

_DAYS = """
    SELECT date,
           CAST(sum(messages) AS BIGINT) AS total_messages,
           count(*) AS unique_users,
           CAST(sum(succeeded) AS BIGINT) AS successful,
           CAST(sum(messages - succeeded) AS BIGINT) AS failed,
           CAST(round(1.0 * sum(spent) / sum(messages)) AS INTEGER) AS avg_processing_time,
           max(longest) AS max_processing_time
    FROM (
        SELECT {day} AS date,
               count(*) AS messages,
               sum(CASE WHEN success THEN 1 ELSE 0 END) AS succeeded,
               sum(processing_time) AS spent,
               max(processing_time) AS longest
        FROM {turns}
        GROUP BY {day}, user_id
    ) AS users
    GROUP BY date
    ORDER BY date DESC
"""
_ERRORS = """
    SELECT error_type,
           error_code,
           count(*) AS occurrences,
           count(DISTINCT user_id) AS affected_users,
           max("timestamp") AS last_seen
    FROM {turns}
    WHERE error_type IS NOT NULL
    GROUP BY error_type, error_code
    ORDER BY occurrences DESC, error_type, error_code
"""
_INTENTS = """
    SELECT intent,
           count(*) AS occurrences,
           avg(confidence) AS avg_confidence,
           sum(CASE WHEN success THEN 1 ELSE 0 END) AS successful,
           sum(CASE WHEN success THEN 0 ELSE 1 END) AS failed,
           CAST(round(avg(processing_time)) AS INTEGER) AS avg_processing_time
    FROM {turns}
    WHERE intent IS NOT NULL
    GROUP BY intent
    ORDER BY occurrences DESC, intent
"""
# A percentile is the least value that so large a share of all does not exceed; PostgreSQL can take several from one
# sorting.
_LATENCY = {
    "sqlite": """
        SELECT 'overall' AS scope,
               NULL AS intent,
               count(*) AS occurrences,
               min(CASE WHEN share >= 0.50 THEN processing_time END) AS p50,
               min(CASE WHEN share >= 0.95 THEN processing_time END) AS p95,
               min(CASE WHEN share >= 0.99 THEN processing_time END) AS p99,
               max(processing_time) AS max
        FROM (SELECT processing_time, cume_dist() OVER (ORDER BY processing_time) AS share FROM {turns})
        GROUP BY scope
        UNION ALL
        SELECT 'intent',
               intent,
               count(*),
               min(CASE WHEN share >= 0.50 THEN processing_time END),
               min(CASE WHEN share >= 0.95 THEN processing_time END),
               min(CASE WHEN share >= 0.99 THEN processing_time END),
               max(processing_time)
        FROM (
            SELECT intent,
                   processing_time,
                   cume_dist() OVER (PARTITION BY intent ORDER BY processing_time) AS share
            FROM {turns}
            WHERE intent IS NOT NULL
        )
        GROUP BY intent
        ORDER BY scope DESC, occurrences DESC, intent
    """,
    "postgresql": """
        SELECT scope, intent, occurrences, shares[1] AS p50, shares[2] AS p95, shares[3] AS p99, max
        FROM (
            SELECT CASE WHEN grouping(intent) = 1 THEN 'overall' ELSE 'intent' END AS scope,
                   intent,
                   count(*) AS occurrences,
                   percentile_disc(ARRAY[0.50, 0.95, 0.99]) WITHIN GROUP (ORDER BY processing_time) AS shares,
                   max(processing_time) AS max
            FROM {turns}
            GROUP BY GROUPING SETS ((), (intent))
            HAVING count(*) > 0 AND (grouping(intent) = 1 OR intent IS NOT NULL)
        ) AS scopes
        ORDER BY scope DESC, occurrences DESC, intent
    """,
}
_PHRASING = {
    "sqlite": """
        SELECT llm_model,
               llm_verdict,
               llm_reason,
               count(*) AS occurrences,
               CAST(round(avg(llm_ms)) AS INTEGER) AS avg_llm_ms,
               min(CASE WHEN share >= 0.95 THEN llm_ms END) AS p95_llm_ms,
               coalesce(sum(tokens_in), 0) AS tokens_in,
               coalesce(sum(tokens_out), 0) AS tokens_out,
               coalesce(sum(cost), 0.0) AS cost
        FROM (
            SELECT llm_model, llm_verdict, llm_reason, llm_ms, tokens_in, tokens_out, cost,
                   cume_dist() OVER (
                       PARTITION BY llm_model, llm_verdict, llm_reason, llm_ms IS NULL ORDER BY llm_ms
                   ) AS share
            FROM {turns}
            WHERE llm_model IS NOT NULL OR llm_verdict IS NOT NULL
        )
        GROUP BY llm_model, llm_verdict, llm_reason
        ORDER BY occurrences DESC, llm_model NULLS LAST, llm_verdict NULLS LAST, llm_reason NULLS LAST
    """,
    "postgresql": """
        SELECT llm_model,
               llm_verdict,
               llm_reason,
               count(*) AS occurrences,
               CAST(round(avg(llm_ms)) AS INTEGER) AS avg_llm_ms,
               percentile_disc(0.95) WITHIN GROUP (ORDER BY llm_ms) AS p95_llm_ms,
               coalesce(sum(tokens_in), 0) AS tokens_in,
               coalesce(sum(tokens_out), 0) AS tokens_out,
               coalesce(sum(cost), 0.0) AS cost
        FROM {turns}
        WHERE llm_model IS NOT NULL OR llm_verdict IS NOT NULL
        GROUP BY llm_model, llm_verdict, llm_reason
        ORDER BY occurrences DESC, llm_model NULLS LAST, llm_verdict NULLS LAST, llm_reason NULLS LAST
    """,
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

# By the names that callers know them under; the first three are those of the views.
_QUERIES: Mapping[str, str | Mapping[str, str]] = {
    "conversation_stats": _DAYS,
    "intent_stats": _INTENTS,
    "error_stats": _ERRORS,
    "latency": _LATENCY,
    "phrasing": _PHRASING,
}


def since(connection: Connection, start: datetime) -> dict[str, list[dict[str, Any]]]:
    """Return what each view would say about the turns from a moment on, as rows of plain values."""
    return {name: _ask(connection, query, since=start) for name, query in _QUERIES.items()}


def of_user(connection: Connection, user_id: str, start: datetime) -> dict[str, Any]:
    """Return what get_user_conversation_stats would say about a user's turns from a moment on, as plain values."""
    return _ask(connection, _USER, since=start, user_id=user_id)[0]


def plain(value: Any) -> Any:
    """Return a value from the database as JSON knows it: moments and days as ISO 8601."""
    return value.isoformat() if hasattr(value, "isoformat") else value


def _ask(
    connection: Connection, query: str | Mapping[str, str], *, since: datetime, **values: str
) -> list[dict[str, Any]]:
    dialect = connection.dialect.name
    words = query if isinstance(query, str) else query[dialect]
    statement: TextClause = text(words.format(turns=_TURNS, day=_DAY[dialect]))
    moments = {name: UtcDateTime for name in ("last_seen", "first_message", "last_message") if name in words}
    statement = statement.bindparams(bindparam("since", since, UtcDateTime))
    rows = connection.execute(statement.columns(**moments), values).mappings()
    return [{name: plain(value) for name, value in row.items()} for row in rows]
