"""What each attack got, written down as a table for people."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

TITLE = "| Attack | What was tried | What it got | What was looked at | Test |\n| --- | --- | --- | --- | --- |\n"
LONGEST = 170


@dataclass
class Record:
    """The rows of the table, in the order in which the attacks were made."""

    rows: list[str] = field(default_factory=list)

    def note(self, test: str, attack: str, tried: str, got: object, looked_at: str) -> None:
        """Adds what an attack got; a repeated test's newer row takes the place of the older."""
        cells = (attack, _quoted(tried), _quoted(got), looked_at, f"`{test}`")
        self.rows = [row for row in self.rows if f"| `{test}` |" not in row or f"| {attack} |" not in row]
        self.rows.append("| " + " | ".join(cells) + " |")

    def write(self, file: Path) -> None:
        """Writes the table."""
        file.parent.mkdir(exist_ok=True)
        file.write_text(TITLE + "\n".join(self.rows) + "\n", encoding="utf-8")


def _quoted(what: object) -> str:
    """Gives a text on one line that no Markdown is made of, cut where it is long."""
    line = " ".join(str(what).split())
    cut = line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
    return "".join(map(_shown, cut))


def _shown(char: str) -> str:
    """Gives a character as it is, one that means something to Markdown escaped, one that is not seen by its number."""
    if char in "|*_`<>[]{}\\":
        return "\\" + char
    return char if char.isprintable() and not unicodedata.combining(char) else f"U+{ord(char):04X}"
