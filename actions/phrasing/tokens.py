"""What a text states and may not change leaves it as tokens: its facts, and whatever else is to be taken literally."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from actions.phrasing.vocabulary import load_vocabulary

LITERAL = "literal"
TOKEN = re.compile(r"\[\[([0-9]+)\]\]")
_FACT = re.compile(r"\{([^{}\n]+)\}")


@dataclass(frozen=True)
class Piece:
    """What a token stands for.

    Attributes:
        kind: the fact's name, or `literal`.
        source: what stands in the template: `{fecha}`, or words with facts in them, perhaps.
    """

    kind: str
    source: str


@dataclass(frozen=True)
class Locked:
    """A template whose facts are tokens, as in "Tu cita es el [[1]] a las [[2]]".

    Attributes:
        text: with the tokens `[[1]]`, `[[2]]`, … in order.
        pieces: what they stand for, in order.
    """

    text: str
    pieces: tuple[Piece, ...]

    @property
    def facts(self) -> frozenset[str]:
        """The names of all facts in it."""
        return frozenset(name for piece in self.pieces for name in _FACT.findall(piece.source))

    def tokenised(self, text: str) -> str:
        """Gives a text in which the template's facts stand as in the template, with the tokens in their place."""
        for number, piece in enumerate(self.pieces, start=1):
            text = text.replace(piece.source, f"[[{number}]]", 1)
        return text

    def unlocked(self, text: str, facts: Mapping[str, Any]) -> str:
        """Gives a text with these tokens and the facts in their place.

        Facts are put in at once, so that one that looks like a token or a placeholder stays what it is.
        """
        values = [_FACT.sub(lambda found: str(facts[found[1]]), piece.source) for piece in self.pieces]
        return TOKEN.sub(lambda token: values[int(token[1]) - 1], text)


@lru_cache(maxsize=512)
def lock(template: str) -> Locked:
    """Puts tokens in place of a template's facts, quotations, numbers, links and names."""
    pieces: list[Piece] = []

    def token(found: re.Match[str]) -> str:
        pieces.append(Piece(found["fact"] or LITERAL, found[0]))
        return f"[[{len(pieces)}]]"

    return Locked(_taken_literally().sub(token, template), tuple(pieces))


@lru_cache(maxsize=1)
def _taken_literally() -> re.Pattern[str]:
    counting = "|".join(load_vocabulary().counting)
    return re.compile(
        rf"""
          «[^«»\n]*» | "[^"\n]*"                                  # what the customer is to write, with its facts
        | \{{(?P<fact>[^{{}}\n]+)\}}
        | (?:https?://|www\.)\S*[^\s.,;:!?)]
        | [^\s@«"(]+@[^\s@]+\.\w+
        | \b(?:[^\W\d_]+-)?\w*\d(?:[\w.,:/-]*\w)?                 # numbers, times, ids
        | (?i:\b(?:{counting})\b)                                 # what is counted or dated in words
        | (?<=[\w,;:][ ])[A-ZÁÉÍÓÚÑ]\w+(?:[ ][A-ZÁÉÍÓÚÑ]\w+)*    # names: capitals inside a sentence
        """,
        re.VERBOSE,
    )
