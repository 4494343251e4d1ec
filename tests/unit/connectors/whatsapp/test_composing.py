from connectors.whatsapp.buttons import Button
from connectors.whatsapp.composing import Answer, compose
from connectors.whatsapp.inbound import InboundMessage
from connectors.whatsapp.outbox import ContentTemplate

MESSAGE = InboundMessage("SM1", "whatsapp:+5215512345678", "")
YES_NO = (Button("Sí", "/afirmar"), Button("No", "/negar"))
TEMPLATES = {2: "HX2"}


def test_numbers_all_messages_of_a_turn_from_zero() -> None:
    messages = compose(MESSAGE, [Answer("a. " * 1000), Answer(""), Answer("fin")], {})
    assert [message.key for message in messages] == [("SM1", n) for n in range(3)]
    assert messages[-1].body == "fin"


def test_shows_short_choices_by_a_template_and_keeps_their_text() -> None:
    [message] = compose(MESSAGE, [Answer("¿Reservo?", YES_NO)], TEMPLATES)
    assert message.template == ContentTemplate("HX2", ("¿Reservo?", "Sí", "No"))
    assert message.body == "¿Reservo?\n\n1. Sí\n2. No"


def test_shows_as_text_what_a_template_cannot_hold() -> None:
    long_title = (Button("x" * 21, "/a"), Button("No", "/b"))
    for answer in (Answer("a" * 256, YES_NO), Answer("¿?", long_title), Answer("¿?", YES_NO[:1])):
        [message] = compose(MESSAGE, [answer], TEMPLATES)
        assert message.template is None
        assert message.buttons == answer.buttons


def test_a_file_alone_is_a_message() -> None:
    [message] = compose(MESSAGE, [Answer(media_url="https://x/1.png")], {})
    assert (message.body, message.media_url) == ("", "https://x/1.png")
