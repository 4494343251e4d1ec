"""Where answers wait to be sent, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from connectors.whatsapp.buttons import Button, Offer
from connectors.whatsapp.delivery import Delivery, DeliveryStatus, Receipt
from connectors.whatsapp.queueing import ContactQueue, Recent

OutboxKey = tuple[str, int]


@dataclass(frozen=True)
class ContentTemplate:
    """A template of Twilio's Content API and the values of its variables."""

    sid: str
    variables: tuple[str, ...]


@dataclass(frozen=True)
class OutgoingMessage:
    """One message to a customer.

    Attributes:
        inbound_sid: MessageSid of the message that it answers.
        number: its place among the answers to that message, from 0.
        body: the whole text, with buttons as numbered lines, so that it stands without the template.
        template: how Twilio shows the buttons natively, where that is configured.
        buttons: what the customer may choose by answering.
    """

    inbound_sid: str
    number: int
    recipient: str
    body: str
    media_url: str | None = None
    template: ContentTemplate | None = None
    buttons: tuple[Button, ...] = ()

    @property
    def key(self) -> OutboxKey:
        """What makes this message unique, however often its turn is run."""
        return self.inbound_sid, self.number


class Outbox(Protocol):
    """Keeps every answer once, and gives each contact's answers out one after another."""

    async def add(self, messages: Sequence[OutgoingMessage]) -> None:
        """Keep the answers of one turn, except those whose key is already kept."""
        ...

    async def claim(self) -> OutgoingMessage:
        """Wait for the oldest answer to a contact whom nobody is sending to, and take it."""
        ...

    async def sent(self, message: OutgoingMessage, twilio_sid: str) -> None:
        """Note that Twilio took a claimed answer."""
        ...

    async def failed(self, message: OutgoingMessage, error_code: int | None) -> None:
        """Note that a claimed answer was given up."""
        ...

    async def record(self, receipt: Receipt) -> None:
        """Note what Twilio reports, which may come before `sent` and in any order."""
        ...

    async def delivery(self, key: OutboxKey) -> Delivery | None:
        """Return how far an answer has come; None if it is not kept."""
        ...

    async def latest_offer(self, contact: str) -> Offer:
        """Return the buttons in the answers to the contact's latest turn; an empty offer if none."""
        ...

    async def settled(self) -> None:
        """Wait until this process holds no answer that is still to be sent."""
        ...


class InMemoryOutbox:
    """An outbox of one process, which forgets everything when that process ends."""

    def __init__(self, remembered: int = 10_000) -> None:
        self._queue: ContactQueue[OutgoingMessage] = ContactQueue()
        self._deliveries: Recent[OutboxKey, Delivery] = Recent(remembered)
        self._keys: Recent[str, OutboxKey] = Recent(remembered)
        self._early_receipts: Recent[str, list[Receipt]] = Recent(remembered)
        self._offers: Recent[str, OutgoingMessage | None] = Recent(remembered)

    async def add(self, messages: Sequence[OutgoingMessage]) -> None:
        """Keep the answers of one turn, except those whose key is already kept."""
        fresh = [message for message in messages if message.key not in self._deliveries]
        for message in fresh:
            self._deliveries[message.key] = Delivery()
            self._queue.put(message.recipient, message)
        if fresh:
            offering = [message for message in messages if message.buttons]
            self._offers[fresh[0].recipient] = offering[-1] if offering else None

    async def claim(self) -> OutgoingMessage:
        """Wait for the oldest answer to a contact whom nobody is sending to, and take it."""
        return await self._queue.claim()

    async def sent(self, message: OutgoingMessage, twilio_sid: str) -> None:
        """Note that Twilio took a claimed answer."""
        known = self._deliveries.get(message.key, Delivery())
        self._deliveries[message.key] = replace(known.advanced(DeliveryStatus.QUEUED), twilio_sid=twilio_sid)
        self._keys[twilio_sid] = message.key
        for receipt in self._early_receipts.pop(twilio_sid, []):
            await self.record(receipt)
        self._queue.release(message.recipient)

    async def failed(self, message: OutgoingMessage, error_code: int | None) -> None:
        """Note that a claimed answer was given up."""
        known = self._deliveries.get(message.key, Delivery())
        self._deliveries[message.key] = known.advanced(DeliveryStatus.FAILED, error_code)
        self._queue.release(message.recipient)

    async def record(self, receipt: Receipt) -> None:
        """Note what Twilio reports, which may come before `sent` and in any order."""
        key = self._keys.get(receipt.twilio_sid)
        if key is None:
            early = self._early_receipts.get(receipt.twilio_sid, [])
            self._early_receipts[receipt.twilio_sid] = [*early, receipt]
        elif known := self._deliveries.get(key):
            self._deliveries[key] = known.advanced(receipt.status, receipt.error_code)

    async def delivery(self, key: OutboxKey) -> Delivery | None:
        """Return how far an answer has come; None if it is not kept."""
        return self._deliveries.get(key)

    async def latest_offer(self, contact: str) -> Offer:
        """Return the buttons in the answers to the contact's latest turn; an empty offer if none."""
        message = self._offers.get(contact)
        if message is None:
            return Offer()
        delivery = self._deliveries.get(message.key)
        return Offer(message.buttons, delivery.twilio_sid if delivery else None)

    async def settled(self) -> None:
        """Wait until no answer is left to be sent."""
        await self._queue.settled()
