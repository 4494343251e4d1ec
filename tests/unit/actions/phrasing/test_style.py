"""`estilo.yml`: what an operator is told of a file that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from actions.phrasing.style import STYLE, StyleError, load_style

BAD = {
    "voz: [": "estilo.yml: while parsing",
    "- a\n- b": "estilo.yml:",
    "": "voz: field required",
    "voz: ''": "voz: ensure this value",
    "voz: cálida\nvos: x": "vos: extra fields not permitted",
    "voz: cálida\ntrato: vos": "trato: unexpected value",
    "voz: cálida\nemojis_por_mensaje: 9": "emojis_por_mensaje: ensure this value is less",
    "voz: cálida\nvariantes: 0": "variantes: ensure this value is greater",
    "voz: cálida\npalabras: [nunca]": "«nunca» says something that only domain.yml may say",
    "voz: cálida\npalabras: [cancelada]": "«cancelada» says something",
    "voz: cálida\nfrases: [si pagas antes]": "«si» says something",
    "voz: cálida\nejemplos: [{respuesta: utter_nada, texto: x}]": "utter_nada is no response of domain.yml",
    "voz: cálida\nejemplos: [{respuesta: utter_aclarar, texto: x}]": "utter_aclarar is no response of domain.yml",
    "voz: cálida\nejemplos: [{respuesta: utter_dia_cerrado, texto: 'El {fecha} abrimos.'}]": "not be sent: denial",
    "voz: cálida\nejemplos: [{respuesta: utter_dia_cerrado}]": "ejemplos.0.texto: field required",
}


def test_the_style_that_comes_with_the_assistant_is_sound() -> None:
    assert load_style(STYLE).trato == "tú"


@pytest.mark.parametrize(("content", "complaint"), BAD.items())
def test_says_what_is_wrong_with_a_file(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "estilo.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(StyleError) as raised:
        load_style(path)
    assert str(raised.value).startswith("estilo.yml: ")
    assert complaint in str(raised.value)


def test_says_which_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(StyleError, match=r"estilo\.yml: .*No such file"):
        load_style(tmp_path / "estilo.yml")
