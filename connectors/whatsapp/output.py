"""The output channel that Rasa speaks into during a turn."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from rasa.core.channels.channel import OutputChannel

from connectors.whatsapp.buttons import read_buttons
from connectors.whatsapp.composing import Answer

# What an action adds to what it says when it has called a person.
HANDS_OVER = "hands_over"

logger = logging.getLogger(__name__)


class TurnOutput(OutputChannel):
    """Collects what the assistant says in one turn, in order and with its line breaks."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, which rules and responses can ask for."""
        return "whatsapp"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Collect a message, with what its action noted beside it."""
        before = len(self.answers)
        await super().send_response(recipient_id, message)
        if message.get(HANDS_OVER):
            self.answers[before:] = [replace(answer, hands_over=True) for answer in self.answers[before:]]

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Collect a text."""
        self.answers.append(Answer(text))

    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        """Collect a text with choices."""
        self.answers.append(Answer(text, read_buttons(buttons)))

    async def send_image_url(self, recipient_id: str, image: str, **kwargs: Any) -> None:
        """Collect an image by its address."""
        self.answers.append(Answer(media_url=image))

    async def send_attachment(self, recipient_id: str, attachment: Any, **kwargs: Any) -> None:
        """Collect a file by its address."""
        if isinstance(attachment, str):
            self.answers.append(Answer(media_url=attachment))
        else:
            logger.warning("an attachment that is no address was left out")

    async def send_elements(self, recipient_id: str, elements: Iterable[dict[str, Any]], **kwargs: Any) -> None:
        """Collect cards, each as its title, subtitle and choices."""
        for element in elements:
            lines = (str(element.get(part) or "") for part in ("title", "subtitle"))
            text = "\n".join(line for line in lines if line)
            self.answers.append(Answer(text, read_buttons(element.get("buttons") or [])))

    async def send_custom_json(self, recipient_id: str, json_message: dict[str, Any], **kwargs: Any) -> None:
        """Collect `{"body": …, "media_url": …}`; what else a custom message holds is not WhatsApp's."""
        answer = Answer(str(json_message.get("body") or ""), media_url=json_message.get("media_url"))
        if answer:
            self.answers.append(answer)
        else:
            logger.warning("a custom message without body or media_url was left out")
