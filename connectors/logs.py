"""The logs of the Rasa server: JSON lines that say what happens without saying what people said.

Rasa logs whole messages, entities and trackers: at debug level by structlog, which prints everything
when nobody has configured it, and in the local variables of its structured tracebacks.
"""

from __future__ import annotations

from privacy.logs import write_json_lines

QUIET_LOGGERS = (
    # It says at each look into a database of which kind it is.
    "alembic",
    "apscheduler",
    "asyncio",
    "httpcore",
    "httpx",
    "sanic.access",
    "sqlalchemy",
    "twilio",
    "urllib3",
)


def configure_logging() -> None:
    """Keep personal data out of this process's logs, whoever writes them; calling it again is harmless."""
    write_json_lines(QUIET_LOGGERS)
