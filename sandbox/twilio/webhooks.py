"""Customers' messages on their way to the assistant."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from weakref import WeakValueDictionary

from sandbox.faults.board import FaultBoard, happens
from sandbox.twilio.background import Background
from sandbox.twilio.bot_client import BotClient, new_idempotency_token
from sandbox.twilio.inbound_form import inbound_form
from sandbox.twilio.phones import address
from sandbox.twilio.records import Message, WebhookOutcome
from sandbox.twilio.store import Store

WEBHOOK_PATH = "/api/whatsapp/webhook"
OVERTAKING_SECONDS = 2.0
LOST = WebhookOutcome(None, 0, 0, "lost")


class Webhooks:
    """Posts each customer's messages to the assistant, one contact's in their order.

    Attributes:
        api_url: Under which address the assistant reaches the API, which is where files are fetched.
    """

    def __init__(
        self,
        bot: BotClient,
        store: Store,
        board: FaultBoard,
        background: Background,
        *,
        account_sid: str,
        business_phone: str,
        public_url: str,
    ) -> None:
        self._bot = bot
        self._store = store
        self._board = board
        self._background = background
        self._account_sid = account_sid
        self._business = address(business_phone)
        self.api_url = ""
        self._url = public_url.rstrip("/") + WEBHOOK_PATH
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._held_back: dict[str, asyncio.Event] = {}

    def send(self, message: Message) -> asyncio.Task[None]:
        """Start the delivery of a message and return its task."""
        message.webhook = None
        return self._background.start(self._deliver(message))

    async def _deliver(self, message: Message) -> None:
        if happens(self._board.now.twilio.lose_webhooks):
            message.webhook = LOST
            self._store.announce(message)
            return
        if self._board.now.twilio.reorder_webhooks:
            overtaken = await self._hold_back(message.phone)
        else:
            overtaken = None
        # An asyncio lock serves in the order of asking, which is the order of sending.
        async with self._turn(message.phone):
            message.webhook = await self._post(message)
        self._store.announce(message)
        if overtaken is not None:
            overtaken.set()

    async def _post(self, message: Message) -> WebhookOutcome:
        form = inbound_form(message, self._account_sid, self._business, self.api_url)
        token = new_idempotency_token()
        outcome = await self._bot.post(self._url, form, token)
        for _ in range(self._board.now.twilio.duplicate_webhooks):
            await self._bot.post(self._url, form, token)
        return outcome

    def _turn(self, phone: str) -> asyncio.Lock:
        lock = self._turns.get(phone)
        if lock is None:
            lock = self._turns[phone] = asyncio.Lock()
        return lock

    async def _hold_back(self, phone: str) -> asyncio.Event | None:
        """Wait to be overtaken by the contact's next message, or return the one that waits already."""
        waiting = self._held_back.pop(phone, None)
        if waiting is not None:
            return waiting
        overtaken = self._held_back[phone] = asyncio.Event()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(overtaken.wait(), OVERTAKING_SECONDS)
        if self._held_back.get(phone) is overtaken:
            del self._held_back[phone]
        return None
