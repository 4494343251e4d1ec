import pytest

from actions.values.numerals import with_digits
from actions.values.spelling import spell


@pytest.mark.parametrize(
    ("typed", "spelled"),
    [
        ("mñna", "mañana"),
        ("el miércoles x la noxe", "el miercoles por la noche"),
        ("a las 8 d la nche", "a las 8 de la noche"),
        ("3pm", "3 pm"),
        ("3 p. m.", "3 pm"),
        ("18h30", "18:30"),
        ("50usd", "50 usd"),
        ("q sea el sab", "que sea el sabado"),
        ("¡¡Siiii!!", "si!!"),
        ("buenas tardes", "hola"),
        ("el veinticuatro de dic", "el 24 de dic"),
        ("treinta y uno", "31"),
        ("mil novecientos noventa", "1990"),
        ("alas 5", "a las 5"),
        ("medio día", "mediodia"),
        ("viernez", "viernes"),
    ],
)
def test_brings_whatsapp_spelling_to_one_form(typed: str, spelled: str) -> None:
    assert spell(typed) == spelled


@pytest.mark.parametrize(
    "kept", ["c-1042", "#12345", "ana85@gmail.com", "24/12/2026", "1.500,50", "15:30", "una cita", "luna"]
)
def test_keeps_ids_digits_and_other_words(kept: str) -> None:
    assert spell(kept) == kept


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("veinticinco mil", "25000"),
        ("dos mil veintiseis", "2026"),
        ("ciento veinte", "120"),
        ("2 mil quinientos", "2 mil 500"),
        ("tres y veinte", "3 y 20"),
        ("cinco cinco uno dos", "5 5 1 2"),
        ("mil gracias", "mil gracias"),
        ("un martes", "un martes"),
        ("a la una", "a la 1"),
    ],
)
def test_writes_number_words_as_digits(words: str, digits: str) -> None:
    assert with_digits(words) == digits
