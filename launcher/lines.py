"""A part's lines as a person reads them: parts that log in JSON are read aloud, all others pass as they are."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

# What the lines in var/log/ have besides and nobody looks for on a terminal.
LEFT_OUT = frozenset({"timestamp", "level", "event", "exception", "logger"})
EVERYDAY = frozenset({"info", "debug"})


def readable(line: str) -> str:
    """Returns the line for a terminal: "19:04:05 turn.answered intent=saludo", with its traceback below it."""
    entry = _entry(line)
    if entry is None:
        return line
    level = str(entry.get("level", "info"))
    words = [_clock(entry), "" if level in EVERYDAY else level.upper(), str(entry["event"])]
    words += [f"{name}={value}" for name, value in entry.items() if name not in LEFT_OUT]
    said = " ".join(word for word in words if word)
    return f"{said}\n{entry['exception']}" if entry.get("exception") else said


def _entry(line: str) -> Mapping[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and "event" in entry else None


def _clock(entry: Mapping[str, Any]) -> str:
    try:
        moment = datetime.fromisoformat(str(entry.get("timestamp")).replace("Z", "+00:00"))
    except ValueError:
        return ""
    return f"{moment.astimezone():%H:%M:%S}"
