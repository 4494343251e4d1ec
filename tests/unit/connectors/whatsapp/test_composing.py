import pytest

from connectors.whatsapp.buttons import Button
from connectors.whatsapp.composing import Answer, compose
from connectors.whatsapp.inbound import InboundMessage
from connectors.whatsapp.outbox import ContentTemplate

MESSAGE = InboundMessage("SM1", "whatsapp:+5215512345678", "")
YES_NO = (Button("Sí", "/afirmar"), Button("No", "/negar"))
TEMPLATES = {2: "HX2", 3: "HX3"} | {count: f"HX{count}" for count in range(4, 12)}


def choices(count: int, length: int = 8) -> tuple[Button, ...]:
    return tuple(Button(f"{number:02}".ljust(length, "x"), f"/{number}") for number in range(count))


def template_of(answer: Answer) -> ContentTemplate | None:
    [message] = compose(MESSAGE, [answer], TEMPLATES)
    assert message.buttons == answer.buttons
    return message.template


def test_numbers_all_messages_of_a_turn_from_zero() -> None:
    messages = compose(MESSAGE, [Answer("a. " * 1000), Answer(""), Answer("fin")], {})
    assert [message.key for message in messages] == [("SM1", n) for n in range(3)]
    assert messages[-1].body == "fin"


def test_shows_short_choices_by_a_template_and_keeps_their_text() -> None:
    [message] = compose(MESSAGE, [Answer("¿Reservo?", YES_NO)], TEMPLATES)
    assert message.template == ContentTemplate("HX2", ("¿Reservo?", "Sí", "No"))
    assert message.body == "¿Reservo?\n\n1. Sí\n2. No"


def test_shows_as_text_what_a_template_cannot_hold() -> None:
    same_titles = (Button("Sí", "/a"), Button("Sí", "/b"))
    for answer in (
        Answer("a" * 1025, YES_NO),
        Answer("😀" * 513, YES_NO),
        Answer("¿?", choices(2, 21)),
        Answer("¿?", choices(3, 21)),
        Answer("¿?", same_titles),
        Answer("¿?", YES_NO[:1]),
        Answer("¿?", YES_NO, media_url="https://x/1.png"),
        Answer("¿?", choices(4, 25)),
        Answer("¿?", choices(11)),
    ):
        assert template_of(answer) is None


@pytest.mark.parametrize(("count", "longest"), [(2, 20), (3, 20), (4, 24), (10, 24)])
def test_shows_what_a_template_can_just_hold(count: int, longest: int) -> None:
    buttons = choices(count, longest)
    shown = template_of(Answer("a" * 1024, buttons))
    assert shown == ContentTemplate(f"HX{count}", ("a" * 1024, *(button.title for button in buttons)))


def test_eleven_choices_are_numbered_text() -> None:
    [message] = compose(MESSAGE, [Answer("¿Cuál?", choices(11, 2))], TEMPLATES)
    assert message.body.endswith("\n10. 09\n11. 10")


def test_a_file_alone_is_a_message() -> None:
    [message] = compose(MESSAGE, [Answer(media_url="https://x/1.png")], {})
    assert (message.body, message.media_url) == ("", "https://x/1.png")
