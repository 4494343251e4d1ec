"""Logs that say what happens without saying what people said.

Rasa logs whole messages, entities and trackers: at debug level by structlog, which prints everything
when nobody has configured it, and in the local variables of its structured tracebacks.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog

PERSONAL_KEYS = frozenset(
    {
        "body", "conversation_id", "current_entity", "current_states", "email", "entity", "events",
        "json_message", "message", "next_entity", "old_states", "parse_data_entities", "parse_data_text",
        "phone", "prediction_events", "prefilled_slots", "rasa_event", "rasa_events", "recipient_id",
        "response", "response_text", "sender", "sender_id", "slot_candidates", "slot_values", "slots",
        "states", "successes", "text", "token_text", "tracker", "tracker_latest_message",
        "tracker_states", "user_message", "user_text",
    }
)  # fmt: skip
"""Event keys whose values may hold what a customer said or who they are."""

QUIET_LOGGERS = (
    "apscheduler",
    "asyncio",
    "httpcore",
    "httpx",
    "sanic.access",
    "sqlalchemy",
    "twilio",
    "urllib3",
)

_HIDDEN = "…"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w-])\+?\d(?:[ -]?\d){8,18}(?![\w-])")


def configure_logging() -> None:
    """Keep personal data out of this process's logs, whoever writes them; calling it again is harmless."""
    root = logging.getLogger()
    if not root.handlers:
        logging.basicConfig(stream=sys.stdout, format="%(message)s", level=logging.INFO)
    for handler in root.handlers:
        if not any(isinstance(known, _MaskingFilter) for known in handler.filters):
            handler.addFilter(_MaskingFilter())
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    _configure_structlog()


def _configure_structlog() -> None:
    # Loggers that were used before hold on to the list of processors: what is in it must change.
    processors = structlog.get_config()["processors"]
    processors[:] = [
        structlog.stdlib.filter_by_level,
        structlog.contextvars.merge_contextvars,
        drop_personal_data,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.UnicodeDecoder(),
        # Plain tracebacks: structured ones hold every frame's local variables.
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    structlog.configure(
        processors=processors,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def drop_personal_data(logger: Any, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Remove from a structlog event every value that may be personal (a processor)."""
    return {key: value for key, value in event.items() if key not in PERSONAL_KEYS}


def mask(text: str) -> str:
    """Return `text` without the e-mail addresses and phone numbers in it."""
    return _PHONE.sub(_HIDDEN, _EMAIL.sub(_HIDDEN, text))


class _MaskingFilter(logging.Filter):
    """Masks what is about to be written, tracebacks too."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = mask(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = mask(logging.Formatter().formatException(record.exc_info))
        return True
