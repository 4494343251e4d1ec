"""What an operator may write into the folder of help texts, and what is said of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from actions.help.texts import FOLDER, BadHelpText, load_synonyms, load_texts
from sandbox.internal_api.seed import seed

GOOD = "# ¿Aceptan mascotas?\n\n## Preguntas\n\n- ¿Puedo llevar a mi perro?\n\n## Respuesta\n\nSolo perros guía.\n"


def write(folder: Path, content: str, name: str = "mascotas.md") -> None:
    (folder / name).write_text(content, encoding="utf-8")


def test_reads_title_other_questions_and_answer(tmp_path: Path) -> None:
    write(tmp_path, GOOD)

    (text,) = load_texts(tmp_path)
    assert (text.name, text.questions, text.text, text.is_plea) == (
        "mascotas",
        ("¿Aceptan mascotas?", "¿Puedo llevar a mi perro?"),
        "Solo perros guía.",
        False,
    )


def test_the_folders_own_texts_are_good() -> None:
    assert len(load_texts(FOLDER)) > 20
    assert load_synonyms(FOLDER)


def test_the_folders_own_texts_tell_the_business_as_the_sandbox_has_it() -> None:
    texts = {text.name: text.text for text in load_texts(FOLDER)}
    business = seed("America/Mexico_City")
    monday, saturday = business.opening_hours[0], business.opening_hours[-1]

    for session in business.session_types:
        assert f"({session.duration_minutes} minutos)" in texts["sesiones"]
        assert str(session.max_group_size) in texts["grupos"]
    assert f"de lunes a viernes de {monday.opens} a {monday.closes}" in texts["horarios"]
    assert f"los sábados de {saturday.opens} a {saturday.closes}" in texts["horarios"]
    assert f"{business.business.booking_horizon_days} días" in texts["anticipacion"]


def test_what_windows_editors_write_is_read_alike(tmp_path: Path) -> None:
    (tmp_path / "mascotas.md").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())

    assert load_texts(tmp_path)[0].questions == ("¿Aceptan mascotas?", "¿Puedo llevar a mi perro?")


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        ("", "begin with one line"),
        ("Solo perros guía.\n", "begin with one line"),
        ("# ¿Uno?\nOtra cosa\n\n## Respuesta\n\nSí.\n", "begin with one line"),
        ("# ¿Uno?\n\n## Respuesta\n\n", "write what is to be sent"),
        ("# ¿Uno?\n\n## Respuestas\n\nSí.\n", "«## Respuestas» is not expected"),
        ("# ¿Uno?\n\n## Preguntas\n\n¿Dos?\n\n## Respuesta\n\nSí.\n", "every line begins with «- »"),
        ("#\n\n## Respuesta\n\nSí.\n", "begin with one line"),
        ("# ¿Uno?\n", "write what is to be sent"),
        ("# ¿Uno?\n\n## Respuesta\n\nSí.\n\n## Respuesta\n\nNo.\n", "once each"),
        ("# ¿Uno?\n\n## Respuesta\n\n" + "a" * 901, "has 901 characters; shorten it to 900"),
    ],
)
def test_a_bad_file_is_named_with_what_to_do(tmp_path: Path, content: str, advice: str) -> None:
    write(tmp_path, content)

    with pytest.raises(BadHelpText) as caught:
        load_texts(tmp_path)
    assert "mascotas.md" in str(caught.value)
    assert advice in str(caught.value)


def test_a_text_of_the_greatest_length_is_taken(tmp_path: Path) -> None:
    write(tmp_path, "# ¿Uno?\n\n## Respuesta\n\n" + "a" * 900)

    assert len(load_texts(tmp_path)[0].text) == 900


@pytest.mark.parametrize(
    ("name", "response"), [("ayuda", "utter_ayuda "), ("sin_respuesta", "utter_ayuda_sin_respuesta ")]
)
def test_the_lists_of_what_has_no_text_take_no_answer(tmp_path: Path, name: str, response: str) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, "# Otra\n\n## Respuesta\n\nPuedo…\n", f"{name}.md")

    with pytest.raises(BadHelpText, match=rf"{name}\.md: it needs no .*{response}"):
        load_texts(tmp_path)


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "mascotas.md").write_bytes("# ¿Mañana?".encode("latin-1"))

    with pytest.raises(BadHelpText, match=r"mascotas\.md: save it as UTF-8"):
        load_texts(tmp_path)


def test_an_empty_folder_is_no_help(tmp_path: Path) -> None:
    with pytest.raises(BadHelpText, match="there is no help text here"):
        load_texts(tmp_path)


def test_one_question_belongs_to_one_text(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, GOOD.replace("¿Aceptan mascotas?", "¿Y gatos?"), "gatos.md")

    with pytest.raises(BadHelpText, match="is asked in"):
        load_texts(tmp_path)


def test_synonyms_may_be_missing(tmp_path: Path) -> None:
    assert load_synonyms(tmp_path) == {}


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        ("cita: [turno\n", "not YAML"),
        ("- turno\n", "write lines like"),
        ("cita: turno\n", "at 'cita'"),
        ("cita: [1]\n", "at 'cita'"),
        ("cita: [no]\n", "in quotes"),
        ("cita: [turno]\nsesión: [turnos]\n", "'turnos' stands for two words"),
        ("cita: [turno]\nturno: [hora]\n", "'turno' is among the synonyms of 'cita' too"),
    ],
)
def test_bad_synonyms_are_named_with_what_to_do(tmp_path: Path, content: str, advice: str) -> None:
    write(tmp_path, content, "sinonimos.yml")

    with pytest.raises(BadHelpText, match=r"sinonimos\.yml: ") as caught:
        load_synonyms(tmp_path)
    assert advice in str(caught.value)
