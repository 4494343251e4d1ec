"""The conversation log and the views on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

# A day is a day in UTC: SQLite knows no time zones.
DAY = {
    "sqlite": """date("timestamp")""",
    "postgresql": """CAST("timestamp" AT TIME ZONE 'UTC' AS date)""",
}

VIEWS = {
    "conversation_stats": """
        SELECT {day} AS date,
               count(*) AS total_messages,
               count(DISTINCT user_id) AS unique_users,
               sum(CASE WHEN success THEN 1 ELSE 0 END) AS successful,
               sum(CASE WHEN success THEN 0 ELSE 1 END) AS failed,
               CAST(round(avg(processing_time)) AS INTEGER) AS avg_processing_time,
               max(processing_time) AS max_processing_time
        FROM conversation_logs
        GROUP BY 1
        ORDER BY 1 DESC
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


def upgrade() -> None:
    op.create_table(
        "conversation_logs",
        sa.Column("id", sa.String(64), primary_key=True),
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
    )
    op.create_index("ix_conversation_logs_user_id_timestamp", "conversation_logs", ["user_id", "timestamp"])
    op.create_index("ix_conversation_logs_timestamp", "conversation_logs", ["timestamp"])
    op.create_index("ix_conversation_logs_intent", "conversation_logs", ["intent"])
    op.create_index("ix_conversation_logs_success", "conversation_logs", ["success"])
    day = DAY[op.get_context().dialect.name]
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW {name} AS {query.format(day=day)}")


def downgrade() -> None:
    for name in reversed(VIEWS):
        op.execute(f"DROP VIEW {name}")
    op.drop_table("conversation_logs")
