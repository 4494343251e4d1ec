"""The parts of the WhatsApp channel put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from connectors.errors import MalformedForm, Refused
from connectors.settings import Settings
from connectors.whatsapp.delivery import read_receipt
from connectors.whatsapp.door import Door
from connectors.whatsapp.inbound import InboundMessage, read_message
from connectors.whatsapp.inbox import Inbox, InMemoryInbox
from connectors.whatsapp.outbox import InMemoryOutbox, Outbox
from connectors.whatsapp.queueing import Crew
from connectors.whatsapp.sending import Sender
from connectors.whatsapp.texts import load_texts
from connectors.whatsapp.turns import OnNewMessage, Turns
from connectors.whatsapp.twilio_client import TwilioClient

SENDS_IN_FLIGHT = 16
STOP_SECONDS = 5.0

logger = logging.getLogger(__name__)


class WhatsAppService:
    """Takes in messages and receipts at once, and works on them in the background from `start` to `stop`."""

    def __init__(
        self,
        settings: Settings,
        on_new_message: OnNewMessage,
        inbox: Inbox | None = None,
        outbox: Outbox | None = None,
    ) -> None:
        self.door = Door(settings)
        self.inbox: Inbox = inbox or InMemoryInbox()
        self.outbox: Outbox = outbox or InMemoryOutbox()
        self._client = TwilioClient(settings)
        self._turns = Turns(
            on_new_message,
            self.outbox,
            load_texts(),
            self._client.show_typing,
            settings.quick_reply_templates,
        )
        self._answering = Crew("whatsapp-turns", self.inbox.claim, self._answer, settings.whatsapp_turns_in_flight)
        sender = Sender(self._client, self.outbox)
        self._sending = Crew("whatsapp-sends", self.outbox.claim, sender.deliver, SENDS_IN_FLIGHT)
        self._is_open = True

    def start(self) -> None:
        """Begin to work; needs a running event loop."""
        self._sending.start()
        self._answering.start()

    async def stop(self, within: float = STOP_SECONDS) -> None:
        """Take nothing more in, answer what is there within so many seconds, and give up the rest."""
        self._is_open = False
        try:
            await asyncio.wait_for(self._settled(), within)
        except asyncio.TimeoutError:
            logger.warning("stopped before every message was answered")
        await self._answering.stop()
        await self._sending.stop()
        await self._client.aclose()

    async def receive(self, form: Mapping[str, str]) -> None:
        """Take in a customer's message, unless it was taken in before.

        Raises:
            Refused: 400 if the form holds no message, 503 once `stop` was called.
        """
        if not self._is_open:
            raise Refused(503, "shutting down")
        try:
            message = read_message(form)
        except MalformedForm as exc:
            raise Refused(400, str(exc)) from exc
        if not await self.inbox.add(message):
            logger.info("message %s came again", message.sid)

    async def record(self, form: Mapping[str, str]) -> None:
        """Take in a delivery receipt.

        Raises:
            Refused: 400 if the form holds no receipt.
        """
        try:
            receipt = read_receipt(form)
        except MalformedForm as exc:
            raise Refused(400, str(exc)) from exc
        if receipt:
            await self.outbox.record(receipt)

    async def _answer(self, message: InboundMessage) -> None:
        try:
            await self._turns.run(message)
        finally:
            await self.inbox.close(message)

    async def _settled(self) -> None:
        await self.inbox.settled()
        await self.outbox.settled()
