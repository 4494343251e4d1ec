import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.spelling import normalise


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("KIERO 1 SITA XFA", "quiero 1 cita por favor"),
        ("q horarios tienen pal finde", "que horarios tienen para el fin de semana"),
        ("holaaaaa  buenassss", "hola buenas"),
        ("mi correo es Ana.Perez@gmail.com ok", "mi correo es correo@correo.com ok"),
        ("es ana punto perez arroba gmail punto com", "es correo@correo.com"),
        ("cómo va la C-1042?", "cómo va la cita número ?"),
        ("mi cel es +52 55 1234 5678", "mi celular es teléfono número"),
        ("a las 5 el 24/12", "a las 5 el 24/12"),
    ],
)
def test_messages_look_alike_that_mean_the_same(typed: str, meant: str) -> None:
    assert normalise(typed) == meant


@given(st.text(max_size=200))
def test_any_text_is_taken(text: str) -> None:
    assert normalise(text) == " ".join(normalise(text).split())
