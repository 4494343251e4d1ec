"""What holds of the fact lock whatever a model, or a customer, writes."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from actions.phrasing.tokens import TOKEN, lock
from actions.phrasing.vocabulary import load_vocabulary, words_of
from actions.phrasing.wording import read
from tests.unit.actions.phrasing.corpora import corpus, held, held_for, passages, refusal, refusal_of, templates

ACCEPTED = [item for item in corpus("good") if refusal_of(item) is None]
WITH_FACTS = [text for text in templates().values() if len(lock(text).pieces) > 1]
LONGEST = max(passages().values(), key=len)
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

texts = st.sampled_from([*templates().values(), *passages().values()])
accepted = st.sampled_from(ACCEPTED)
values = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["[[1]]", "[[2]] [[1]]", "{fecha}", "{0}", "\\1", r"\g<0>", ".*", "a\nb", "$&", "«x»", "", "%s"]),
)
MEANT = ["12", "٣", "tres", "Ⅻ", "mil", "enero", "martes", "usd", "$", "€", "https://a.mx", "a@b.mx", "www.a.mx"]
MEANT += ["gratis", "mañana", "tarde", "reembolso", "descuento", "quizá", "luna", "Ana", "the", "não", "ahorita"]


@quick
@given(text=texts, facts=st.dictionaries(st.integers(0, 9), values), default=values)
def test_each_fact_stands_once_where_its_token_stood(text: str, facts: dict[int, str], default: str) -> None:
    locked = lock(text)
    names = sorted(locked.facts)
    told = {name: facts.get(place, default) for place, name in enumerate(names)}
    unlocked = locked.unlocked(locked.text, told)
    expected = text
    rest, built = expected, []
    for piece in locked.pieces:
        before, _, rest = rest.partition(piece.source)
        source = piece.source
        parts = []
        while "{" in source:
            head, _, tail = source.partition("{")
            name, _, source = tail.partition("}")
            parts += [head, told[name]]
        built += [before, *parts, source]
    assert unlocked == "".join([*built, rest])


def test_a_fact_that_looks_like_a_token_or_a_placeholder_stays_what_it_is() -> None:
    locked = lock("El {fecha} a las {hora} no hay lugar.")
    told = {"fecha": "[[2]] {hora}", "hora": "[[1]]"}
    assert locked.unlocked(locked.text, told) == "El [[2]] {hora} a las [[1]] no hay lugar."


@quick
@given(
    text=st.sampled_from(WITH_FACTS), seed=st.integers(0, 10_000), how=st.sampled_from(["shuffle", "drop", "double"])
)
def test_tokens_shuffled_dropped_or_doubled_are_refused(text: str, seed: int, how: str) -> None:
    held_text = held(text)
    chance = random.Random(seed)
    tokens = TOKEN.findall(held_text.locked.text)
    changed = list(tokens)
    if how == "shuffle":
        chance.shuffle(changed)
        assume(changed != tokens)
    else:
        changed[chance.randrange(len(changed))] = "" if how == "drop" else "{}"
    given_back = iter(changed)

    def back(found: object) -> str:
        number = next(given_back)
        own = str(found[0])  # type: ignore[index]
        return {"": "", "{}": f"{own} {own}"}.get(number, f"[[{number}]]")

    assert refusal(held_text, TOKEN.sub(back, held_text.locked.text))


@quick
@given(
    item=accepted,
    added=st.one_of(st.sampled_from(MEANT), st.characters(categories=["L", "N", "Sc"])),
    at=st.integers(0, 99),
)
def test_what_is_added_is_refused(item: dict[str, str], added: str, at: int) -> None:
    lock_ = held_for(item)
    assume(not set(words_of(added)) or not set(words_of(added)) <= lock_._whole.allowed)
    words = lock_.locked.tokenised(item["text"]).split(" ")
    place = at % (len(words) + 1)
    assert refusal(lock_, " ".join([*words[:place], added, *words[place:]]))


@quick
@given(item=accepted)
def test_what_is_accepted_consists_of_allowed_words_and_stays_accepted(item: dict[str, str]) -> None:
    lock_ = held_for(item)
    once = lock_.checked(lock_.locked.tokenised(item["text"]))
    assert lock_.checked(once) == once
    assert {word for it in read(once, lock_._phrases, load_vocabulary()) for word in it.words} <= lock_._whole.allowed


@quick
@given(
    text=st.sampled_from([LONGEST, *WITH_FACTS]),
    answer=st.one_of(
        st.text(max_size=300),
        st.lists(st.sampled_from([*"[]{}«»?!.,\n", "[[1]]", "[[2]]", "no", "si", "y", "cita", "¿"]), max_size=80).map(
            " ".join
        ),
    ),
    times=st.sampled_from([1, 1, 60]),
)
def test_nothing_but_its_own_error_is_ever_raised(text: str, answer: str, times: int) -> None:
    # Any other error comes through `refusal`.
    refusal(held(text), (answer * times)[:20_000])


@pytest.mark.parametrize(
    "piece", ["no ", "[[1]] ", "si necesitas algo más, ", "¿", "a" * 50 + " ", "«", ", ", "✨", "\n"]
)
def test_a_long_answer_takes_time_in_proportion(piece: str) -> None:
    lock_ = held(LONGEST)

    def seconds(size: int) -> float:
        answer = (piece * size)[:size]
        begun = time.perf_counter()
        refusal(lock_, answer)
        return time.perf_counter() - begun

    refusal(lock_, lock_.locked.text)
    # Ten times as long may take ten times as long; squared it would be a hundred. The rest is the machine's.
    assert min(seconds(20_000) for _ in range(5)) < 40 * min(seconds(2_000) for _ in range(5)) + 0.02
