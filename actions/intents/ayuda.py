"""How things work, from the project's own help texts (the folder `ayuda/`, which an operator edits)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from actions.dialogue.base import BaseAction, Events
from actions.dialogue.turn import Turn
from actions.values.spelling import spell

FOLDER = Path(__file__).resolve().parent.parent.parent / "ayuda"


@dataclass(frozen=True)
class HelpText:
    """One help text.

    Attributes:
        signs: the words, without accents, by which a question is known to be about it.
        text: what is answered.
    """

    signs: tuple[str, ...]
    text: str


class ActionAyuda(BaseAction):
    """Answers with the help text the question is about, or says what can be asked."""

    action_name = "action_ayuda"

    async def answer(self, turn: Turn) -> Events:
        """Answers."""
        found = best(load_help(), " ".join((*turn.spans("tema_ayuda"), turn.text)))
        if found:
            turn.say("utter_ayuda_tema", texto=found.text)
        else:
            turn.say("utter_ayuda")
        return []


def best(texts: Sequence[HelpText], question: str) -> HelpText | None:
    """Gives the text with most signs in the question; None where none has any."""
    words = spell(question)
    tallies = [(sum(sign in words for sign in text.signs), text) for text in texts]
    most, text = max(tallies, key=lambda tally: tally[0], default=(0, None))
    return text if most else None


@lru_cache(maxsize=1)
def load_help(folder: Path = FOLDER) -> tuple[HelpText, ...]:
    """Reads the help texts: a first line `claves: agendar, reservar`, an empty line, the text."""
    return tuple(_parse(path) for path in sorted(folder.glob("*.md")))


def _parse(path: Path) -> HelpText:
    head, _, text = path.read_text(encoding="utf-8").partition("\n\n")
    label, _, signs = head.partition(":")
    if label.strip() != "claves" or not text.strip():
        raise ValueError(f"{path.name}: the first line must be 'claves: …', then an empty line, then the text")
    return HelpText(tuple(spell(sign) for sign in signs.split(",")), text.strip())
