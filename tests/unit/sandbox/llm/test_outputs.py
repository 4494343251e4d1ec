"""The bad outputs: each is bad in its own way, whatever it is made from."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
import yaml

from sandbox.llm.outputs import OUTPUTS, tokens_of
from sandbox.llm.rewording import reword

BOOKED = "¡Listo! Tu cita quedó agendada para el [[1]] a las [[2]]. Su número es [[3]]."
TEMPLATES = (
    BOOKED,
    "El [[1]] a las [[2]] no atendemos.",
    "Esa cita [[7]] ya no se puede cambiar.",
    "[[1]]",
    "No encontré nada con esos datos.\nRevisa el número, por favor.",
    "Cuéntame",
)
TOKENS_KEPT = set(OUTPUTS) - {
    "swapped_tokens",
    "lost_token",
    "doubled_token",
    "changed_token",
    "empty",
    "refusal",
}

Signs = dict[str, Callable[[str, str], object]]


def moved(template: str, said: str) -> bool:
    """Says whether the tokens are the same and in other places, or, for want of two, one more came."""
    before, now = tokens_of(template), tokens_of(said)
    return before != now and (sorted(before) == sorted(now) or len(before) < 2)


SIGNS: Signs = {
    "swapped_tokens": moved,
    "lost_token": lambda template, said: set(tokens_of(said)) != set(tokens_of(template)),
    "doubled_token": lambda template, said: len(tokens_of(said)) == len(tokens_of(template)) + 1,
    "changed_token": lambda template, said: set(tokens_of(said)) - set(tokens_of(template)),
    "spelled_digit": lambda _, said: re.search(r"\btres\b", said),
    "second_price": lambda _, said: "20.00 USD" in said,
    "injected_link": lambda _, said: "https://" in said,
    "phone_number": lambda _, said: re.search(r"\+\d", said),
    "email_address": lambda _, said: re.search(r"\w@\w", said),
    "english": lambda _, said: "Sure!" in said,
    "other_language": lambda _, said: "você" in said,
    "markdown_table": lambda _, said: said.count("|") >= 9,
    "markdown_bold": lambda _, said: said.count("**") >= 2,
    "empty": lambda _, said: not said,
    "very_long": lambda _, said: len(said) == 10_000,
    "refusal": lambda _, said: said.startswith("Lo siento, no puedo"),
    "as_an_ai": lambda _, said: said.startswith("Como modelo de lenguaje"),
    "opposite": lambda template, said: (
        len(re.findall(r"\bno\b", said, re.I)) != len(re.findall(r"\bno\b", template, re.I))
    ),
    "promise": lambda _, said: "descuento" in said and "devolvemos" in said,
    "echo_prompt": lambda _, said: "Instrucciones" in said and "<plantilla>" in said,
    "homoglyphs": lambda _, said: any("CYRILLIC" in unicodedata.name(letter, "") for letter in said),
    "invisible_characters": lambda _, said: any(unicodedata.category(letter) == "Cf" for letter in said),
    "html": lambda _, said: "<script>" in said,
    "question_added": lambda template, said: said.count("?") == template.count("?") + 1,
    "json": lambda _, said: isinstance(json.loads(said), dict),
}


def is_sign(name: str, template: str, said: str) -> bool:
    try:
        return bool(SIGNS[name](template, said))
    except ValueError:
        return False


def test_each_output_has_its_sign() -> None:
    assert SIGNS.keys() == OUTPUTS.keys()


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("name", OUTPUTS)
def test_it_is_bad_in_its_own_way_and_a_good_one_is_not(name: str, template: str) -> None:
    assert is_sign(name, template, OUTPUTS[name](template))
    assert not is_sign(name, template, reword(template, ""))


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("name", sorted(TOKENS_KEPT))
def test_tokens_are_all_in_place_where_the_harm_is_elsewhere(name: str, template: str) -> None:
    assert tokens_of(OUTPUTS[name](template)) == tokens_of(template)


def test_it_says_the_reverse() -> None:
    opposite = OUTPUTS["opposite"]

    assert opposite(BOOKED).startswith("¡Listo! Tu cita no quedó agendada")
    assert opposite("Tu cita no quedó agendada.") == "Tu cita quedó agendada."


def test_two_facts_change_places() -> None:
    assert OUTPUTS["swapped_tokens"](BOOKED) == BOOKED.replace("[[1]]", "x").replace("[[2]]", "[[1]]").replace(
        "x", "[[2]]"
    )


def test_one_fact_is_lost_and_the_others_stay() -> None:
    assert tokens_of(OUTPUTS["lost_token"](BOOKED)) == ["[[2]]", "[[3]]"]


def test_a_changed_token_is_the_seventh_or_one_that_is_not_there() -> None:
    changed = OUTPUTS["changed_token"]

    assert tokens_of(changed("El [[1]] a las [[2]]")) == ["[[7]]", "[[2]]"]
    assert tokens_of(changed("El [[1]], el [[7]]")) == ["[[8]]", "[[7]]"]


def templates_of_the_domain() -> list[str]:
    """Returns every text that the assistant has, its facts as tokens."""
    domain = yaml.safe_load((Path(__file__).resolve().parents[4] / "domain.yml").read_text(encoding="utf-8"))
    texts = [text["text"] for texts in domain["responses"].values() for text in texts if "text" in text]
    numbers = count(1)
    return [re.sub(r"\{\w+\}", lambda _: f"[[{next(numbers)}]]", text) for text in texts]


@pytest.mark.parametrize("name", OUTPUTS)
def test_it_is_bad_for_all_that_the_assistant_says(name: str) -> None:
    templates = templates_of_the_domain()

    assert len(templates) > 100
    assert not [template for template in templates if not is_sign(name, template, OUTPUTS[name](template))]
