"""What a server can tell is wrong without the database: its parts, its door and its log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from connectors.alerts.conditions import WINDOW_SECONDS, Condition, Severity

PART_DOWN, OPENROUTER = "part_down", "openrouter"
REFUSED_SIGNATURES, LOG_BACKLOG, LOG_DROPPED = "refused_signatures", "log_backlog", "log_dropped"
DATABASE, REDIS = "database", "redis"

# One look may meet a part while it starts anew.
_LOOKS = 2
_FULL = 0.1
_NAMES = {
    "actions": "The action server",
    "api": "The internal API",
    DATABASE: "The database",
    "logging": "The conversation log",
    "rasa": "Rasa",
    "twilio": "Twilio",
}
_OPENROUTER = {"credit": "OpenRouter has no credit left", "key": "OpenRouter refuses our key"}


class Part(Protocol):
    """How a part is, as the health check tells it."""

    @property
    def ok(self) -> bool:
        """Whether it does what it is there for."""

    @property
    def vital(self) -> bool:
        """Whether customers get no right answer without it."""

    @property
    def error(self) -> str | None:
        """What is wrong."""


def parts_down(health: Mapping[str, Part]) -> list[Condition]:
    """Return the vital parts that do not work, and Redis; the database is looked at by itself."""
    down = [(name, part) for name, part in health.items() if not part.ok]
    found = [_down(name, part.error) for name, part in down if part.vital and name != DATABASE]
    return [*found, *(_redis_down(part.error) for name, part in down if name == REDIS)]


def openrouter(health: Mapping[str, Part]) -> list[Condition]:
    """Return why OpenRouter does nothing for us where only its customer can help: its credit or its key."""
    part = health.get("openrouter")
    words = (part.error or "").lower().split() if part and not part.ok else []
    reason = next((word for word in _OPENROUTER if word in words), None)
    if reason is None:
        return []
    facts = {"until then": "customers get the templates' texts"}
    return [Condition(OPENROUTER, reason, Severity.WARNING, _OPENROUTER[reason], facts, _LOOKS)]


def database_down(health: Mapping[str, Part], query_error: str | None) -> list[Condition]:
    """Return that the database does not work.

    Args:
        health: What the health check found.
        query_error: How a query of our own failed, if one did.
    """
    part = health.get(DATABASE)
    told = (part.error or "not well") if part and not part.ok else None
    return [_down(DATABASE, told or query_error)] if told or query_error else []


def refused_signatures(count: int, limit: int) -> list[Condition]:
    """Return that somebody tries the door: so many requests in five minutes that Twilio did not sign."""
    if count < limit:
        return []
    facts = {f"refused in {WINDOW_SECONDS // 60} minutes": str(count)}
    return [Condition(REFUSED_SIGNATURES, "", Severity.WARNING, "Many requests carry no signature of Twilio's", facts)]


def log_behind(waiting: int | None, places: int) -> list[Condition]:
    """Return that rows of the conversation log pile up on disk.

    Args:
        waiting: How many wait; None where there is no log.
        places: How many may wait.
    """
    if waiting is None or waiting <= _FULL * places:
        return []
    facts = {"rows that wait": f"{waiting} of at most {places}"}
    return [Condition(LOG_BACKLOG, "", Severity.WARNING, "The conversation log is behind", facts, _LOOKS)]


def log_lost(dropped: int) -> list[Condition]:
    """Return that so many rows of the conversation log were lost in the last five minutes."""
    if not dropped:
        return []
    facts = {f"lost in {WINDOW_SECONDS // 60} minutes": str(dropped)}
    return [Condition(LOG_DROPPED, "", Severity.CRITICAL, "Rows of the conversation log are lost", facts)]


def _redis_down(error: str | None) -> Condition:
    facts = {"error": error} if error else {}
    facts["until then"] = "nobody's messages are limited, and each server sends at the full rate"
    return Condition(PART_DOWN, REDIS, Severity.WARNING, "Redis does not work", facts, _LOOKS)


def _down(name: str, error: str | None) -> Condition:
    title = f"{_NAMES.get(name, name)} does not work"
    return Condition(PART_DOWN, name, Severity.CRITICAL, title, {"error": error} if error else {}, _LOOKS)
