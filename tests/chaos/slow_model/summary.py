"""What a run with a slow model came to, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from connectors.database import open_engine
from tests.chaos.bad_day.people import Person
from tests.chaos.bad_day.tables import Row, Tables
from tests.chaos.slow_model.outputs import Call

STATS = text("SELECT * FROM phrasing_stats")


def stats_of(url: str) -> list[Row]:
    """Reads the view of the model's calls."""
    engine = open_engine(url, future=True)
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(STATS).mappings()]
    engine.dispose()
    return rows


@dataclass(frozen=True)
class Summary:
    """Tells of a run.

    Attributes:
        people: the customers.
        tables: our tables afterwards.
        stats: the rows of `phrasing_stats`.
        calls: what reached the model.
        faults: the model's.
        seconds: how long the conversations took.
    """

    people: Sequence[Person]
    tables: Tables
    stats: Sequence[Row]
    calls: Sequence[Call]
    faults: Mapping[str, Any]
    seconds: float

    @property
    def asked(self) -> list[Row]:
        """The turns for which the model was asked."""
        return [row for row in self.tables.log if row["tokens_in"] or row["llm_verdict"] == "rejected"]

    @property
    def unasked(self) -> list[Row]:
        """The turns for which it was not."""
        asked = {row["message_id"] for row in self.asked}
        return [row for row in self.tables.log if row["message_id"] not in asked]

    def count(self, verdict: str, reason: str | None) -> int:
        """Counts the texts of which that became."""
        rows = (row for row in self.stats if (row["llm_verdict"], row["llm_reason"]) == (verdict, reason))
        return sum(row["occurrences"] for row in rows)

    def document(self) -> str:
        """Gives all of it as Markdown."""
        lines = ["# A slow and faulty model", "", f"Faults: {dict(self.faults)}", "", "| | |", "| --- | --- |"]
        lines += [f"| {name} | {figure} |" for name, figure in self._figures()]
        lines += ["", "`SELECT * FROM phrasing_stats`:", ""]
        columns = list(self.stats[0]) if self.stats else []
        lines += [_row(columns), _row(["---"] * len(columns))]
        return "\n".join([*lines, *(_row(row.values()) for row in self.stats), ""])

    def _figures(self) -> Iterator[tuple[str, object]]:
        turns = [turn for person in self.people for turn in person.phone.turns]
        scripts = Counter(call["script"] for call in self.calls if call["script"])
        waits = [row["llm_ms"] for row in self.asked]
        yield "contacts", len(self.people)
        yield "turns", len(turns)
        yield "answered", sum(bool(turn.heard) for turn in turns)
        yield "seconds in all", f"{self.seconds:.0f}"
        yield "calls that reached the model, second tries among them", len(self.calls)
        yield "bad outputs among what it said", f"{sum(scripts.values())} of {len(scripts)} kinds"
        yield "slowest turn, ms", max((row["processing_time"] for row in self.tables.log), default=0)
        yield "turns that asked the model, ms: median, 95 %, most", _spread(self.asked)
        yield "all other turns, ms: median, 95 %, most", _spread(self.unasked)
        yield "ms that a turn waited for the model, at most", max(waits, default=0)
        yield "seconds until the phone had an answer, at most", f"{max(turn.seconds or 0.0 for turn in turns):.1f}"
        yield "requests for patience", sum(turn.waits for turn in turns)


def median_of(times: Sequence[int]) -> int:
    """Gives the middle one, 0 where there is none."""
    return sorted(times)[len(times) // 2] if times else 0


def _spread(rows: Sequence[Row]) -> str:
    times = sorted(row["processing_time"] for row in rows)
    if not times:
        return "none"
    return f"{median_of(times)}, {times[int(0.95 * (len(times) - 1))]}, {times[-1]} ({len(times)} turns)"


def _row(values: Any) -> str:
    return "| " + " | ".join(_cell(value) for value in values) + " |"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.5f}" if isinstance(value, float) else str(value)
