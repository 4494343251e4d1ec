"""How well the words of a question match each help text, and how much of the question they cover."""

from __future__ import annotations

import logging
import math
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np

from actions.help.texts import HelpText
from actions.help.words import Words

# How much each field counts; measured on the half `ajuste` of tests/unit/actions/help/corpus.
_ALL_QUESTIONS, _TEXT = 1.0, 0.1
_SATURATION = 1.2
_QUESTION_LENGTH, _QUESTIONS_LENGTH, _TEXT_LENGTH = 1.0, 0.3, 0.5
# How much a word that no text knows counts against all of them, beside the rarest word known: some are chatter.
_UNKNOWN = 0.9
_TEXT_COVERS = 0.3
# How much it speaks for a text that a rare word of the question is in most of its own questions ("factura").
_SUBJECT = 0.5
_MOSTLY = 0.5

Scores = np.ndarray[Any, np.dtype[np.float64]]


class WordMatch:
    """A BM25 index of help texts: their questions each, their questions together, and what they answer.

    Attributes:
        known: the terms of all texts.
        pleading: the terms that only pleas for help have.
    """

    def __init__(self, words: Words, texts: Sequence[HelpText]) -> None:
        asked = [[words.terms(question) for question in text.questions] for text in texts]
        together = [[term for question in questions for term in question] for questions in asked]
        told = [words.terms(text.text) for text in texts]
        self._starts = np.cumsum([0, *(len(questions) for questions in asked)])[:-1]
        self._question = _Field([question for questions in asked for question in questions], _QUESTION_LENGTH)
        self._questions, self._text = _Field(together, _QUESTIONS_LENGTH), _Field(told, _TEXT_LENGTH)
        self._asked, self._told = [set(terms) for terms in together], [set(terms) for terms in told]
        self._shares = [_shares(questions) for questions in asked]
        self._rarity = _rarities([a | t for a, t in zip(self._asked, self._told, strict=True)])
        self._rarest = max(self._rarity.values())
        self._unknown = _UNKNOWN * _rarity(0, len(texts))
        self._is_plea = [text.is_plea for text in texts]
        of_pleas = [asked for asked, is_plea in zip(self._asked, self._is_plea, strict=True) if is_plea]
        of_subjects = [asked for asked, is_plea in zip(self._asked, self._is_plea, strict=True) if not is_plea]
        self.pleading = frozenset[str]().union(*of_pleas).difference(*of_subjects)
        self.known = frozenset(self._rarity)

    def scores(self, terms: Sequence[str]) -> Scores:
        """Gives how far the terms speak for each text, 0 and up."""
        best_question = np.maximum.reduceat(self._question.scores(terms), self._starts)
        matches = np.sqrt(
            best_question + _ALL_QUESTIONS * self._questions.scores(terms) + _TEXT * self._text.scores(terms)
        )
        speaks = [self._coverage(terms, index) + self._subject(terms, index) for index in range(len(self._asked))]
        return np.asarray(matches * np.array(speaks), dtype=np.float64)

    def is_subject(self, terms: Sequence[str]) -> bool:
        """Whether one of the terms is what a text is about: a rare word, and in most of its questions."""
        return any(self._subject(terms, index) >= _MOSTLY * _SUBJECT for index in range(len(self._asked)))

    def _coverage(self, terms: Sequence[str], index: int) -> float:
        """Gives which part of what the question says the help text has, 0 to 1."""
        if not self._is_plea[index]:
            # "Tengo una duda sobre…" takes nothing from what it is about.
            terms = [term for term in terms if term not in self.pleading]
        whole = sum(self._rarity.get(term, self._unknown) for term in terms)
        asked, told = self._asked[index], self._told[index]
        covers = ((1.0 if term in asked else _TEXT_COVERS if term in told else 0.0, term) for term in terms)
        return sum(part * self._rarity[term] for part, term in covers if part) / whole if whole else 0.0

    def _subject(self, terms: Sequence[str], index: int) -> float:
        """Gives how far the help text is about one of the terms, 0 to 1, as it counts for evidence."""
        shares = self._shares[index]
        return _SUBJECT * max((self._rarity[t] * shares[t] for t in terms if t in shares), default=0.0) / self._rarest


class _Field:
    """One way to look at the texts: a BM25 index."""

    def __init__(self, documents: Sequence[Sequence[str]], length: float) -> None:
        self._count = len(documents)
        self._index: Any = _bm25s().BM25(method="lucene", k1=_SATURATION, b=length)
        # bm25s makes no index of nothing at all; no question holds an empty term.
        self._index.index([list(terms) or [""] for terms in documents], show_progress=False)

    def scores(self, terms: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        known = [term for term in terms if term in self._index.vocab_dict]
        scores: np.ndarray[Any, np.dtype[np.float32]] = (
            self._index.get_scores(known) if known else np.zeros(self._count, dtype=np.float32)
        )
        return scores


def _shares(questions: Sequence[Sequence[str]]) -> dict[str, float]:
    """Gives each term with the part of the questions that have it."""
    found_in = Counter(term for terms in questions for term in set(terms))
    return {term: count / len(questions) for term, count in found_in.items()}


def _rarities(documents: Sequence[Iterable[str]]) -> dict[str, float]:
    found_in = Counter(term for terms in documents for term in terms)
    return {term: _rarity(count, len(documents)) for term, count in found_in.items()}


def _rarity(count: int, total: int) -> float:
    return math.log(1 + (total - count + 0.5) / (count + 0.5))


@lru_cache(maxsize=1)
def _bm25s() -> Any:
    """Loads bm25s without JAX, which it takes where Rasa brought it: slow to start, and a warning at each fork."""
    is_free = "jax" not in sys.modules
    if is_free:
        sys.modules["jax"] = None  # type: ignore[assignment]
    try:
        library = import_module("bm25s")
        # It tells of each index that it builds.
        logging.getLogger("bm25s").setLevel(logging.WARNING)
        return library
    finally:
        if is_free:
            del sys.modules["jax"]
