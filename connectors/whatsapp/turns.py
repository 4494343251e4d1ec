"""A turn: one message of a customer goes through Rasa, and its answers into the outbox."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from rasa.core.channels.channel import UserMessage

from connectors.cleaning import as_plain_text
from connectors.whatsapp.buttons import chosen_payload
from connectors.whatsapp.composing import Answer, compose
from connectors.whatsapp.inbound import InboundMessage, Kind
from connectors.whatsapp.outbox import Outbox
from connectors.whatsapp.output import TurnOutput
from connectors.whatsapp.texts import Texts

CHANNEL_NAME = "whatsapp"
TYPING_AFTER = 1.0
MAX_SECONDS = 60.0

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]

logger = logging.getLogger(__name__)


class Turns:
    """Runs turns, none of which leaves the customer without an answer."""

    def __init__(
        self,
        on_new_message: OnNewMessage,
        outbox: Outbox,
        texts: Texts,
        show_typing: Callable[[str], Coroutine[Any, Any, None]],
        templates: Mapping[int, str],
        typing_after: float = TYPING_AFTER,
        max_seconds: float = MAX_SECONDS,
    ) -> None:
        self._on_new_message = on_new_message
        self._outbox = outbox
        self._texts = texts
        self._show_typing = show_typing
        self._templates = templates
        self._typing_after = typing_after
        self._max_seconds = max_seconds

    async def run(self, message: InboundMessage) -> None:
        """Answer a message: its answers, or an apology, are in the outbox afterwards."""
        answers = await self._answers(message)
        await self._outbox.add(compose(message, answers, self._templates))

    async def _answers(self, message: InboundMessage) -> list[Answer]:
        text = await self._text_for_rasa(message)
        if message.kind is Kind.TEXT and text:
            return await self._ask_rasa(message, text)
        if not text or message.kind is Kind.TOO_LONG:
            kind = Kind.EMPTY if message.kind is Kind.TEXT else message.kind
            return [Answer(self._texts.unreadable[kind])]
        return [Answer(self._texts.captioned), *await self._ask_rasa(message, text)]

    async def _text_for_rasa(self, message: InboundMessage) -> str:
        offer = await self._outbox.latest_offer(message.sender)
        if payload := chosen_payload(offer, message):
            return payload
        return as_plain_text(message.text or (message.choice.title if message.choice else ""))

    async def _ask_rasa(self, message: InboundMessage, text: str) -> list[Answer]:
        """Return what the assistant answers, ending with an apology if it fails or stays silent."""
        output = TurnOutput()
        user_message = UserMessage(
            text,
            output,
            message.sender,
            input_channel=CHANNEL_NAME,
            message_id=message.sid,
            metadata=message.metadata,
        )
        succeeded = await self._completes(message.sid, user_message)
        answers = [answer for answer in output.answers if answer]
        if succeeded and answers:
            return answers
        if succeeded:
            logger.warning("turn %s ended without an answer", message.sid)
        return [*answers, Answer(self._texts.no_answer)]

    async def _completes(self, sid: str, user_message: UserMessage) -> bool:
        """Run the turn in a task of its own, so that whatever goes wrong in it ends there."""
        turn = asyncio.ensure_future(self._on_new_message(user_message))
        try:
            await self._wait_for(turn, sid)
        finally:
            if not turn.done():
                turn.cancel()
                await asyncio.wait({turn})
        if turn.cancelled():
            logger.error("turn %s took longer than %s s and was stopped", sid, self._max_seconds)
            return False
        if error := turn.exception():
            logger.error("turn %s failed", sid, exc_info=error)
            return False
        return True

    async def _wait_for(self, turn: asyncio.Future[Any], sid: str) -> None:
        done, _ = await asyncio.wait({turn}, timeout=self._typing_after)
        if done:
            return
        typing = asyncio.create_task(self._show_typing(sid))
        try:
            await asyncio.wait({turn}, timeout=self._max_seconds - self._typing_after)
        finally:
            typing.cancel()
            await asyncio.gather(typing, return_exceptions=True)
