"""What a text says, word by word: in which sentence and clause, and whether it is denied there."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from actions.phrasing.vocabulary import Meaning, Phrase, Phrases, Vocabulary

# A token, a word, or a sign that ends a clause; a comma may also stand inside a phrase.
_ITEM = re.compile(r"\[\[[0-9]+\]\]|[^\W\d_]+|\n|[^\w\s]")
_COMMA = ","
_AND = frozenset(["y", "e"])
# Beside another negator these deny nothing more.
_REPEATING = frozenset(["ni", "nada", "nadie", "ningún", "ninguna", "ninguno", "tampoco"])
_ENDS = frozenset("?!.…\n¿¡")


@dataclass(frozen=True)
class Wording:
    """Some text's words in lower case, those of phrases of courtesy apart.

    Attributes:
        clauses: the words outside phrases, clause by clause.
        phrases: the phrases of courtesy in it.
        facts: the tokens in it, in order.
        vocabulary: what words mean.
        asks: whether it is a question.
    """

    clauses: Sequence[Sequence[str]]
    phrases: Sequence[Phrase]
    facts: Sequence[str]
    vocabulary: Vocabulary
    asks: bool = False

    @cached_property
    def words(self) -> Sequence[str]:
        """All words outside phrases, in order."""
        return [word for clause in self.clauses for word in clause]

    @cached_property
    def counted(self) -> Counter[str]:
        """How often each of them is there."""
        return Counter(self.words)

    @cached_property
    def meanings(self) -> frozenset[Meaning]:
        """What is said at all, in phrases too."""
        spoken = [*self.words, *(word for phrase in self.phrases for word in phrase)]
        return frozenset(meaning for word in spoken for meaning in self.vocabulary.meanings(word))

    @cached_property
    def content(self) -> Sequence[Sequence[Meaning]]:
        """What each word that says something may mean."""
        words = dict.fromkeys(word for word in self.words if self.vocabulary.says_something(word))
        return [self.vocabulary.meanings(word) for word in words]

    @cached_property
    def denied(self) -> Mapping[Meaning, frozenset[bool]]:
        """Whether what is said is denied: always, never or both."""
        found: dict[Meaning, set[bool]] = {}
        for word, is_denied in self.judged():
            for meaning in self.vocabulary.meanings(word):
                found.setdefault(meaning, set()).add(is_denied)
        return {meaning: frozenset(flags) for meaning, flags in found.items()}

    @cached_property
    def is_bad_news(self) -> bool:
        """Whether anything in it is denied, or sad without that."""
        return any(word in self.vocabulary.negators or word in self.vocabulary.bad_news for word in self.words)

    @cached_property
    def is_courtesy(self) -> bool:
        """Whether it holds no more than phrases and words that only sound nice."""
        return not self.facts and all(word in self.vocabulary.courtesy for word in self.words)

    def denials(self) -> Iterator[frozenset[Meaning]]:
        """Gives for each clause with a negator what is denied in it."""
        for clause in self.clauses:
            words = [word for word, is_denied in self._judged(clause) if is_denied]
            if words and not self.vocabulary.negators.isdisjoint(clause):
                yield frozenset(meaning for word in words for meaning in self.vocabulary.meanings(word))

    def judged(self) -> Iterator[tuple[str, bool]]:
        """Gives each word that says something, and whether it comes after a negator in its clause."""
        for clause in self.clauses:
            yield from self._judged(clause)

    def _judged(self, clause: Sequence[str]) -> Iterator[tuple[str, bool]]:
        is_denied = False
        for word in clause:
            if word in self.vocabulary.negators:
                is_denied = True
            elif self.vocabulary.says_something(word):
                yield word, is_denied != (word in self.vocabulary.opposites)

    def heads(self) -> Iterator[tuple[str | None, Sequence[str], bool]]:
        """Gives what each negator denies first.

        Yields:
            The next word that says something, None where there is none; the clause; and whether the negator only
            repeats one before it, as in "no hice ningún cambio".
        """
        for clause in self.clauses:
            is_denied = False
            for place, word in enumerate(clause):
                if word in self.vocabulary.negators:
                    head = next((later for later in clause[place:] if self.vocabulary.says_something(later)), None)
                    # "no cambié nada" denies once.
                    if head or not is_denied:
                        yield head, clause, is_denied and word in _REPEATING
                    is_denied = True

    @cached_property
    def flips(self) -> int:
        """How often something is turned into its opposite: by a negator that repeats no other, or a word that does."""
        own = sum(word in self.vocabulary.opposites for word in self.words)
        return own + sum(self._flips(clause) for clause in self.clauses)

    def _flips(self, clause: Sequence[str]) -> int:
        found = [word for word in clause if word in self.vocabulary.negators]
        return sum((not place and word != "ni") or word not in _REPEATING for place, word in enumerate(found))

    def operated(self) -> Iterator[tuple[str, str | None]]:
        """Gives each operator with the next word that says something and is none, None where there is none."""
        for clause in self.clauses:
            for place, word in enumerate(clause):
                if word in self.vocabulary.operators:
                    yield word, next((later for later in clause[place:] if self._says_more(later)), None)

    def _says_more(self, word: str) -> bool:
        return self.vocabulary.says_something(word) and word not in self.vocabulary.operators


def read(text: str, phrases: Phrases, vocabulary: Vocabulary) -> list[Wording]:
    """Reads a text with tokens, sentence by sentence; of phrases that begin alike the longest is looked for first."""
    items = [item.lower() for item in _ITEM.findall(text)]
    sentences: list[Wording] = []
    clauses, found, facts = [list[str]()], list[Phrase](), list[str]()

    def end(asks: bool) -> None:
        nonlocal clauses, found, facts
        said = [clause for clause in clauses if clause]
        if said or found or facts:
            sentences.append(Wording(said, found, facts, vocabulary, asks))
        clauses, found, facts = [[]], [], []

    place, phrase = 0, None
    while place < len(items):
        item = items[place]
        phrase, after = _phrase(items, place, phrases, vocabulary, begins=phrase is not None)
        if phrase:
            found.append(phrase)
        elif item.startswith("[["):
            facts.append(item)
        elif item.isalpha() and item not in _AND:
            clauses[-1].append(item)
        else:
            clauses.append([item] if item in _AND else [])
            if item in _ENDS or unicodedata.category(item[0]) == "So":
                end(asks=item == "?")
        place = after
    end(asks=False)
    return sentences


def joined(sentences: Sequence[Wording], vocabulary: Vocabulary) -> Wording:
    """Gives several sentences as one, which asks where all of them do."""
    return Wording(
        [clause for each in sentences for clause in each.clauses],
        [phrase for each in sentences for phrase in each.phrases],
        [fact for each in sentences for fact in each.facts],
        vocabulary,
        all(each.asks for each in sentences),
    )


def _phrase(
    items: Sequence[str], place: int, phrases: Phrases, vocabulary: Vocabulary, *, begins: bool
) -> tuple[Phrase | None, int]:
    """Gives the phrase that begins here and where it ends; None, and the next place, where none does."""
    before = items[place - 1] if place else "\n"
    begins = begins or _is_outside(before) or before in vocabulary.courtesy
    for phrase, stands_alone in phrases.get(items[place], ()):
        end = _end(items, place, phrase)
        # What goes on around a phrase may make a claim of it: "está bien" and "tu pago está bien".
        if end and (not stands_alone or (begins and _may_end(items, end, phrases, vocabulary))):
            return phrase, end
    return None, place + 1


def _may_end(items: Sequence[str], end: int, phrases: Phrases, vocabulary: Vocabulary) -> bool:
    after = items[end] if end < len(items) else "\n"
    follows = any(_end(items, end, phrase) for phrase, _ in phrases.get(after, ()))
    return _is_outside(after) or after in _AND or after in vocabulary.courtesy or follows


def _is_outside(item: str) -> bool:
    return not (item.isalpha() or item.startswith("[["))


def _end(items: Sequence[str], place: int, phrase: Phrase) -> int:
    """Gives where a phrase that begins here ends, 0 where it does not."""
    for number, word in enumerate(phrase):
        while number and place < len(items) and items[place] == _COMMA:
            place += 1
        if place >= len(items) or items[place] != word:
            return 0
        place += 1
    return place
