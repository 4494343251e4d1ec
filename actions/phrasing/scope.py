"""Whether a stretch of text says the same as the one it rewords, whatever its facts and signs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product

from actions.errors import PhrasingError
from actions.phrasing.vocabulary import Meaning, Vocabulary
from actions.phrasing.wording import Wording, joined

# Where less than this share of what the text says is said, something of it is lost.
_LEAST_SAID = 0.5
# So many unknown words are another language rather than another word.
_FOREIGN = 0.4
# A text that says so much answers a question: of what limits its claims nothing may be left out.
_PASSAGE = 9
# "¿Te ayudo con algo más?" says what "¿Algo más en lo que te ayude?" does: they may stand at the end, or before a word.
_LOOSE = frozenset({"algo", "más", "todos", "después"})
# How many sentences may become how many.
_STEPS = ((1, 1), (1, 2), (2, 1), (1, 3), (3, 1))


@dataclass(frozen=True)
class Scope:
    """What a stretch of text says, to hold rewordings of it to.

    Attributes:
        source: the stretch.
        vocabulary: the words that may be used.
        added: further words that only sound nice.
        is_strict: whether nothing that limits a claim may be left out.
        around: all words of the text that the stretch is of.
        parts: its sentences.
    """

    source: Wording
    vocabulary: Vocabulary
    added: frozenset[str] = frozenset()
    is_strict: bool = False
    around: frozenset[str] = frozenset()
    parts: Sequence[Wording] = ()

    def check_language(self, said: Wording) -> None:
        """Looks whether a rewording is in the text's language.

        Raises:
            PhrasingError: `language`.
        """
        if self._unknown(said) > _FOREIGN * len(said.words) + 1:
            raise PhrasingError("language")

    def _unknown(self, said: Wording) -> int:
        return sum(word not in self.allowed for word in said.words)

    def check(self, said: Wording) -> None:
        """Holds a rewording to what the stretch says.

        Raises:
            PhrasingError: `word_added`, `word_repeated`, `mood`, `condition`, `denial` or `meaning_lost`.
        """
        self._check_words(said)
        self._check_operators(said)
        self._check_denials(said)
        self._check_meaning(said)

    def _check_words(self, said: Wording) -> None:
        if self._unknown(said):
            raise PhrasingError("word_added")
        if any(count > self._most(word) for word, count in said.counted.items()):
            raise PhrasingError("word_repeated")
        if any(count > max(1, self._neighbours[pair]) for pair, count in _neighbours(said).items()):
            raise PhrasingError("word_repeated")
        out_of_place = self.vocabulary.joys if self.source.is_bad_news else self.vocabulary.regrets
        if out_of_place.intersection(said.phrases).difference(self.source.phrases):
            raise PhrasingError("mood")

    @cached_property
    def _neighbours(self) -> Counter[tuple[str, str]]:
        return _neighbours(self.source)

    def _most(self, word: str) -> float:
        """Gives how often a word may be there."""
        if word in self.vocabulary.neutral:
            return float("inf")
        own = self.source.counted[word]
        return own if own and word in self.vocabulary.operators else own + 1

    def _check_operators(self, said: Wording) -> None:
        """What changes other words' meaning must stand where the text has it."""
        known = set(self._operated)
        for operator, head in said.operated():
            meanings = self.vocabulary.meanings(head) if head else (None,)
            if self._is_loose(operator) and (head is None or (operator, None) in known):
                continue
            if operator in self.source.counted and not any((operator, meaning) in known for meaning in meanings):
                raise PhrasingError("condition")
        if self.is_strict and any(
            self._told(word, said) < count
            for word, count in self.source.counted.items()
            if word in self.vocabulary.limits
        ):
            raise PhrasingError("condition")

    def _is_loose(self, operator: str) -> bool:
        """Whether what changes others may stand alone where the text has it before a word, and the other way round."""
        return operator in _LOOSE and not self.is_strict

    def _told(self, word: str, said: Wording) -> int:
        """Gives how often a word is said, or one for it, in phrases too."""
        same = self.vocabulary.said_for(frozenset([word]), frozenset(self.source.words)) | {word}
        return sum(it in same for it in (*said.words, *(each for phrase in said.phrases for each in phrase)))

    @cached_property
    def _operated(self) -> frozenset[tuple[str, Meaning | None]]:
        return frozenset(
            (operator, meaning)
            for operator, head in self.source.operated()
            for meaning in (self.vocabulary.meanings(head) if head else (None,))
        )

    def _check_denials(self, said: Wording) -> None:
        if said.flips != self.source.flips:
            raise PhrasingError("denial")
        for head, clause, repeats in said.heads():
            if head is None and clause not in self.source.clauses:
                raise PhrasingError("denial")
            meanings = frozenset(self.vocabulary.meanings(head)) if head else frozenset()
            denied = {it for it in meanings if True in self.source.denied.get(it, ())}
            if head and not denied.intersection(self.source.denied if repeats else self._denied_first):
                raise PhrasingError("denial")
        for word, is_denied in said.judged():
            flags = [self.source.denied[it] for it in self.vocabulary.meanings(word) if it in self._sensitive]
            if flags and not any(is_denied in flag for flag in flags):
                raise PhrasingError("denial")
            # "En eso puedo, y no puedo ayudarte a agendar": of sentences made one, only what one of them denies.
            if is_denied and not self._apart.isdisjoint(self.vocabulary.meanings(word)):
                raise PhrasingError("denial")
        told = {meaning for meaning, flags in said.denied.items() if True in flags}
        if any(told.isdisjoint(denied) for denied in self.source.denials()):
            raise PhrasingError("denial")

    def _check_meaning(self, said: Wording) -> None:
        content = self.source.content
        kept = [self.vocabulary.kept.intersection(meanings) for meanings in content]
        if any(it and it.isdisjoint(said.meanings) for it in kept):
            raise PhrasingError("meaning_lost")

    @cached_property
    def _sensitive(self) -> frozenset[Meaning]:
        """What must be denied where the text denies it, and nowhere else."""
        return (self.vocabulary.kept | self._denied_first).intersection(self.source.denied)

    @cached_property
    def _apart(self) -> frozenset[Meaning]:
        """What is said only in sentences that deny nothing."""
        said: dict[bool, set[Meaning]] = {True: set(), False: set()}
        for part in self.parts:
            said[self.vocabulary.negators.isdisjoint(part.words)].update(*part.content)
        return frozenset(it for it in said[True] - said[False] if True not in self.source.denied[it])

    @cached_property
    def _denied_first(self) -> frozenset[Meaning]:
        """What stands right after a negator."""
        heads = (head for head, _, _ in self.source.heads() if head)
        return frozenset(meaning for head in heads for meaning in self.vocabulary.meanings(head))

    @cached_property
    def allowed(self) -> frozenset[str]:
        """All words that a rewording may consist of."""
        own = frozenset(self.source.words).union(*self.source.phrases)
        opposites = (word for word, others in self.vocabulary.opposites.items() if others & own)
        known = self.vocabulary.neutral | self.vocabulary.courtesy | self.vocabulary.negators
        return known.union(own, self.vocabulary.said_for(own, self.around), opposites, self.added)


@dataclass(frozen=True)
class Order:
    """Holds rewordings to a text sentence by sentence, in the text's order.

    Attributes:
        sentences: the text's.
        vocabulary: the words that may be used.
        added: further words that only sound nice.
    """

    sentences: Sequence[Wording]
    vocabulary: Vocabulary
    added: frozenset[str] = frozenset()

    def check(self, said: Sequence[Wording]) -> None:
        """Finds for each sentence, or some in a row, what they reword: one or some in a row, till both are at an end.

        Raises:
            PhrasingError: `condition` or `order`.
        """
        spoken = [it for it in said if not it.is_courtesy]
        if any(self._is_conditional(it) for it in spoken):
            raise PhrasingError("condition")
        # "¡Ya quedó!" claims something out of words that say nothing.
        known = [clause for it in self.sentences for clause in it.clauses]
        if any(not it.facts and not it.content and not all(clause in known for clause in it.clauses) for it in spoken):
            raise PhrasingError("word_added")
        reached = {(0, 0)}
        for place, start in product(range(len(spoken) + 1), range(len(self._spoken) + 1)):
            if (place, start) in reached:
                steps = [(place + more, start + of) for more, of in _STEPS]
                reached.update(it for it in steps if self._fits(spoken[place : it[0]], start, it[1]))
        if (len(spoken), len(self._spoken)) not in reached:
            raise PhrasingError("order")

    def _is_conditional(self, sentence: Wording) -> bool:
        """Whether what says "if" or "when" only to be nice may be taken for a condition of what stands beside it."""
        nice = {word for phrase in sentence.phrases for word in phrase if word in self.vocabulary.conditions}
        return bool(nice) and not all(word in self.vocabulary.courtesy for word in sentence.words)

    def _fits(self, said: Sequence[Wording], start: int, end: int) -> bool:
        if end > len(self._spoken) or not said:
            return False
        source = self._spoken[start:end]
        if len({it.asks for it in (*said, *source)}) > 1:
            return False
        if [fact for it in said for fact in it.facts] != [fact for it in source for fact in it.facts]:
            return False
        together = joined(said, self.vocabulary)
        if not all(_tells(together, it) for it in source):
            return False
        try:
            self._scopes[start, end].check(together)
        except PhrasingError:
            return False
        return True

    @cached_property
    def _spoken(self) -> Sequence[Wording]:
        return [it for it in self.sentences if not it.is_courtesy]

    @cached_property
    def _scopes(self) -> Mapping[tuple[int, int], Scope]:
        count = len(self._spoken)
        spans = [(start, start + of) for start in range(count) for _, of in _STEPS if start + of <= count]
        around = frozenset(word for it in self.sentences for word in it.words)
        parts = {span: self._spoken[slice(*span)] for span in spans}
        is_long = is_passage(self.sentences)
        return {
            span: Scope(joined(it, self.vocabulary), self.vocabulary, self.added, is_long, around, it)
            for span, it in parts.items()
        }


def is_passage(sentences: Sequence[Wording]) -> bool:
    """Whether a text says so much that a customer may take a part of it for the whole."""
    return sum(len(it.content) for it in sentences) >= _PASSAGE


def _neighbours(said: Wording) -> Counter[tuple[str, str]]:
    """Gives how often one word that says something follows another: "Última actualización: su última actualización"."""
    telling = ([word for word in clause if said.vocabulary.says_something(word)] for clause in said.clauses)
    return Counter(pair for clause in telling for pair in pairwise(clause))


def _tells(said: Wording, source: Wording) -> bool:
    """Whether enough of what one text says is said by another."""
    told = sum(not said.meanings.isdisjoint(meanings) for meanings in source.content)
    return told >= _LEAST_SAID * len(source.content)
