"""Each call of the language model in the conversation log, and phrasing counted by call."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TABLE = "conversation_logs"
COLUMN = "llm_calls"
VIEW = "phrasing_stats"

# A turn of before there was the column counts as one call of its own columns. A percentile is the least value that so
# large a share of all does not exceed; SQLite finds it soonest among calls that are counted by their time first.
BY_CALL = {
    "sqlite": """
        SELECT purpose,
               llm_model,
               llm_verdict,
               llm_reason,
               sum(alike) AS occurrences,
               CAST(round(1.0 * sum(alike * llm_ms) / sum(CASE WHEN llm_ms IS NOT NULL THEN alike END)) AS INTEGER)
                   AS avg_llm_ms,
               min(CASE WHEN 100 * no_slower >= 95 * timed THEN llm_ms END) AS p95_llm_ms,
               coalesce(sum(tokens_in), 0) AS tokens_in,
               coalesce(sum(tokens_out), 0) AS tokens_out,
               coalesce(sum(cost), 0.0) AS cost
        FROM (
            SELECT *,
                   sum(alike) OVER (
                       PARTITION BY purpose, llm_model, llm_verdict, llm_reason, llm_ms IS NULL ORDER BY llm_ms
                   ) AS no_slower,
                   sum(alike) OVER (
                       PARTITION BY purpose, llm_model, llm_verdict, llm_reason, llm_ms IS NULL
                   ) AS timed
            FROM (
                SELECT purpose, llm_model, llm_verdict, llm_reason, llm_ms,
                       count(*) AS alike,
                       sum(tokens_in) AS tokens_in,
                       sum(tokens_out) AS tokens_out,
                       sum(cost) AS cost
                FROM (
                    SELECT json_extract(call.value, '$.purpose') AS purpose,
                           json_extract(call.value, '$.model') AS llm_model,
                           json_extract(call.value, '$.verdict') AS llm_verdict,
                           json_extract(call.value, '$.reason') AS llm_reason,
                           json_extract(call.value, '$.ms') AS llm_ms,
                           json_extract(call.value, '$.tokens_in') AS tokens_in,
                           json_extract(call.value, '$.tokens_out') AS tokens_out,
                           json_extract(call.value, '$.cost') AS cost
                    FROM conversation_logs, json_each(conversation_logs.llm_calls) AS call
                    UNION ALL
                    SELECT 'phrasing', llm_model, llm_verdict, llm_reason, llm_ms, tokens_in, tokens_out, cost
                    FROM conversation_logs
                    WHERE (llm_model IS NOT NULL OR llm_verdict IS NOT NULL) AND json_array_length(llm_calls) = 0
                )
                GROUP BY purpose, llm_model, llm_verdict, llm_reason, llm_ms
            )
        )
        GROUP BY purpose, llm_model, llm_verdict, llm_reason
        ORDER BY occurrences DESC, purpose, llm_model NULLS LAST, llm_verdict NULLS LAST, llm_reason NULLS LAST
    """,
    "postgresql": """
        SELECT purpose,
               llm_model,
               llm_verdict,
               llm_reason,
               count(*) AS occurrences,
               CAST(round(avg(llm_ms)) AS INTEGER) AS avg_llm_ms,
               percentile_disc(0.95) WITHIN GROUP (ORDER BY llm_ms) AS p95_llm_ms,
               coalesce(sum(tokens_in), 0) AS tokens_in,
               coalesce(sum(tokens_out), 0) AS tokens_out,
               coalesce(sum(cost), 0.0) AS cost
        FROM (
            SELECT call.purpose,
                   call.model AS llm_model,
                   call.verdict AS llm_verdict,
                   call.reason AS llm_reason,
                   call.ms AS llm_ms,
                   call.tokens_in,
                   call.tokens_out,
                   call.cost
            FROM conversation_logs AS log
            CROSS JOIN LATERAL jsonb_to_recordset(log.llm_calls) AS call (
                purpose text,
                model text,
                verdict text,
                reason text,
                ms integer,
                tokens_in integer,
                tokens_out integer,
                cost double precision
            )
            UNION ALL
            SELECT 'phrasing', llm_model, llm_verdict, llm_reason, llm_ms, tokens_in, tokens_out, cost
            FROM conversation_logs
            WHERE (llm_model IS NOT NULL OR llm_verdict IS NOT NULL) AND jsonb_array_length(llm_calls) = 0
        ) AS calls
        GROUP BY purpose, llm_model, llm_verdict, llm_reason
        ORDER BY occurrences DESC, purpose, llm_model NULLS LAST, llm_verdict NULLS LAST, llm_reason NULLS LAST
    """,
}

# That of 0004.
BY_TURN = {
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


def upgrade() -> None:
    op.execute(f"DROP VIEW {VIEW}")
    # With a constant default neither database writes a row anew, and PostgreSQL's partitions get it with their table.
    op.add_column(TABLE, sa.Column(COLUMN, JSON, nullable=False, server_default=sa.text("'[]'")))
    op.execute(f"CREATE VIEW {VIEW} AS {BY_CALL[op.get_context().dialect.name]}")


def downgrade() -> None:
    op.execute(f"DROP VIEW {VIEW}")
    op.drop_column(TABLE, COLUMN)
    op.execute(f"CREATE VIEW {VIEW} AS {BY_TURN[op.get_context().dialect.name]}")
