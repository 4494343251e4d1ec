"""The words that a rewording may consist of: `vocabulary.yml`, made into sets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml

SOURCE = Path(__file__).resolve().with_name("vocabulary.yml")
WORD = re.compile(r"[^\W\d_]+")


Phrase = tuple[str, ...]
Phrases = Mapping[str, Sequence[tuple[Phrase, bool]]]
"""Phrases by their first word, the longest first, and whether each must stand alone."""
Meaning = frozenset[str]
"""Words of one meaning."""


@dataclass(frozen=True)
class Vocabulary:
    """The words, all in lower case.

    Attributes:
        neutral: words that hold others together.
        courtesy: words that only sound nice.
        operators: words that change what others say, as `if` and `until` do.
        conditions: those of them that make what follows depend on something.
        limits: those of them that a long text may not lose.
        negators: words that deny the next ones.
        counting: words that count or date.
        moods: what of a customer's words tells the mood.
        phrases: what only sounds nice, and stands alone.
        leads: the same, and something may follow it.
        occasions: the same, and whether it stands alone, only in a text that holds the word it is listed under.
        regrets: phrases that begin bad news.
        bad_news: words of bad news.
        joys: phrases that begin good news.
        formal: what one says to usted, by what one says to tú.
        only_formal: what is said to nobody else than usted.
        groups: words of one meaning.
        helping: words that only help others say something, and are not said without these.
        synonyms: words, what else the text must hold, and what may be said for them then.
        kept: those groups that a rewording must not lose.
        opposites: words that say the opposite of others.
    """

    neutral: frozenset[str]
    courtesy: frozenset[str]
    operators: frozenset[str]
    conditions: frozenset[str]
    limits: frozenset[str]
    negators: frozenset[str]
    counting: frozenset[str]
    moods: frozenset[str]
    phrases: frozenset[Phrase]
    leads: frozenset[Phrase]
    occasions: Mapping[str, Mapping[Phrase, bool]]
    regrets: frozenset[Phrase]
    bad_news: frozenset[str]
    joys: frozenset[Phrase]
    formal: Mapping[str, str]
    only_formal: frozenset[str]
    groups: tuple[Meaning, ...]
    helping: frozenset[str]
    synonyms: tuple[tuple[str, frozenset[str], Meaning], ...]
    kept: frozenset[Meaning]
    opposites: Mapping[str, frozenset[str]]

    def meanings(self, word: str) -> tuple[Meaning, ...]:
        """Gives the groups that a word belongs to, or its opposite does; one of its own where there is none."""
        words = self.opposites.get(word, (word,))
        return tuple(group for each in words for group in self._of.get(each) or (frozenset([each]),))

    def said_for(self, words: frozenset[str], text: frozenset[str] = frozenset()) -> frozenset[str]:
        """Gives what may be said for some words of a text."""
        known = words | text
        return frozenset().union(*(said for word, also, said in self.synonyms if word in words and also <= known))

    def says_something(self, word: str) -> bool:
        """Whether a word tells the customer anything."""
        return not any(word in known for known in (self.neutral, self.courtesy, self.negators, self.helping))

    @cached_property
    def _of(self) -> Mapping[str, tuple[Meaning, ...]]:
        found: dict[str, tuple[Meaning, ...]] = {}
        for group in self.groups:
            for word in group:
                found[word] = (*found.get(word, ()), group)
        return found


@lru_cache(maxsize=1)
def load_vocabulary() -> Vocabulary:
    """Reads the vocabulary that comes with the assistant."""
    content: dict[str, Any] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    only_formal, shared = (dict(map(_pair, content[name])) for name in ("address", "address_shared"))
    formal = {**only_formal, **shared}
    lines = [*content["kept"], *content["synonyms"], *map(" ".join, formal.items())]
    kept = [_group(_meant(line), formal) for line in content["kept"]]

    def words(name: str) -> frozenset[str]:
        return frozenset(words_of(content[name]))

    def phrases(name: str) -> frozenset[Phrase]:
        return in_both_forms(content[name], formal)

    return Vocabulary(
        words("neutral"),
        words("courtesy"),
        words("operators"),
        words("conditions"),
        words("limits"),
        words("negators"),
        words("counting"),
        words("moods"),
        phrases("phrases"),
        phrases("leads"),
        _occasions(content["occasions"], formal),
        phrases("regrets"),
        words("bad_news"),
        phrases("joys"),
        formal,
        frozenset(only_formal.values()),
        tuple(_group(_meant(line), formal) for line in lines),
        words("helping"),
        (*_synonyms(lines, formal), *_synonyms(content["aside"], formal, aside=True)),
        frozenset(kept),
        _opposites(content["opposites"]),
    )


def words_of(text: str) -> list[str]:
    """Gives a text's words in order, in lower case."""
    return [word.lower() for word in WORD.findall(text)]


def in_both_forms(phrases: Iterable[str], formal: Mapping[str, str]) -> frozenset[Phrase]:
    """Gives the phrases' words, as said to tú and as said to usted."""
    familiar = {tuple(words_of(phrase)) for phrase in phrases}
    return frozenset(familiar | {tuple(formal.get(word, word) for word in phrase) for phrase in familiar})


def _pair(line: str) -> tuple[str, str]:
    familiar, formal = words_of(line)
    return familiar, formal


def _opposites(lines: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """Gives the words that each one says the opposite of."""
    found: dict[str, frozenset[str]] = {}
    for line in lines:
        word, *others = words_of(line)
        for other in others:
            found[other] = found.get(other, frozenset()) | {word}
    return found


def _occasions(entries: Iterable[Mapping[str, Any]], formal: Mapping[str, str]) -> Mapping[str, Mapping[Phrase, bool]]:
    found: dict[str, dict[Phrase, bool]] = {}
    for entry in entries:
        phrases = dict.fromkeys(in_both_forms(entry["phrases"], formal), not entry.get("leads", False))
        for word in words_of(entry["with"]):
            found.setdefault(word, {}).update(phrases)
    return found


def _synonyms(
    lines: Iterable[str], formal: Mapping[str, str], *, aside: bool = False
) -> Iterator[tuple[str, frozenset[str], Meaning]]:
    for line in lines:
        said = _group(line.partition(">")[2] if aside else _meant(line), formal)
        for needed in line.partition(">")[0].split():
            first, *others = (_group(word, formal) for word in needed.split("+"))
            for word, also in product(first, product(*others)):
                yield word, frozenset(also), said


def _meant(line: str) -> str:
    """Gives a line without the words that only have to be there, too."""
    needed, sign, said = line.partition(">")
    return " ".join(each.partition("+")[0] for each in needed.split()) + sign + said


def _group(line: str, formal: Mapping[str, str]) -> Meaning:
    return frozenset(form for word in words_of(line) for form in (word, formal.get(word, word)))
