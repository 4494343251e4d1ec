"""The assistant's messages on their way to the phone, with the receipts Twilio posts about it.

https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from sandbox.faults.board import FaultBoard
from sandbox.twilio.background import Background
from sandbox.twilio.bot_client import BotClient, channel_fields
from sandbox.twilio.errors import CHANNEL_ERRORS
from sandbox.twilio.phones import address
from sandbox.twilio.records import Message
from sandbox.twilio.store import Store

WINDOW_CLOSED = 63016


@dataclass(frozen=True)
class Pace:
    """Seconds between the steps; a phone that nobody looks at still reads after a while."""

    sending: float = 0.05
    delivery: float = 0.1
    reading: float = 2.0


class Receipts:
    """Takes each outgoing message through its states and posts every step to its StatusCallback."""

    def __init__(
        self,
        bot: BotClient,
        store: Store,
        board: FaultBoard,
        background: Background,
        *,
        account_sid: str,
        business_phone: str,
        pace: Pace | None = None,
    ) -> None:
        self._bot = bot
        self._store = store
        self._board = board
        self._background = background
        self._account_sid = account_sid
        self._business = address(business_phone)
        self._pace = pace or Pace()
        self._looked_at: dict[str, asyncio.Event] = {}

    def follow(self, message: Message) -> None:
        """Start the message on its way."""
        self._background.start(self._travel(message))

    def look_at(self, phone: str) -> None:
        """Let the contact read all that has reached the phone."""
        for message in self._store.thread(phone):
            if seen := self._looked_at.get(message.sid):
                seen.set()

    async def _travel(self, message: Message) -> None:
        await self._step(message, "queued")
        await asyncio.sleep(self._pace.sending)
        message.error_code = self._refusal(message)
        if message.error_code:
            # The channel's own refusals (63…) come back as undelivered, Twilio's as failed.
            await self._step(message, "undelivered" if message.error_code >= 63_000 else "failed")
            return
        await self._step(message, "sent")
        await asyncio.sleep(self._pace.delivery)
        seen = self._looked_at[message.sid] = asyncio.Event()
        try:
            await self._step(message, "delivered")
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(seen.wait(), self._pace.reading)
        finally:
            del self._looked_at[message.sid]
        await self._step(message, "read")

    def _refusal(self, message: Message) -> int | None:
        injected = self._board.now.twilio.error_code
        return injected or (WINDOW_CLOSED if self._is_window_closed(message) else None)

    def _is_window_closed(self, message: Message) -> bool:
        contact = self._store.contact(message.phone)
        return not message.approved and contact is not None and not contact.is_window_open

    async def _step(self, message: Message, status: str) -> None:
        message.advance(status)
        self._store.announce(message)
        if message.status_callback:
            await self._bot.post(message.status_callback, self._form(message))

    def _form(self, message: Message) -> dict[str, str]:
        recipient = address(message.phone)
        form = channel_fields(self._account_sid, message.sid, self._business, recipient)
        form |= {
            "ChannelInstallSid": "XE" + self._account_sid.removeprefix("AC"),
            "ChannelPrefix": "whatsapp",
            "ChannelToAddress": message.phone,
            "MessageStatus": message.status,
            "SmsStatus": message.status,
            "StructuredMessage": "true" if message.buttons or message.rows else "false",
        }
        if message.messaging_service_sid:
            form["MessagingServiceSid"] = message.messaging_service_sid
        if message.status in ("delivered", "read", "undelivered"):
            form["EventType"] = message.status.upper()
        if message.error_code:
            reason = CHANNEL_ERRORS.get(message.error_code, "Unknown error")
            form |= {"ErrorCode": str(message.error_code), "ErrorMessage": reason}
        return form
