"""What Alembic runs: our own tables, in the database that `DATABASE_URL` names."""

from __future__ import annotations

from alembic import context

import connectors.alerts.ledger
import connectors.conversation_log.models
import connectors.orchestrator.audit
import connectors.whatsapp.tables  # noqa: F401 -- these say which tables there are
from connectors.database import open_engine
from connectors.schema import is_ours
from connectors.settings import get_settings
from connectors.tables import metadata


def migrate() -> None:
    options = {"target_metadata": metadata, "include_object": is_ours, "compare_type": True}
    url = context.config.attributes.get("database_url") or get_settings().database_url
    # A table that is in use is waited for: what a migration needs it for is nothing that could be done later.
    engine = open_engine(url, lock_seconds=0)
    if context.is_offline_mode():
        context.configure(dialect_name=engine.dialect.name, literal_binds=True, **options)
        with context.begin_transaction():
            context.run_migrations()
        return
    with engine.connect() as connection:
        context.configure(connection=connection, render_as_batch=engine.dialect.name == "sqlite", **options)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


migrate()
