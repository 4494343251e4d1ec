import regex
from hypothesis import given
from hypothesis import strategies as st

from connectors.whatsapp.splitting import split, units

LINK = "https://pagos.example.com/recibo/PAY-1?x=1"
words = st.one_of(
    st.text(min_size=1, max_size=12),
    st.sampled_from([LINK, "👩‍👩‍👧‍👦", "🇲🇽", "¡Hola!", "fin.", "\n\n", "\n", "مرحبا", "ñ"]),
)
texts = st.lists(words, max_size=60).map(" ".join)


@given(texts, st.integers(min_value=60, max_value=120))
def test_no_part_is_too_long_or_empty(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(part and units(part) <= limit for part in parts)


@given(texts, st.integers(min_value=60, max_value=120))
def test_nothing_but_white_space_is_lost(text: str, limit: int) -> None:
    assert "".join("".join(split(text, limit)).split()) == "".join(text.split())


@given(texts, st.integers(min_value=60, max_value=120))
def test_links_stay_whole(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert sum(part.count(LINK) for part in parts) == text.count(LINK)


@given(texts, st.integers(min_value=60, max_value=120))
def test_emoji_and_other_graphemes_stay_whole(text: str, limit: int) -> None:
    whole = regex.findall(r"\X", "".join(text.split()))
    parted = [found for part in split(text, limit) for found in regex.findall(r"\X", "".join(part.split()))]
    assert parted == whole


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


def test_a_link_glued_to_a_long_word_is_not_cut() -> None:
    assert split("a" * 50 + LINK, 60) == ["a" * 50, LINK]


def test_only_a_link_longer_than_a_message_is_cut() -> None:
    link = "https://x.example/" + "a" * 100
    assert "".join(split(link, 60)) == link


def test_emoji_count_as_twilio_may_count_them() -> None:
    assert [len(part) for part in split("😀" * 1000)] == [800, 200]


def test_a_space_that_carries_an_accent_is_no_place_to_part() -> None:
    assert split("aaaa aaaa \u0301bbbb", 12) == ["aaaa", "aaaa \u0301bbbb"]
