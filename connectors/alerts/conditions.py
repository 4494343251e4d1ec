"""What can be wrong, and what one look at everything found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

WINDOW_SECONDS = 300
"""How far back is looked for what happens again and again."""


class Severity(str, Enum):
    """How bad it is: with `CRITICAL` customers get no answer, or a wrong one; a `WARNING` leads there."""

    CRITICAL = "critical"
    WARNING = "warning"


@dataclass(frozen=True)
class Condition:
    """Something that is wrong now; nothing in it is personal data.

    Attributes:
        name: what kind of thing is wrong.
        subject: which one of that kind; empty where there is one only.
        severity: how bad it is.
        title: what is wrong, in plain English and without figures.
        facts: figures and the like, by what they are.
        patience: in how many looks in a row it must be found before anybody is told.
    """

    name: str
    subject: str
    severity: Severity
    title: str
    facts: Mapping[str, str] = field(default_factory=dict)
    patience: int = 1

    @property
    def key(self) -> str:
        """What makes it one and the same thing from look to look, and for all servers."""
        return f"{self.name}/{self.subject}" if self.subject else self.name


@dataclass(frozen=True)
class Look:
    """What one look found.

    Attributes:
        found: what is wrong, by its key.
        unknown: names of conditions that could not be looked for: they are neither there nor over.
    """

    found: Mapping[str, Condition]
    unknown: frozenset[str] = frozenset()

    @classmethod
    def of(cls, found: Iterable[Condition], unknown: Iterable[str] = ()) -> Look:
        """Return a look that found these."""
        return cls({condition.key: condition for condition in found}, frozenset(unknown))
