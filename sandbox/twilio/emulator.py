"""The parts of the emulated Twilio, put together."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from sandbox.faults.board import FaultBoard
from sandbox.settings import Settings
from sandbox.twilio.background import Background
from sandbox.twilio.bot_client import BotClient
from sandbox.twilio.events import EventHub
from sandbox.twilio.receipts import Receipts
from sandbox.twilio.records import Message, now
from sandbox.twilio.store import Store
from sandbox.twilio.typing_indicator import TypingIndicator
from sandbox.twilio.webhooks import Webhooks


class Emulator:
    """One Twilio account with one WhatsApp sender, and the customers' phones."""

    def __init__(self, settings: Settings, board: FaultBoard) -> None:
        self.account_sid = settings.twilio_account_sid
        # While one token is being replaced both are named; Twilio signs with the new one, which stands first.
        self.auth_token = settings.twilio_auth_token.partition(",")[0].strip()
        self.business_phone = settings.twilio_phone_number
        self.board = board
        self.events = EventHub()
        self.store = Store(self.events)
        self._background = Background()
        self._bot = BotClient(self.auth_token)
        self.typing = TypingIndicator(self.store, self.events, self._background)
        self.receipts = Receipts(
            self._bot,
            self.store,
            board,
            self._background,
            account_sid=self.account_sid,
            business_phone=self.business_phone,
        )
        self.webhooks = Webhooks(
            self._bot,
            self.store,
            board,
            self._background,
            account_sid=self.account_sid,
            business_phone=self.business_phone,
            public_url=settings.public_url,
        )

    def send_to_phone(self, message: Message) -> None:
        """Take an assistant's message and start it on its way."""
        self.store.add(message)
        self.typing.stop(message.phone)
        self.receipts.follow(message)

    def send_to_bot(self, message: Message) -> asyncio.Task[None]:
        """Take a customer's message and start its webhook."""
        contact = self.store.contact_or_new(message.phone, message.profile_name)
        contact.last_wrote_at = now()
        message.profile_name = message.profile_name or contact.profile_name
        self.receipts.look_at(message.phone)
        self.store.add(message)
        return self.webhooks.send(message)

    async def close(self) -> None:
        """Stop all that is under way."""
        self.events.close()
        await self._background.stop()
        await self._bot.close()


def emulator_of(app: FastAPI) -> Emulator:
    """Return the application's emulator."""
    emulator: Emulator = app.state.twilio
    return emulator


def api_url(request: Request) -> str:
    """Return under which address this request reached the sandbox."""
    return str(request.base_url).rstrip("/")


def _of_request(request: Request) -> Emulator:
    app: FastAPI = request.app
    return emulator_of(app)


Emulated = Annotated[Emulator, Depends(_of_request)]
