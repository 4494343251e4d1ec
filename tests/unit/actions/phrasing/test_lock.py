"""What the fact lock lets through, and what it never does."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from actions.phrasing.style import load_style
from actions.phrasing.vocabulary import load_vocabulary
from actions.phrasing.wording import read
from tests.unit.actions.phrasing.corpora import corpus, held, passages, refusal, refusal_of, templates

TEXTS = {**templates(), **passages()}
# A little below what is reached: whoever loses some of it should know.
FLOORS = {"ajuste": 0.84, "mas": 0.84, "prueba": 0.7}
_WORD = re.compile(r"[^\W\d_]+")


@pytest.mark.parametrize("name", TEXTS)
def test_accepts_every_text_as_it_is(name: str) -> None:
    lock = held(TEXTS[name])
    assert lock.checked(lock.locked.text) == lock.locked.text


@pytest.mark.parametrize("name", templates())
def test_accepts_every_response_with_an_emoji_of_the_style(name: str) -> None:
    lock = held(TEXTS[name])
    if not any(emoji in lock.locked.text for emoji in load_style().emojis):
        assert refusal(lock, f"{lock.locked.text} {load_style().emojis[0]}") is None


def test_accepts_responses_that_speak_to_nobody_where_customers_are_usted() -> None:
    usted = load_style().copy(update={"trato": "usted", "ejemplos": ()})
    familiar = load_vocabulary().formal
    spoken = [held(it, usted) for it in templates().values() if familiar.keys().isdisjoint(_WORD.findall(it.lower()))]
    assert len(spoken) > 10
    assert [lock.locked.text for lock in spoken if refusal(lock, lock.locked.text)] == []


@pytest.mark.parametrize("name", ["bad", "inside"])
def test_refuses_every_wrong_text(name: str) -> None:
    items = corpus(name)
    assert len(items) > 200
    assert [item for item in items if refusal_of(item) is None] == []


def test_wrong_texts_of_allowed_words_are_mostly_that() -> None:
    """So that they try the rules and not only the vocabulary."""
    codes = [refusal_of(item) for item in corpus("inside")]
    rules = {"denial", "order", "condition", "meaning_lost", "fact_role", "question", "mood", "address", "facts_moved"}
    assert sum(code in rules for code in codes) > len(codes) / 2


@pytest.mark.parametrize("half", FLOORS)
def test_accepts_most_good_texts(half: str) -> None:
    items = [item for item in corpus("good") if item["half"] == half]
    accepted = sum(refusal_of(item) is None for item in items)
    print(f"{half}: {accepted} of {len(items)}")  # noqa: T201  (the figure itself is wanted)
    assert accepted >= FLOORS[half] * len(items)


def _changed(text: str, words: frozenset[str]) -> Iterator[str]:
    """Leaves out each of some words in turn."""
    for found in _WORD.finditer(text):
        if found[0].lower() in words and not text[found.end() :].startswith(" nada más"):
            yield text[: found.start()] + text[found.end() :]


@pytest.mark.parametrize("name", TEXTS)
def test_no_denial_may_be_left_out(name: str) -> None:
    lock = held(TEXTS[name])
    deniers = frozenset(["no", "nunca", "sin", "nadie"])
    assert [it for it in _changed(lock.locked.text, deniers) if refusal(lock, it) is None] == []


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("word", ["no", "si", "casi", "hasta"])
def test_nothing_may_be_denied_or_limited_besides(name: str, word: str) -> None:
    lock = held(TEXTS[name])
    text = lock.locked.text
    places = [it.start() for it in _WORD.finditer(text) if word != "no" or it[0].lower() not in {"nadie"}]
    added = [f"{text[:place]}{word} {text[place:]}" for place in places]
    leaks = [it for it in added if refusal(lock, it) is None]
    # "hasta" says what "máximo" says.
    assert [it for it in leaks if not (word == "hasta" and "máximo" in text)] == []


@pytest.mark.parametrize("name", passages())
def test_a_passage_loses_no_sentence_no_limit_and_no_order(name: str) -> None:
    lock = held(TEXTS[name])
    vocabulary = load_vocabulary()
    text = lock.locked.text
    sentences = re.split(r"(?<=[.!?\n])\s+", text)
    for place, sentence in enumerate(sentences):
        if len(sentences) > 1 and any(it.content for it in read(sentence, {}, vocabulary)) and sentence != "Sí.":
            assert refusal(lock, " ".join(sentences[:place] + sentences[place + 1 :])), sentence
            assert (
                place == 0
                or sentences[place - 1] == "Sí."
                or refusal(
                    lock, " ".join([*sentences[: place - 1], sentence, sentences[place - 1], *sentences[place + 1 :]])
                )
            )
    assert [it for it in _changed(text, vocabulary.limits) if refusal(lock, it) is None] == []
