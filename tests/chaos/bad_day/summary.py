"""The day in one line and in a short table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles

from tests.chaos.bad_day.crowd import BadDay
from tests.chaos.bad_day.facts import Change
from tests.chaos.bad_day.people import Outcome
from tests.chaos.bad_day.tables import Tables


class Summary:
    """What happened, in figures.

    Attributes:
        served: how many customers got what they wanted.
    """

    def __init__(self, day: BadDay, changes: Sequence[Change], tables: Tables, attempts: Counter[str], seconds: float):
        self._people = day.people
        self._outcomes = Counter(person.outcome for person in day.people)
        self._done = Counter(change.kind for change in changes)
        self._calls = Counter(call["error"] or "ok" for call in tables.calls)
        self._attempts = attempts
        self._seconds = seconds
        turns = [turn for person in day.people for turn in person.phone.turns]
        self._turns = len(turns)
        self._patience = sum(turn.waits for turn in turns)
        self._took = sorted(turn.seconds for turn in turns if turn.seconds is not None)
        self.served = self._outcomes[Outcome.SERVED]

    def line(self) -> str:
        """Gives the day in one line."""
        return "bad day: " + ", ".join(f"{value} {name}" for name, value in self._figures())

    def write(self, file: Path, faults: str) -> None:
        """Keeps the figures as a table."""
        rows = "\n".join(f"| {name} | {value} |" for name, value in self._figures())
        title = "# Five hundred conversations with a business system on a bad day"
        file.parent.mkdir(exist_ok=True)
        file.write_text(
            f"{title}\n\nFaults: {faults}\n\n| what | how much |\n| --- | --- |\n{rows}\n", encoding="utf-8"
        )

    def _figures(self) -> Iterator[tuple[str, str]]:
        yield "conversations", str(len(self._people))
        yield "turns", str(self._turns)
        yield "attempts that reached the business system, by its own answers", _counted(self._attempts)
        yield "calls, by what became of them after retries", _counted(self._calls)
        yield "bookings", str(self._done["book"])
        yield "payments", str(self._done["pay"])
        yield "cancellations", str(self._done["cancel"])
        yield "appointments moved", str(self._done["move"])
        yield "tries again that customers agreed to", str(sum(person.retries for person in self._people))
        yield "wishes told anew", str(sum(max(0, person.wishes - 1) for person in self._people))
        yield "conversations by outcome", _counted(Counter(o.value for o in self._outcomes.elements()))
        yield "requests for patience", str(self._patience)
        yield "seconds to the first answer, median", f"{median(self._took):.1f}"
        yield "seconds to the first answer, p95", f"{quantiles(self._took, n=20)[-1]:.1f}"
        yield "seconds in all", f"{self._seconds:.0f}"


def _counted(counts: Counter[str]) -> str:
    return f"{sum(counts.values())} ({', '.join(f'{count} {name}' for name, count in counts.most_common())})"
