"""Finding the help text that answers a question, and knowing when none does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from actions.help.likeness import Likeness, marks
from actions.help.match import WordMatch
from actions.help.texts import FOLDER, PLEA, HelpText, load_synonyms, load_texts, plain
from actions.help.words import Words, nearest

# How much a text's nearest question and the match of its words count beside what all questions say together, and how
# far a text has to be ahead of the next; chosen on the half `ajuste` of tests/unit/actions/help/corpus and by questions
# left out. From `ENOUGH` on a text is sent: then 85 of 100 questions that none answers are known to be so even while
# sin_respuesta.md lists none. `python -m tests.unit.actions.help.measure` shows it.
_NEAREST, _MATCH = 0.4, 0.1
_LEAD = 0.4
ENOUGH = 0.55
# Where it is not enough, texts from this evidence on are offered, the second if it is half as likely.
OFFERED = 0.35
_MOST_OFFERED, _AS_LIKELY = 2, 0.5


@dataclass(frozen=True)
class Candidate:
    """One help text as an answer to a question.

    Attributes:
        text: the help text.
        score: how far the question is like those of the text, and its words those of the text; about 0 to 2.
        evidence: how far this, less what speaks for the strongest other text, speaks for sending it.
    """

    text: HelpText
    score: float
    evidence: float


class HelpSearch:
    """An index of help texts in memory; made once, read by whoever asks.

    Attributes:
        texts: the help texts, by name, and last what no text answers.
        listed: whose each listed question is, by its words.
    """

    def __init__(self, texts: Sequence[HelpText], synonyms: Mapping[str, str] | None = None) -> None:
        # What no text answers goes last, and is known by its questions alone.
        self.texts = tuple(sorted(texts, key=lambda text: text.is_unanswered))
        self._answered = [text for text in self.texts if not text.is_unanswered]
        self._words = Words(synonyms or {})
        self._match = WordMatch(self._words, self._answered)
        asked = [
            (question, number)
            for number, text in enumerate(self.texts)
            for question in text.questions
            # A text that an operator adds is not held back by what was asked before there was one.
            if not text.is_unanswered or not self._match.is_subject(self._words.terms(question))
        ]
        self.listed = {plain(question): self.texts[number] for question, number in asked}
        said = [self._words.terms(question) for question, _ in asked]
        self._likeness = Likeness(
            [marks(self._words, question, terms) for (question, _), terms in zip(asked, said, strict=True)],
            [number for _, number in asked],
        )
        self._known = self._words.known.union(self._match.known, *said)
        self._plea = next((text for text in self.texts if text.is_plea), HelpText(PLEA, (), ""))

    def find(self, question: str) -> HelpText | None:
        """Gives the help text to answer with, None where the evidence for all of them is too thin.

        What a text lists word for word is that text's; words that say nothing of a subject ("no sé qué hacer") are a
        plea for help.
        """
        if listed := self.listed.get(plain(question)):
            return None if listed.is_unanswered else listed
        if not self.terms(question):
            return self._plea
        best = self.rank(question)[0]
        if best.text.is_plea and (rest := self._without_plea(question)):
            # "Ayuda con el pago" is about the payment, if a text is.
            return self.find(rest) or _sent(best)
        return _sent(best)

    def near(self, question: str) -> list[HelpText]:
        """Gives the help texts that may be meant where none is sent: two at most, the likeliest first."""
        best, *others = self.rank(question)
        if best.text.is_unanswered or best.evidence < OFFERED:
            return []
        likely = [one.text for one in (best, *others) if one.text.text and one.score >= _AS_LIKELY * best.score]
        return likely[:_MOST_OFFERED]

    def rank(self, question: str) -> list[Candidate]:
        """Gives all help texts, the best first."""
        terms = self.terms(question)
        together, nearest_one = self._likeness.compare(marks(self._words, question, terms))
        scores = together + _NEAREST * nearest_one
        scores[: len(self._answered)] += _MATCH * self._match.scores(terms)
        first, *others = sorted(range(len(scores)), key=lambda index: -scores[index])
        rivals = {first: scores[others[0]] if others else 0.0} | dict.fromkeys(others, scores[first])
        return [
            Candidate(self.texts[index], float(scores[index]), float(scores[index] - _LEAD * rival))
            for index, rival in rivals.items()
        ]

    def terms(self, question: str) -> list[str]:
        """Gives what counts of a question, each term once, slips of the finger mended."""
        known = self._known
        stems = (s if s in known else nearest(s, known) or s for s in self._words.stems(question))
        return list(dict.fromkeys(self._words.merge(list(stems))))

    def _without_plea(self, question: str) -> str:
        """Gives what counts of a question beside asking for help; empty where that is nothing, or all."""
        terms = {word: self.terms(word) for word in question.split()}
        rest = [word for word, its in terms.items() if its and not self._match.pleading.intersection(its)]
        return " ".join(rest) if len(rest) < sum(map(bool, terms.values())) else ""

    def unknown(self, question: str) -> list[str]:
        """Gives the terms of a question that no help text has."""
        return [term for term in self.terms(question) if term not in self._match.known]


def _sent(best: Candidate) -> HelpText | None:
    return best.text if best.evidence >= ENOUGH and not best.text.is_unanswered else None


@lru_cache(maxsize=1)
def get_help(folder: Path = FOLDER) -> HelpSearch:
    """Gives the process's index of the help texts, made at the first call.

    Raises:
        BadHelpText: a file cannot be used.
    """
    return HelpSearch(load_texts(folder), load_synonyms(folder))
