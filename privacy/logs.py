"""Log lines: one JSON object each, with the turn it belongs to, and without what people said or who they are.

Every process that has something to hide logs by this, so that its lines look alike and can be read together.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from structlog.typing import EventDict

from privacy.credentials import hide_keys
from privacy.draft import Draft

PERSONAL_KEYS = frozenset(
    {
        "body", "contact", "conversation_id", "current_entity", "current_states", "email", "entities", "entity",
        "events", "json_message", "message", "next_entity", "old_states", "parse_data", "parse_data_entities",
        "parse_data_text", "phone", "prediction_events", "prefilled_slots", "profile_name", "rasa_event",
        "rasa_events", "recipient", "recipient_id", "response", "response_text", "sender", "sender_id",
        "slot_candidates", "slot_values", "slots", "states", "successes", "text", "token_text", "tracker",
        "tracker_latest_message", "tracker_states", "user_message", "user_text",
    }
)  # fmt: skip
"""Event keys whose values may hold what a customer said or who they are."""

# Sanic's loggers have no handlers of their own: cut off from the root, their lines would be no JSON.
_CUT_OFF = ("sanic.access", "sanic.error", "sanic.root")
_HIDDEN = "…"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w-])\+?\d(?:[ -]?\d){8,18}(?![\w-])")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def write_json_lines(quiet: Collection[str] = ()) -> None:
    """Have whatever this process logs, by structlog or by `logging`, come out as JSON without personal data.

    Each line has `timestamp` (ISO 8601, UTC), `level`, `logger` and `event`, within `turn` its `turn_id`, and
    `exception` where there is a traceback. Calling it again is harmless; handlers that the root logger got in
    between are taken in.

    Args:
        quiet: Loggers of which only warnings and worse are wanted.
    """
    root = logging.getLogger()
    # numpy.distutils, where something loads it, has the root logger print its lines past all handlers.
    root.__class__ = logging.RootLogger
    if not root.handlers:
        logging.basicConfig(stream=sys.stdout, level=logging.INFO)
    for handler in root.handlers:
        handler.setFormatter(_formatter())
    for name in quiet:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _CUT_OFF:
        logging.getLogger(name).propagate = True
    logging.captureWarnings(True)
    _configure_structlog()


@contextmanager
def within_turn(turn_id: str) -> Iterator[None]:
    """Put a turn's id on every line that is logged within the block, and within the tasks that it starts."""
    with structlog.contextvars.bound_contextvars(turn_id=turn_id):
        yield


def present_turn() -> str | None:
    """Return the id of the turn that is being worked on here, if one is."""
    found = structlog.contextvars.get_contextvars().get("turn_id")
    return str(found) if found else None


def drop_personal_data(logger: Any, method: str, event: EventDict) -> EventDict:
    """Remove from an event every value that may be personal, at whatever depth (a processor).

    Objects that are no data become the name of their type: how they would show themselves is not known here.
    """
    return {key: _clean(value) for key, value in event.items() if key not in PERSONAL_KEYS}


def mask(text: str) -> str:
    """Return `text` without the e-mail addresses, phone numbers, keys and passwords in it."""
    masked = _PHONE.sub(_HIDDEN, _EMAIL.sub(_HIDDEN, text))
    draft = Draft(masked)
    hide_keys(draft)
    return draft.text if draft.hidden else masked


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return mask(_COLOUR.sub("", value))
    if isinstance(value, bytes):
        return _clean(value.decode(errors="replace"))
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {_clean(str(key)): _clean(item) for key, item in value.items() if key not in PERSONAL_KEYS}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item) for item in value]
    return type(value).__name__


# For lines of structlog and of `logging` alike.
_ORIGIN: tuple[Any, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def _formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_ORIGIN,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            drop_personal_data,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


def _configure_structlog() -> None:
    # Loggers that were used before hold on to the list of processors: what is in it must change.
    processors = structlog.get_config()["processors"]
    processors[:] = [
        structlog.stdlib.filter_by_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        *_ORIGIN,
        # Plain tracebacks: structured ones hold every frame's local variables.
        structlog.processors.format_exc_info,
        # Here already: a handler that came later has another formatter.
        drop_personal_data,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ]
    structlog.configure(
        processors=processors,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
