"""The three dots that tell a customer that an answer is being written."""

from __future__ import annotations

import asyncio

from sandbox.twilio.background import Background
from sandbox.twilio.events import EventHub
from sandbox.twilio.records import Message
from sandbox.twilio.store import Store

# https://www.twilio.com/docs/whatsapp/api/typing-indicators-resource
LASTS_SECONDS = 25.0


class TypingIndicator:
    """Shows contacts that the assistant is writing, until its answer comes or 25 seconds have passed."""

    def __init__(self, store: Store, events: EventHub, background: Background) -> None:
        self._store = store
        self._events = events
        self._background = background
        self._fading: dict[str, asyncio.Task[None]] = {}

    def start(self, answered: Message) -> None:
        """Mark the message, and what its contact wrote before it, as read; show the dots."""
        self._read_up_to(answered)
        self.stop(answered.phone)
        self._fading[answered.phone] = self._background.start(self._fade(answered.phone))
        self._announce(answered.phone, True)

    def stop(self, phone: str) -> None:
        """Take the dots away, if they show."""
        fading = self._fading.pop(phone, None)
        if fading is not None:
            fading.cancel()
            self._announce(phone, False)

    def shows(self, phone: str) -> bool:
        """Return whether the contact sees the dots now."""
        return phone in self._fading

    async def _fade(self, phone: str) -> None:
        await asyncio.sleep(LASTS_SECONDS)
        del self._fading[phone]
        self._announce(phone, False)

    def _announce(self, phone: str, on: bool) -> None:
        self._events.publish("typing", {"phone": phone, "on": on})

    def _read_up_to(self, answered: Message) -> None:
        for message in self._store.thread(answered.phone):
            if message.direction == "inbound" and message.status != "read":
                message.advance("read")
                self._store.announce(message)
            if message.sid == answered.sid:
                return
