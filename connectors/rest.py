"""Rasa's REST channel, such that its callers can only ever be themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import rasa.core.channels.rest
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.exceptions import InvalidUsage
from sanic.request import Request

from connectors.cleaning import as_plain_text, clean_message, clean_text
from connectors.logs import configure_logging
from connectors.turn_loop import turn_loop_of
from connectors.turn_note import counted_turn

SENDER_PREFIX = "rest:"
MAX_SENDER = 128

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]


class RestInput(rasa.core.channels.rest.RestInput):
    """Takes `{"sender", "message"}` and answers with what the assistant says.

    Whatever sender a caller names, its conversation is kept under `rest:…`, apart from WhatsApp's. A
    caller chooses neither channel nor metadata, and typed payload syntax is text.
    """

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Return the routes of Rasa's own REST channel."""
        configure_logging()

        app: Sanic

        async def as_itself(message: UserMessage) -> None:
            caller, output = message.sender_id, message.output_channel
            message.sender_id = SENDER_PREFIX + caller
            # A streamed answer's queue belongs to this loop, and what Rasa says comes from another one.
            message.output_channel = said = CollectingOutputChannel()
            with counted_turn(message.message_id, self.name()):
                await turn_loop_of(app).run(lambda: on_new_message(message))
            for answer in said.messages:
                await output._persist_message({**answer, "recipient_id": caller})

        async def start(server: Sanic, loop: Any) -> None:
            nonlocal app
            app = server

        blueprint = super().blueprint(as_itself)
        blueprint.listener(start, "before_server_start")
        return blueprint

    async def _extract_sender(self, req: Request) -> str:
        return clean_text(_text(req, "sender", default="default"), MAX_SENDER)

    def _extract_message(self, req: Request) -> str:
        text = as_plain_text(clean_message(_text(req, "message")))
        if not text:
            raise InvalidUsage("message: must not be empty")
        return text

    def _extract_input_channel(self, req: Request) -> str:
        return str(self.name())

    def get_metadata(self, request: Request) -> dict[str, Any]:
        """Return nothing: metadata is what the channel vouches for, and it knows nothing here."""
        return {}


def _text(request: Request, field: str, default: str | None = None) -> str:
    content = request.json
    value = content.get(field, default) if isinstance(content, dict) else None
    if not isinstance(value, str):
        raise InvalidUsage(f"{field}: must be a string in a JSON object")
    return value
