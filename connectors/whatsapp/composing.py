"""Turning the assistant's answers into messages that Twilio takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connectors.whatsapp.buttons import Button, numbered
from connectors.whatsapp.inbound import InboundMessage
from connectors.whatsapp.outbox import ContentTemplate, OutgoingMessage
from connectors.whatsapp.splitting import split, units

MAX_QUICK_REPLY_BODY = 255
MAX_BUTTON_TITLE = 20
"""Beyond these, buttons go out as numbered text: https://www.twilio.com/docs/content/twilio-quick-reply"""


@dataclass(frozen=True)
class Answer:
    """One thing that the assistant says: a text, perhaps with choices, or a file."""

    text: str = ""
    buttons: tuple[Button, ...] = ()
    media_url: str | None = None

    def __bool__(self) -> bool:
        return bool(self.text.strip() or self.media_url)


def compose(message: InboundMessage, answers: Iterable[Answer], templates: Mapping[int, str]) -> list[OutgoingMessage]:
    """Return the messages that carry `answers` to who wrote `message`.

    Args:
        message: what is being answered.
        answers: what to say, in order; empty ones are left out.
        templates: quick-reply template of the Content API for each number of buttons.
    """
    messages: list[OutgoingMessage] = []
    for answer in filter(None, answers):
        body = numbered(answer.text, answer.buttons) if answer.buttons else answer.text
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
    titles = tuple(button.title for button in answer.buttons)
    sid = templates.get(len(titles))
    if not sid or not answer.text.strip() or answer.media_url:
        return None
    if units(answer.text) > MAX_QUICK_REPLY_BODY or any(units(title) > MAX_BUTTON_TITLE for title in titles):
        return None
    return ContentTemplate(sid, (answer.text.strip(), *titles))
