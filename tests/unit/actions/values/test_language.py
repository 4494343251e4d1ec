"""Whether a message is in another language, told by its commonest words."""

import re
from pathlib import Path

import pytest

from actions.values.language import is_foreign

ROOT = Path(__file__).resolve().parents[4]
FOREIGN = (
    "hi, do you speak english?",
    "I want to book an appointment for Monday",
    "hello, how much is a reading?",
    "can I talk to someone please",
    "WHAT TIME DO YOU OPEN TOMORROW",
    "I don't speak Spanish",
    "I need to change the date",
    "oi, tudo bem com você?",
    "você fala português?",
    "preciso de ajuda, pode me atender?",
    "bonjour, je voudrais prendre un rendez-vous",
    "combien coûte une consultation?",
)
SPANISH = (
    "ok, thanks, bye",
    "please quiero una cita para mañana",
    "oye, do you hablas español?",
    "hi!",
    "quanto cuesta",
    "para que dia me pones",
    "no me la cambies",
    "",
    "👍",
)


@pytest.mark.parametrize("text", FOREIGN)
def test_what_is_in_another_language_is_told(text: str) -> None:
    assert is_foreign(text)


@pytest.mark.parametrize("text", SPANISH)
def test_what_is_spanish_is_not_for_a_word_or_two(text: str) -> None:
    assert not is_foreign(text)


def test_no_example_of_what_customers_say_is_taken_for_foreign_without_an_english_word() -> None:
    english = re.compile(r"\b(?:the|is|are|was|did|do|my|you|your|me an|to|how|what|whats|when|on|for|can|it)\b", re.I)
    paths = [path for path in (ROOT / "data").glob("*.yml") if path.stem != "fuera_de_alcance"]
    lines = [
        line[6:] for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line[:6] == "    - "
    ]
    messages = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line) for line in lines]

    assert len(messages) > 10_000
    assert [message for message in messages if is_foreign(message) and not english.search(message)] == []
