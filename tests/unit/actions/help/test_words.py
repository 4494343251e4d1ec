"""What of a question counts, however it is spelled."""

from __future__ import annotations

import pytest

from actions.help.search import HelpSearch
from actions.help.texts import HelpText
from actions.help.words import Words, nearest, sound

SYNONYMS = {"reservar": "agendar", "turno": "cita", "plástico bancario": "tarjeta"}


@pytest.fixture
def search() -> HelpSearch:
    texts = (
        HelpText("pagos", ("¿Cómo pago?", "¿Aceptan tarjeta?"), "Con tarjeta."),
        HelpText("citas", ("¿Cómo agendo una cita?", "¿Puedo cancelar?"), "Dime el día."),
    )
    return HelpSearch(texts, SYNONYMS)


@pytest.mark.parametrize("said", ["¿Cómo CANCELO?", "como canselo", "cancelar", "cancelado", "kancelar", "canceelo"])
def test_case_accents_endings_and_sound_do_not_matter(search: HelpSearch, said: str) -> None:
    assert search.terms(said)[-1] == Words().terms("cancelar")[0]


@pytest.mark.parametrize("said", ["tarketa", "targetas", "tarjetta"])
def test_a_slip_of_the_finger_is_mended(search: HelpSearch, said: str) -> None:
    assert search.terms(said) == Words().terms("tarjeta")


def test_a_word_of_another_language_is_not_mended_into_one_that_is_known(search: HelpSearch) -> None:
    assert search.unknown("¿venden velas?") == ["bend", "bel"]


@pytest.mark.parametrize("said", ["reservar un turno", "reserbar turnos", "agendar citas"])
def test_a_synonym_counts_as_its_word(said: str) -> None:
    assert Words(SYNONYMS).terms(said) == Words().terms("agendar cita")


def test_a_synonym_of_several_words_counts_as_one() -> None:
    assert Words(SYNONYMS).terms("¿plásticos bancarios?") == Words().terms("tarjeta")


def test_courtesies_and_small_words_say_nothing_of_a_subject() -> None:
    assert Words().terms("Hola, buenas tardes, disculpe, ¿me puede decir lo de la cita por favor?") == Words().terms(
        "decir cita"
    )
    assert Words().spoken("Hola, buenas tardes, ¿cuánto es, porfa?") == ["kuanto", "es"]
    assert Words().terms("😟 …") == []


def test_of_two_neighbours_as_near_none_is_taken() -> None:
    assert nearest("kansela", {"kansel", "kansala"}) is None
    assert nearest("kanselad", {"kansel"}) == "kansel"
    assert nearest("sit", {"sita"}) is None


@pytest.mark.parametrize(("wrong", "right"), [("sita", "cita"), ("bengo", "vengo"), ("ora", "hora"), ("llo", "yo")])
def test_what_sounds_alike_is_alike(wrong: str, right: str) -> None:
    assert sound(wrong) == sound(right)
