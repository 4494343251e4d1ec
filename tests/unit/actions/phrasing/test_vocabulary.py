"""`vocabulary.yml`: words that by themselves tell a customer nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from actions.phrasing.vocabulary import SOURCE, load_vocabulary, words_of

CONTENT: dict[str, Any] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
NAMES = frozenset(words_of("ana luis maría sofía linda bella casa astral whatsapp paypal méxico madrid"))


def _niceties() -> Iterator[str]:
    known = load_vocabulary()
    yield from known.neutral
    yield from known.courtesy
    for phrases in (known.phrases, known.leads, known.regrets, known.joys, *known.occasions.values()):
        for phrase in phrases:
            yield from phrase


def test_no_nicety_counts_dates_or_names() -> None:
    telling = load_vocabulary().counting | NAMES
    assert telling & set(_niceties()) == set()


def test_no_neutral_word_changes_what_others_say() -> None:
    known = load_vocabulary()
    free = known.neutral | known.courtesy
    assert free & (known.negators | known.operators | known.helping) == set()
    assert known.conditions <= known.operators
    assert known.limits <= known.operators


@pytest.mark.parametrize("name", [name for name, it in CONTENT.items() if isinstance(it, str)])
def test_no_word_stands_twice_in_a_list(name: str) -> None:
    words = CONTENT[name].split()
    assert [word for word, count in Counter(words).items() if count > 1] == []
    assert words == [word.lower() for word in words]


@pytest.mark.parametrize("name", [name for name, it in CONTENT.items() if isinstance(it, list) and name != "occasions"])
def test_no_line_stands_twice_and_no_word_twice_in_a_line(name: str) -> None:
    lines = CONTENT[name]
    assert [line for line, count in Counter(lines).items() if count > 1] == []
    assert [line for line in lines if line != line.lower()] == []
    if name in {"kept", "synonyms", "aside", "opposites"}:
        assert [line for line in lines if len(set(words_of(line))) < len(words_of(line))] == []


def test_a_word_after_a_plus_must_be_in_the_text() -> None:
    known = load_vocabulary()
    assert "guardado" not in known.said_for(frozenset(["ahora"]))
    assert "guardado" in known.said_for(frozenset(["ahora"]), frozenset(["es"]))


def test_what_is_said_aside_means_nothing_of_the_kind() -> None:
    known = load_vocabulary()
    assert "día" in known.said_for(frozenset(["atendemos"]))
    assert set(known.meanings("día")).isdisjoint(known.meanings("atendemos"))
