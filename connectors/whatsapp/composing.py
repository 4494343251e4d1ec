"""Turning the assistant's answers into messages that Twilio takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connectors.cleaning import without_controls
from connectors.whatsapp.buttons import Button, numbered
from connectors.whatsapp.inbound import InboundMessage
from connectors.whatsapp.outbox import ContentTemplate, OutgoingMessage
from connectors.whatsapp.splitting import split, units

MAX_BODY = 1024
MAX_BUTTONS = 3
MAX_BUTTON_TITLE = 20
MAX_ROWS = 10
MAX_ROW_TITLE = 24
"""What a quick reply that WhatsApp did not approve (https://www.twilio.com/docs/content/twilio-quick-reply) and a list
(https://www.twilio.com/docs/content/twiliolist-picker) can hold; beyond it choices go out as numbered text. Titles
must differ (https://whatsapp.github.io/WhatsApp-Nodejs-SDK/api-reference/types/ButtonObject)."""


@dataclass(frozen=True)
class Answer:
    """One thing that the assistant says: a text, perhaps with choices, or a file.

    Attributes:
        hands_over: whether a person looks after the customer from then on.
    """

    text: str = ""
    buttons: tuple[Button, ...] = ()
    media_url: str | None = None
    hands_over: bool = False

    def __bool__(self) -> bool:
        return bool(self.text.strip() or self.media_url)


def compose(message: InboundMessage, answers: Iterable[Answer], templates: Mapping[int, str]) -> list[OutgoingMessage]:
    """Return the messages that carry `answers` to who wrote `message`.

    Args:
        message: what is being answered.
        answers: what to say, in order; empty ones are left out.
        templates: template of the Content API for each number of choices: quick replies up to three, lists up
            to ten. Their variables are the text and the titles.
    """
    messages: list[OutgoingMessage] = []
    for answer in filter(None, answers):
        body = without_controls(numbered(answer.text, answer.buttons) if answer.buttons else answer.text)
        *leading, last = split(body) or [""]
        for text in leading:
            messages.append(OutgoingMessage(message.sid, len(messages), message.sender, text))
        messages.append(
            OutgoingMessage(
                message.sid,
                len(messages),
                message.sender,
                last,
                media_url=answer.media_url,
                template=_template(answer, templates),
                buttons=answer.buttons,
            )
        )
    return messages


def _template(answer: Answer, templates: Mapping[int, str]) -> ContentTemplate | None:
    text, titles = answer.text.strip(), tuple(button.title for button in answer.buttons)
    sid = templates.get(len(titles))
    if not sid or not text or answer.media_url or len(titles) > MAX_ROWS:
        return None
    longest = MAX_BUTTON_TITLE if len(titles) <= MAX_BUTTONS else MAX_ROW_TITLE
    if units(text) > MAX_BODY or any(units(title) > longest for title in titles) or len(set(titles)) < len(titles):
        return None
    return ContentTemplate(sid, (text, *titles))
