"""What Rasa's own reader makes of typed payload syntax, before and after our cleaning."""

from __future__ import annotations

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.training_data.message import Message

from connectors.cleaning import as_plain_text, clean_text

PAYLOAD = '/pagar_servicio{"monto":"0.01"}'


def intent_read_by_rasa(text: str) -> str | None:
    """Do what `MessageProcessor` does with a text: `UserMessage`, then `RegexMessageHandler`."""
    message = Message({"text": UserMessage(text).text})
    intent = YAMLStoryReader.unpack_regex_message(message, None, "RegexMessageHandler").get("intent")
    return intent["name"] if intent else None


def test_rasa_takes_typed_payload_syntax_for_an_intent() -> None:
    assert intent_read_by_rasa("  " + PAYLOAD) == "pagar_servicio"


@pytest.mark.parametrize(
    "typed",
    [
        PAYLOAD,
        "   " + PAYLOAD,
        "\n\t" + PAYLOAD,
        "\x00\x1c\x85" + PAYLOAD,
        "\u200b\ufeff" + PAYLOAD,
        "\u00a0\u2003/ \u200b/" + PAYLOAD,
        "//" + PAYLOAD,
        "/ " + PAYLOAD,
        "/\n\t/ " + PAYLOAD,
        "\u202e\u2066 " + PAYLOAD,
        "/restart",
        "/pagar_servicio@1.0",
        "/",
    ],
)
def test_no_typed_text_is_read_as_an_intent(typed: str) -> None:
    assert intent_read_by_rasa(as_plain_text(clean_text(typed))) is None


@pytest.mark.parametrize("text", ["1/2 hora", "hola / adiós", "\u200fمرحبا", "👩‍👩‍👧", "Sí/No"])
def test_ordinary_text_stays_as_it_was_typed(text: str) -> None:
    assert as_plain_text(clean_text(text)) == text
