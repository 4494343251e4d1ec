"""The conversation log in partitions by user on PostgreSQL, what became of phrasing in it, and views that say more."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TABLE = "conversation_logs"
PARTITIONS = 8

# A day is a day in UTC: SQLite knows no time zones.
DAY = {
    "sqlite": """date("timestamp")""",
    "postgresql": """CAST("timestamp" AT TIME ZONE 'UTC' AS date)""",
}

# Those of 0001, under the same names and with the same columns. Users are counted as groups: count(DISTINCT) sorts.
VIEWS = {
    "conversation_stats": """
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
            FROM conversation_logs
            GROUP BY {day}, user_id
        ) AS users
        GROUP BY date
        ORDER BY date DESC
    """,
    "error_stats": """
        SELECT error_type,
               error_code,
               count(*) AS occurrences,
               count(DISTINCT user_id) AS affected_users,
               max("timestamp") AS last_seen
        FROM conversation_logs
        WHERE error_type IS NOT NULL
        GROUP BY error_type, error_code
        ORDER BY occurrences DESC, error_type, error_code
    """,
    "intent_stats": """
        SELECT intent,
               count(*) AS occurrences,
               avg(confidence) AS avg_confidence,
               sum(CASE WHEN success THEN 1 ELSE 0 END) AS successful,
               sum(CASE WHEN success THEN 0 ELSE 1 END) AS failed,
               CAST(round(avg(processing_time)) AS INTEGER) AS avg_processing_time
        FROM conversation_logs
        WHERE intent IS NOT NULL
        GROUP BY intent
        ORDER BY occurrences DESC, intent
    """,
}

# A percentile is the least value that so large a share of all does not exceed; PostgreSQL can take several from one
# sorting.
LATENCY = {
    "sqlite": """
        SELECT 'overall' AS scope,
               NULL AS intent,
               count(*) AS occurrences,
               min(CASE WHEN share >= 0.50 THEN processing_time END) AS p50,
               min(CASE WHEN share >= 0.95 THEN processing_time END) AS p95,
               min(CASE WHEN share >= 0.99 THEN processing_time END) AS p99,
               max(processing_time) AS max
        FROM (SELECT processing_time, cume_dist() OVER (ORDER BY processing_time) AS share FROM conversation_logs)
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
            FROM conversation_logs
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
            FROM conversation_logs
            GROUP BY GROUPING SETS ((), (intent))
            HAVING count(*) > 0 AND (grouping(intent) = 1 OR intent IS NOT NULL)
        ) AS scopes
        ORDER BY scope DESC, occurrences DESC, intent
    """,
}
PHRASING = {
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
            FROM conversation_logs
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
        FROM conversation_logs
        WHERE llm_model IS NOT NULL OR llm_verdict IS NOT NULL
        GROUP BY llm_model, llm_verdict, llm_reason
        ORDER BY occurrences DESC, llm_model NULLS LAST, llm_verdict NULLS LAST, llm_reason NULLS LAST
    """,
}

NEW_VIEWS = {"latency_stats": LATENCY, "phrasing_stats": PHRASING}

FUNCTION = """
    CREATE FUNCTION get_user_conversation_stats(p_user_id text, p_days integer)
    RETURNS TABLE (
        user_id text,
        total_messages bigint,
        successful bigint,
        failed bigint,
        success_rate double precision,
        avg_processing_time integer,
        most_common_intent text,
        sessions bigint,
        first_message timestamptz,
        last_message timestamptz,
        tokens_in bigint,
        tokens_out bigint,
        cost double precision
    )
    LANGUAGE sql STABLE
    AS $$
        WITH turns AS (
            SELECT *
            FROM conversation_logs AS log
            WHERE log.user_id = p_user_id AND log."timestamp" >= now() - make_interval(days => p_days)
        )
        SELECT p_user_id,
               count(*),
               count(*) FILTER (WHERE success),
               count(*) FILTER (WHERE NOT success),
               avg(CASE WHEN success THEN 1.0 ELSE 0.0 END)::double precision,
               round(avg(processing_time))::integer,
               (
                   SELECT intent FROM turns WHERE intent IS NOT NULL
                   GROUP BY intent ORDER BY count(*) DESC, intent LIMIT 1
               ),
               count(DISTINCT session_id),
               min("timestamp"),
               max("timestamp"),
               coalesce(sum(tokens_in), 0)::bigint,
               coalesce(sum(tokens_out), 0)::bigint,
               coalesce(sum(cost), 0)::double precision
        FROM turns
    $$
"""


def upgrade() -> None:
    on_postgresql = op.get_context().dialect.name == "postgresql"
    _drop_views(VIEWS)
    _set_aside(on_postgresql)
    phrasing = [sa.Column("llm_verdict", sa.Text), sa.Column("llm_reason", sa.Text), sa.Column("llm_ms", sa.Integer)]
    partitioning = {"postgresql_partition_by": "HASH (user_id)"} if on_postgresql else {}
    op.create_table(TABLE, *_columns(), *phrasing, sa.PrimaryKeyConstraint("id", "user_id"), **partitioning)
    for number in range(PARTITIONS if on_postgresql else 0):
        part = f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {number})"
        op.execute(f"CREATE TABLE {TABLE}_p{number} PARTITION OF {TABLE} {part}")
    _bring_back()
    for name, columns, options in _indexes():
        op.create_index(name, TABLE, columns, **options)
    _create_views(VIEWS)
    _create_views({name: query[op.get_context().dialect.name] for name, query in NEW_VIEWS.items()})
    if on_postgresql:
        op.execute(FUNCTION)


def downgrade() -> None:
    on_postgresql = op.get_context().dialect.name == "postgresql"
    if on_postgresql:
        op.execute("DROP FUNCTION get_user_conversation_stats(text, integer)")
    _drop_views(NEW_VIEWS)
    _drop_views(VIEWS)
    _set_aside(on_postgresql)
    op.create_table(TABLE, *_columns(), sa.PrimaryKeyConstraint("id"))
    _bring_back()
    op.create_index("ix_conversation_logs_user_id_timestamp", TABLE, ["user_id", "timestamp"])
    op.create_index("ix_conversation_logs_timestamp", TABLE, ["timestamp"])
    op.create_index("ix_conversation_logs_intent", TABLE, ["intent"])
    op.create_index("ix_conversation_logs_success", TABLE, ["success"])
    _create_views(VIEWS)


def _columns() -> list[sa.Column]:
    return [
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("intent", sa.Text),
        sa.Column("confidence", sa.Float),
        sa.Column("entities", JSON, nullable=False),
        sa.Column("action", sa.Text),
        sa.Column("rasa_response", sa.Text, nullable=False),
        sa.Column("llm_response", sa.Text),
        sa.Column("response", sa.Text),
        sa.Column("api_calls", JSON, nullable=False),
        sa.Column("processing_time", sa.Integer, nullable=False),
        sa.Column("success", sa.Boolean, nullable=False),
        sa.Column("error_type", sa.Text),
        sa.Column("error_code", sa.Text),
        sa.Column("timestamp", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.Text),
        sa.Column("session_id", sa.String(64)),
        sa.Column("message_id", sa.Text),
        sa.Column("model_version", sa.Text),
        sa.Column("tokens_in", sa.Integer),
        sa.Column("tokens_out", sa.Integer),
        sa.Column("cost", sa.Float),
        sa.Column("llm_model", sa.Text),
    ]


def _indexes() -> list[tuple[str, list[str], dict[str, object]]]:
    failed = {"postgresql_where": sa.text("NOT success"), "sqlite_where": sa.text("success = 0")}
    errors = dict.fromkeys(("postgresql_where", "sqlite_where"), sa.text("error_type IS NOT NULL"))
    # What is included is what the views count, so that they need not read the rows.
    days = {"postgresql_include": ["user_id", "success", "processing_time"]}
    intents = {"postgresql_include": ["processing_time", "success", "confidence"]}
    return [
        ("ix_conversation_logs_timestamp_id", ["timestamp", "id"], days),
        ("ix_conversation_logs_user_id_timestamp_id", ["user_id", "timestamp", "id"], {}),
        ("ix_conversation_logs_intent_timestamp_id", ["intent", "timestamp", "id"], intents),
        ("ix_conversation_logs_session_id_timestamp_id", ["session_id", "timestamp", "id"], {}),
        ("ix_conversation_logs_failed", ["timestamp", "id"], failed),
        ("ix_conversation_logs_errors", ["error_type", "error_code", "user_id", "timestamp"], errors),
    ]


def _set_aside(on_postgresql: bool) -> None:
    """Give the table another name until its rows are in the new one, and its names back to that."""
    if on_postgresql:
        # A server that still writes waits, and goes on in the new table.
        op.execute(f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")
    op.rename_table(TABLE, f"{TABLE}_before")
    if on_postgresql:
        op.execute(f"ALTER INDEX {TABLE}_pkey RENAME TO {TABLE}_before_pkey")


def _bring_back() -> None:
    names = ", ".join(f'"{column.name}"' for column in _columns())
    # With one key column less two rows may have become one.
    op.execute(
        f"INSERT INTO {TABLE} ({names}) SELECT {names} FROM {TABLE}_before WHERE true ON CONFLICT DO NOTHING"  # noqa: S608
    )
    op.drop_table(f"{TABLE}_before")


def _create_views(views: dict[str, str]) -> None:
    day = DAY[op.get_context().dialect.name]
    for name, query in views.items():
        op.execute(f"CREATE VIEW {name} AS {query.format(day=day)}")


def _drop_views(views: Iterable[str]) -> None:
    for name in views:
        op.execute(f"DROP VIEW {name}")
