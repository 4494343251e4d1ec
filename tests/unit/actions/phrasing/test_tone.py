"""What of a customer's message reaches the model: the mood, and nobody's data."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.phrasing.tone import HIDDEN, MOST_CHARACTERS, tone_of
from actions.phrasing.vocabulary import load_vocabulary, words_of

NAMES = re.findall(
    r"\w+",
    """
    ana luis sofía maría josé juan carlos jorge pedro miguel ángel rosa carmen guadalupe lupita fernanda
    valentina camila valeria daniela gabriela alejandra andrea paola mariana lucía elena isabel julia laura
    paula natalia carolina diana claudia patricia verónica sandra mónica adriana silvia teresa beatriz raquel
    rocío pilar consuelo soledad dolores mercedes esperanza luz paz alma alba aurora estrella linda bella blanca
    rosario remedios milagros socorro amparo concepción asunción encarnación ascensión trinidad cruz jesús
    salvador ramón raúl roberto ricardo rodrigo sergio santiago sebastián mateo matías martín marcos manuel
    mario óscar pablo nicolás joaquín javier ignacio hugo héctor gustavo guillermo germán gerardo francisco
    felipe félix esteban enrique emilio eduardo diego david cristian césar bruno benjamín arturo antonio andrés
    alonso alfredo alejandro alberto agustín adrián abril mayo julio domingo garcía rodríguez martínez hernández
    lópez gonzález pérez sánchez ramírez torres flores rivera gómez díaz reyes morales ortiz gutiérrez chávez
    ramos ruiz álvarez mendoza vásquez castillo jiménez moreno romero herrera medina aguilar vargas castro
    guzmán méndez salazar delgado rojas guerrero contreras estrada ortega núñez silva vega soto campos fuentes
    cabrera navarro molina rico bueno claro alegría feliz perfecto amable mira vale che delfina inés ximena
    itzel quispe mamani huamán condori cárdenas acosta peña ponce bravo leal gallardo hermoso bonilla valle sol
    cielo mar iris jazmín
    """,
)


@pytest.mark.parametrize("name", NAMES)
def test_no_name_leaves(name: str) -> None:
    for written in (name, name.capitalize(), name.upper()):
        assert tone_of(f"hola, soy {written}") == "hola …"


def test_there_are_names_enough() -> None:
    assert len(set(NAMES)) >= 200


@given(st.text(max_size=1000))
def test_only_listed_words_and_marks_leave(message: str) -> None:
    tone = tone_of(message)
    assert len(tone) <= MOST_CHARACTERS
    # The last word may be cut off.
    words = words_of(tone[:-1].rpartition(" ")[0] if len(tone) == MOST_CHARACTERS else tone)
    assert set(words) <= load_vocabulary().moods
    assert not any(sign.isdigit() or sign == "@" for sign in tone)


@pytest.mark.parametrize(
    "matter",
    [
        "ana@ejemplo.com",
        "+52 1 55 1234 5678",
        "C-1042",
        "calle Luna 5",
        "https://x.mx",
        "embarazada",
        "divorcio",
        "tarot",
    ],
)
def test_no_matter_leaves(matter: str) -> None:
    tone = tone_of(f"hola!! {matter} gracias")
    assert tone.startswith("hola !!")
    assert tone.endswith("gracias")
    assert set(words_of(matter)).isdisjoint(words_of(tone)) or matter.startswith("calle")
    assert not any(sign.isdigit() for sign in tone)


def test_hidden_pieces_in_a_row_are_one() -> None:
    assert tone_of("hola quisiera ver el tarot de Marta, gracias") == f"hola quisiera {HIDDEN} gracias"


@pytest.mark.parametrize("message", ["", "Marta", "12345", "   "])
def test_says_nothing_where_nothing_tells_the_tone(message: str) -> None:
    assert tone_of(message) == ""


def test_a_mood_and_its_marks_are_heard() -> None:
    assert tone_of("¡Urge! 😡 gracias") == "¡ Urge ! 😡 gracias"
