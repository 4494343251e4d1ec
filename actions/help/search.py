"""Finding the help text that answers a question, and knowing when none does."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from actions.help.texts import FOLDER, PLEA, HelpText, load_synonyms, load_texts
from actions.help.words import Words, nearest

# Measured on the half `ajuste` of tests/unit/actions/help/corpus, which `python -m tests.unit.actions.help.measure`
# shows: how much each field counts, and from which evidence on a text is sent.
_ALL_QUESTIONS, _TEXT = 1.0, 0.1
_SATURATION = 1.2
_QUESTION_LENGTH, _QUESTIONS_LENGTH, _TEXT_LENGTH = 1.0, 0.3, 0.5
# How much a word that no text knows counts against all of them, beside the rarest word known: some are chatter.
_UNKNOWN = 0.9
_TEXT_COVERS = 0.3
# How much it speaks for a text that a rare word of the question is in most of its own questions ("factura").
_SUBJECT = 0.5
ENOUGH = 1.5


@dataclass(frozen=True)
class Candidate:
    """One help text as an answer to a question.

    Attributes:
        text: the help text.
        match: how well it matches (BM25) and how much of the question it covers, by which texts are ranked; 0 and up.
        evidence: how far this, and that it is the text's very subject, speaks for sending it; 0 and up.
    """

    text: HelpText
    match: float
    evidence: float


class HelpSearch:
    """An index of help texts in memory; made once, read by whoever asks."""

    def __init__(self, texts: Sequence[HelpText], synonyms: Mapping[str, str] | None = None) -> None:
        self.texts = tuple(texts)
        self._words = Words(synonyms or {})
        asked = [[self._words.terms(question) for question in text.questions] for text in self.texts]
        together = [[term for question in questions for term in question] for questions in asked]
        told = [self._words.terms(text.text) for text in self.texts]
        self._starts = np.cumsum([0, *(len(questions) for questions in asked)])[:-1]
        self._question = _Field([question for questions in asked for question in questions], _QUESTION_LENGTH)
        self._questions, self._text = _Field(together, _QUESTIONS_LENGTH), _Field(told, _TEXT_LENGTH)
        self._asked, self._told = [set(terms) for terms in together], [set(terms) for terms in told]
        self._shares = [_shares(questions) for questions in asked]
        self._rarity = _rarities(a | t for a, t in zip(self._asked, self._told, strict=True))
        self._rarest = max(self._rarity.values())
        self._known = frozenset(self._rarity) | self._words.known
        self._unknown = _UNKNOWN * _rarity(0, len(self.texts))
        self._plea = next((t for t in self.texts if t.is_plea), HelpText(PLEA, (), ""))
        pleas = [asked for text, asked in zip(self.texts, self._asked, strict=True) if text.is_plea]
        subjects = [asked for text, asked in zip(self.texts, self._asked, strict=True) if not text.is_plea]
        self._pleas = frozenset[str]().union(*pleas)
        self._pleading = self._pleas.difference(*subjects)

    def find(self, question: str) -> HelpText | None:
        """Gives the help text to answer with, None where the evidence for all of them is too thin.

        Words that say nothing of a subject ("no sé qué hacer") are a plea for help.
        """
        terms = self.terms(question)
        if not terms:
            return self._plea
        texts = [candidate.text for candidate in self.rank(question) if candidate.evidence >= ENOUGH]
        if texts and texts[0].is_plea and not self._pleas.issuperset(terms):
            # "Ayuda con el pago" is about the payment, if a text is.
            return next((text for text in texts if not text.is_plea), texts[0])
        return texts[0] if texts else None

    def rank(self, question: str) -> list[Candidate]:
        """Gives all help texts, the best first."""
        terms = self.terms(question)
        best_question = np.maximum.reduceat(self._question.scores(terms), self._starts)
        scores = best_question + _ALL_QUESTIONS * self._questions.scores(terms) + _TEXT * self._text.scores(terms)
        scores = np.sqrt(scores)
        matches = [self._coverage(terms, index) * float(score) for index, score in enumerate(scores)]
        ranked = sorted(range(len(self.texts)), key=lambda index: -matches[index])
        return [
            Candidate(self.texts[i], matches[i], matches[i] + self._subject(terms, i) * float(scores[i]))
            for i in ranked
        ]

    def terms(self, question: str) -> list[str]:
        """Gives what counts of a question, each term once, slips of the finger mended."""
        known = self._known
        stems = (s if s in known else nearest(s, known) or s for s in self._words.stems(question))
        return list(dict.fromkeys(self._words.merge(list(stems))))

    def unknown(self, question: str) -> list[str]:
        """Gives the terms of a question that no help text has."""
        return [term for term in self.terms(question) if term not in self._rarity]

    def _coverage(self, terms: Sequence[str], index: int) -> float:
        """Gives which part of what the question says the help text has, 0 to 1."""
        if not self.texts[index].is_plea:
            # "Tengo una duda sobre…" takes nothing from what it is about.
            terms = [term for term in terms if term not in self._pleading]
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


def _rarities(documents: Any) -> dict[str, float]:
    sets = list(documents)
    found_in = Counter(term for terms in sets for term in terms)
    return {term: _rarity(count, len(sets)) for term, count in found_in.items()}


def _rarity(count: int, total: int) -> float:
    return math.log(1 + (total - count + 0.5) / (count + 0.5))


@lru_cache(maxsize=1)
def _bm25s() -> Any:
    """Loads bm25s without JAX, which it takes where Rasa brought it: slow to start, and a warning at each fork."""
    is_free = "jax" not in sys.modules
    if is_free:
        sys.modules["jax"] = None  # type: ignore[assignment]
    try:
        return import_module("bm25s")
    finally:
        if is_free:
            del sys.modules["jax"]


@lru_cache(maxsize=1)
def get_help(folder: Path = FOLDER) -> HelpSearch:
    """Gives the process's index of the help texts, made at the first call.

    Raises:
        BadHelpText: a file cannot be used.
    """
    return HelpSearch(load_texts(folder), load_synonyms(folder))
