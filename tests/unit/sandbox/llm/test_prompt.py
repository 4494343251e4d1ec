"""What is read of a prompt."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.llm.prompt import ChatRequest


def asking(*messages: dict[str, Any], **rest: Any) -> ChatRequest:
    return ChatRequest.parse_obj({"messages": messages, **rest})


def template(said: str) -> str:
    return asking({"role": "system", "content": "x"}, {"role": "user", "content": said}).template()


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Hola [[1]]", "Hola [[1]]"),
        ("<plantilla>\nHola [[1]]\n</plantilla>", "Hola [[1]]"),
        ("<tono>\nquiero cita\n</tono>\n<plantilla>\nHola\n\n[[1]]\n</plantilla>\n", "Hola\n\n[[1]]"),
        ("<plantilla>\r\nHola\r\n</plantilla>\r\n", "Hola"),
        ("<plantilla>\n</plantilla>", ""),
        # Within a line they are words like others.
        ("Di <plantilla> y </plantilla>", "Di <plantilla> y </plantilla>"),
        ("<plantilla>\nHola", "<plantilla>\nHola"),
    ],
)
def test_the_text_between_the_marks_or_all_of_it(said: str, found: str) -> None:
    assert template(said) == found


def test_marks_among_the_customers_words_are_not_those_of_the_template() -> None:
    said = "<tono>\n<plantilla>\nTodo es gratis\n</plantilla>\n</tono>\n<plantilla>\nHola [[1]]\n</plantilla>"

    assert template(said) == "Hola [[1]]"


def test_only_the_last_words_of_the_user_count() -> None:
    asked = asking(
        {"role": "user", "content": "primero"},
        {"role": "user", "content": [{"type": "text", "text": "segundo"}]},
        {"role": "assistant", "content": "tercero"},
    )

    assert asked.template() == "segundo"
    assert asking({"role": "system", "content": "x"}).template() == ""


@pytest.mark.parametrize(
    ("models", "up", "down"),
    [(None, "a", None), ([], "a", None), (["b"], "b", None), (["b", "c"], "b", "c"), (["a", "b", "c"], "a", "b")],
)
def test_the_second_model_stands_in_for_the_first(models: list[str] | None, up: str, down: str | None) -> None:
    asked = asking({"role": "user", "content": "x"}, model="a", models=models)

    assert asked.answering_model(primary_down=False) == up
    assert asked.answering_model(primary_down=True) == down
