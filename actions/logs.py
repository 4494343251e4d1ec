"""The logs of the action server: the same JSON lines as the Rasa server's."""

from __future__ import annotations

import logging

from privacy.logs import write_json_lines

QUIET_LOGGERS = (
    "asyncio",
    # A path can name a customer's appointment.
    "httpcore",
    "httpx",
    "openai",
    # It names each of our actions as it is registered.
    "rasa_sdk.executor",
    "sanic.access",
    "stamina",
)


def configure_logging(level: int = logging.INFO) -> None:
    """Keep personal data out of this process's logs, whoever writes them; calling it again is harmless."""
    write_json_lines(QUIET_LOGGERS)
    logging.getLogger().setLevel(level)
