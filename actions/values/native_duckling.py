"""The days that native Duckling reads in a Spanish text, loaded once at first use.

Duckling's own `body` mangles what is not ASCII; its offsets count characters, so the text is cut by them.
Where no wheel exists the answer is empty and only this package's own grammar reads dates.
"""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from threading import Lock
from typing import Any

# The Haskell runtime is one per process, and its first call initialises shared state.
_ONE_AT_A_TIME = Lock()
# Duckling's parses multiply with each further word: forty numbers in a row would hold the process for minutes.
MOST_WORDS = 8
_WORD = re.compile(r"\d+|[^\W\d]+")


@dataclass(frozen=True)
class DuckledDay:
    """A single calendar day that `text[start:end]` names."""

    start: int
    end: int
    day: date


class _Runtime:
    """Duckling with its zones, locale and the one dimension that is asked of it."""

    def __init__(self, duckling: Any, zones: Path) -> None:
        self._duckling = duckling
        self._zones = duckling.load_time_zones(str(zones))
        language = duckling.parse_lang("ES")
        self._locale = duckling.parse_locale("ES_MX", duckling.default_locale_lang(language))
        self._time = duckling.parse_dimensions(["time"])

    def parse(self, text: str, now: datetime) -> list[dict[str, Any]]:
        reference = self._duckling.parse_ref_time(self._zones, str(now.tzinfo), int(now.timestamp()))
        context = self._duckling.Context(reference, self._locale)
        entities: list[dict[str, Any]] = self._duckling.parse(text, context, self._time, False)
        return entities


def _zone_files() -> Path | None:
    for folder in zoneinfo.TZPATH:
        if (Path(folder) / "America" / "Mexico_City").is_file():
            return Path(folder)
    try:
        packaged = Path(str(resources.files("tzdata") / "zoneinfo"))
    except ModuleNotFoundError:
        return None
    return packaged if packaged.is_dir() else None


@cache
def _runtime() -> _Runtime | None:
    try:
        import duckling
    except ImportError:
        return None
    zones = _zone_files()
    return _Runtime(duckling, zones) if zones else None


def days_said(text: str, now: datetime) -> tuple[DuckledDay, ...]:
    """Answer each single day that Duckling reads in the text, relative to `now` and its zone.

    A text of more than `MOST_WORDS` words is not asked about: a bare answer is shorter.
    """
    if len(_WORD.findall(text)) > MOST_WORDS:
        return ()
    with _ONE_AT_A_TIME:
        runtime = _runtime()
        entities = runtime.parse(text, now) if runtime else []
    return tuple(
        DuckledDay(entity["start"], entity["end"], datetime.fromisoformat(entity["value"]["value"]).date())
        for entity in entities
        if entity["value"]["type"] == "value" and entity["value"]["grain"] == "day"
    )
