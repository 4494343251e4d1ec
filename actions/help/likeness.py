"""How alike a question is to those that are known, and for which help text they speak together."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse

from actions.help.words import Words

# What counts when two questions are compared, and how much: what they are about, every word, words that follow each
# other ("la pierdo" is not "lo pierdo"), and pieces of words, which slips and endings leave alike.
_TERM, _WORD, _PAIR, _PIECE = "t", "w", "p", "c"
_WEIGHTS = {_TERM: 1.0, _WORD: 0.5, _PAIR: 0.7, _PIECE: 0.3}
_PIECES = range(3, 6)
# How far a single question is trusted beside all others: of the regression, what keeps it from learning by heart.
_RESTRAINT = 0.5

Vector = np.ndarray[Any, np.dtype[np.float64]]


class Likeness:
    """Knows questions with the text each belongs to; made once, in some tenths of a second."""

    def __init__(self, questions: Sequence[Mapping[str, float]], owners: Sequence[int]) -> None:
        """Learns the questions' `marks`; `owners` are the numbers of their texts, from 0 on, none missing, in order."""
        count = len(questions)
        found_in = Counter(mark for marks in questions for mark in marks)
        self._rarity = {mark: math.log((1 + count) / (1 + times)) + 1 for mark, times in found_in.items()}
        self._unseen = math.log(1 + count) + 1
        self._place = {mark: place for place, mark in enumerate(self._rarity)}
        rows = self._rows(questions)
        self._questions = rows.T.tocsr()
        alike = (rows @ self._questions).toarray()
        belongs = np.eye(max(owners) + 1)[list(owners)]
        # Ridge regression by the questions' likeness: what is common to the questions of one text speaks for it, what
        # those of others have as well does not.
        self._speaks = np.linalg.solve(alike + _RESTRAINT * np.eye(count), belongs)
        self._starts = np.flatnonzero(np.diff([-1, *owners]))

    def compare(self, marks: Mapping[str, float]) -> tuple[Vector, Vector]:
        """Gives, a text each, how far all known questions together speak for it, and its nearest one's likeness."""
        alike = (self._rows([marks]) @ self._questions).toarray()[0]
        return alike @ self._speaks, np.maximum.reduceat(alike, self._starts)

    def _rows(self, questions: Sequence[Mapping[str, float]]) -> Any:
        """Gives each question as a row of length 1; shorter by what it is about that no known question has."""
        values, places, ends = list[float](), list[int](), [0]
        for marks in questions:
            known = {mark: weight * self._rarity[mark] for mark, weight in marks.items() if mark in self._rarity}
            strange = [
                weight * self._unseen for mark, weight in marks.items() if mark[0] == _TERM and mark not in known
            ]
            length = math.sqrt(sum(value * value for value in (*known.values(), *strange))) or 1.0
            values += [value / length for value in known.values()]
            places += [self._place[mark] for mark in known]
            ends.append(len(places))
        return sparse.csr_matrix((values, places, ends), shape=(len(questions), len(self._place)))


def marks(words: Words, question: str, terms: Sequence[str]) -> dict[str, float]:
    """Gives what counts of a question that has these terms, with how much."""
    stems = ["", *words.every_stem(question), ""]
    framed = [f" {word} " for word in set(words.spoken(question))]
    found = {
        _TERM: terms,
        _WORD: stems[1:-1],
        _PAIR: [f"{one} {next_one}" for one, next_one in pairwise(stems)],
        _PIECE: [word[at : at + size] for word in framed for size in _PIECES for at in range(len(word) - size + 1)],
    }
    return {f"{kind}{mark}": _WEIGHTS[kind] for kind, all_found in found.items() for mark in all_found}
