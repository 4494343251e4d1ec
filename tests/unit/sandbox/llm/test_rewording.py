"""Good outputs: worded otherwise, and not told otherwise."""

from __future__ import annotations

import pytest

from sandbox.llm.outputs import tokens_of
from sandbox.llm.rewording import OPENINGS, reword

TEMPLATE = "Tu cita es el [[1]] a las [[2]], a nombre de [[3]]."


def test_the_text_stays_whole_under_an_opening() -> None:
    said = reword(TEMPLATE, "")

    assert said.endswith(TEMPLATE)
    assert said.removesuffix(TEMPLATE) in OPENINGS
    assert tokens_of(said) == ["[[1]]", "[[2]]", "[[3]]"]


def test_no_opening_brings_a_number() -> None:
    assert not any(letter.isdigit() for opening in OPENINGS for letter in opening)


def test_the_same_is_worded_alike_and_every_opening_comes() -> None:
    said = [reword(TEMPLATE, str(key)) for key in range(100)]

    assert said == [reword(TEMPLATE, str(key)) for key in range(100)]
    assert {text.removesuffix(TEMPLATE) for text in said} == set(OPENINGS)


@pytest.mark.parametrize("opening", OPENINGS)
def test_it_does_not_open_twice_with_the_same_words(opening: str) -> None:
    assert not any(reword(opening + TEMPLATE, str(key)).startswith(opening * 2) for key in range(100))


def test_nothing_gives_a_bare_opening() -> None:
    assert reword("", "") in {opening.strip() for opening in OPENINGS}


def test_half_a_surrogate_pair_is_no_obstacle() -> None:
    assert reword("\ud83d [[1]]", "").endswith("\ud83d [[1]]")
