from itertools import pairwise

import pytest
import regex
from hypothesis import assume, given
from hypothesis import strategies as st

from connectors.whatsapp.splitting import MAX_UNITS, split, units

LINK = "https://pagos.example.com/recibo/PAY-1?x=1"
GRAPHEMES = ["👩‍👩‍👧‍👦", "🇲🇽", "🇲🇽🇪🇸🇦🇷", "👍🏽", "e\u0301", "ñ\u0303\u0323", "❤️‍🔥", "1️⃣", "क्षि", "각"]
SPACES = ["\n\n", "\n", "\r\n", "\t", "   ", "\u00a0", "\u3000"]
JOINERS = ["\u0301", " \u0301", "\u200d", " \u200d", "\ufe0f", "\u200f", "\u202e"]
ALPHABET = st.characters(exclude_categories=["Cs", "Cc"])
words = st.one_of(
    st.text(ALPHABET, min_size=1, max_size=12),
    st.sampled_from([LINK, "¡Hola!", "fin.", "مرحبا", "שלום", *GRAPHEMES, *SPACES, *JOINERS]),
)
texts = st.builds(lambda glue, parts: glue.join(parts), st.sampled_from([" ", "", ". "]), st.lists(words, max_size=60))
limits = st.integers(min_value=60, max_value=120)


def longest_grapheme(text: str) -> int:
    return max((units(grapheme) for grapheme in regex.findall(r"\X", text)), default=0)


@given(texts, limits)
def test_no_part_is_too_long_or_empty(text: str, limit: int) -> None:
    assert all(part.strip() and units(part) <= limit for part in split(text, limit))


@given(texts, limits)
def test_parts_in_order_are_the_text_without_white_space_between_them(text: str, limit: int) -> None:
    rest = text
    for part in split(text, limit):
        before, found, rest = rest.partition(part)
        assert found
        assert not before.strip()
    assert not rest.strip()


@given(
    st.lists(st.sampled_from([LINK, "hola", "fin.", "👍🏽", "مرحبا", "(", "aaaaaaaaaaaaaaaaa"]), max_size=60), limits
)
def test_links_stay_whole(words: list[str], limit: int) -> None:
    text = " ".join(words)
    assert sum(part.count(LINK) for part in split(text, limit)) == text.count(LINK)


@given(st.text("aé🇲🇽👍", max_size=200), limits)
def test_a_link_glued_to_anything_stays_whole(before: str, limit: int) -> None:
    assert sum(part.count(LINK) for part in split(f"{before}{LINK}", limit)) == 1


@given(texts, limits)
def test_no_grapheme_is_cut(text: str, limit: int) -> None:
    assume(longest_grapheme(text) <= limit)
    edges = {match.start() for match in regex.finditer(r"\X", text)} | {len(text)}
    end = 0
    for part in split(text, limit):
        start = text.index(part, end)
        end = start + len(part)
        assert start in edges
        assert end in edges or text[end].isspace()


@given(st.lists(st.sampled_from(GRAPHEMES), min_size=20, max_size=100), limits)
def test_graphemes_without_any_space_between_them_stay_whole(graphemes: list[str], limit: int) -> None:
    text = "".join(graphemes)
    assert [found for part in split(text, limit) for found in regex.findall(r"\X", part)] == regex.findall(r"\X", text)


@given(st.lists(st.integers(min_value=1, max_value=12).map(lambda size: "a" * size), min_size=1), limits)
def test_words_that_fit_stay_whole_and_parts_are_as_full_as_they_can_be(words: list[str], limit: int) -> None:
    parts = split(" ".join(words), limit)
    assert [word for part in parts for word in part.split()] == words
    for part, following in pairwise(parts):
        assert len(part) + 1 + len(following.split()[0]) > limit


@given(st.lists(st.integers(min_value=1, max_value=3), min_size=2, max_size=40))
def test_sentences_that_fit_stay_whole(sizes: list[int]) -> None:
    sentences = [f"{'uno ' * size}dos." for size in sizes]
    parts = split(" ".join(sentences), 70)
    assert all(part.endswith("dos.") for part in parts)


@given(st.lists(st.integers(min_value=1, max_value=3), min_size=2, max_size=40))
def test_paragraphs_that_fit_stay_whole(sizes: list[int]) -> None:
    paragraphs = [f"{'Uno dos. ' * size}Fin" for size in sizes]
    parts = split("\n\n".join(paragraphs), 80)
    assert all(part.endswith("Fin") for part in parts)


def test_a_short_text_stays_one_part() -> None:
    assert split("Hola.\n\n¿Qué tal?") == ["Hola.\n\n¿Qué tal?"]


def test_nothing_to_say_is_no_part() -> None:
    assert split(" \n ") == []


def test_parts_end_at_a_paragraph_before_a_sentence_before_a_word() -> None:
    assert split("Uno dos. Tres.\n\nCuatro cinco seis. Siete", 34) == [
        "Uno dos. Tres.",
        "Cuatro cinco seis. Siete",
    ]
    assert split("Uno dos tres. Cuatro cinco", 20) == ["Uno dos tres.", "Cuatro cinco"]
    assert split("uno dos tres cuatro", 10) == ["uno dos", "tres", "cuatro"]


def test_a_paragraph_ends_a_part_before_a_later_line_does() -> None:
    assert split("Tus citas:\n\n• Lunes: Tarot\n• Martes: Carta natal", 37) == [
        "Tus citas:",
        "• Lunes: Tarot\n• Martes: Carta natal",
    ]


def test_a_line_ends_a_part_before_a_sentence_does() -> None:
    assert split("Tus citas son:\n• Lunes. Tarot\n• Martes. Carta natal", 40) == [
        "Tus citas son:\n• Lunes. Tarot",
        "• Martes. Carta natal",
    ]


def test_a_link_glued_to_a_long_word_is_not_cut() -> None:
    assert split("a" * 50 + LINK, 60) == ["a" * 50, LINK]


def test_only_a_link_longer_than_a_message_is_cut() -> None:
    link = "https://x.example/" + "a" * 100
    assert "".join(split(link, 60)) == link


def test_a_grapheme_longer_than_a_message_is_cut_and_nothing_of_it_lost() -> None:
    grapheme = "a" + "\u0301" * 100
    assert "".join(split(grapheme, 60)) == grapheme


@pytest.mark.parametrize("text", ["a" * 1600, "😀" * 800])
def test_parts_stay_below_twilios_limit_however_it_counts(text: str) -> None:
    parts = split(text)
    assert max(map(units, parts)) <= MAX_UNITS < 1600
    assert "".join(parts) == text


def test_a_space_that_carries_an_accent_is_no_place_to_part() -> None:
    assert split("aaaa aaaa \u0301bbbb", 12) == ["aaaa", "aaaa \u0301bbbb"]
    assert split("aaaaaaaaaaaa \u0301bbbb", 12) == ["aaaaaaaaaaaa", " \u0301bbbb"]
