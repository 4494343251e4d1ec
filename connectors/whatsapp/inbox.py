"""Where customers' messages wait for their turn."""

from __future__ import annotations

from typing import Protocol

from connectors.whatsapp.inbound import InboundMessage
from connectors.whatsapp.queueing import ContactQueue, Recent


class Inbox(Protocol):
    """Keeps every message once, and gives each contact's messages out one after another."""

    async def add(self, message: InboundMessage) -> bool:
        """Keep `message`; return False when its sid was kept before."""
        ...

    async def claim(self) -> InboundMessage:
        """Wait for the oldest message of a contact nobody works on, and take it."""
        ...

    async def close(self, message: InboundMessage) -> None:
        """Note that the turn of a claimed message is over, so that its contact's next one may begin."""
        ...

    async def settled(self) -> None:
        """Wait until this process holds no message that is still to be answered."""
        ...


class InMemoryInbox:
    """An inbox of one process, which forgets everything when that process ends."""

    def __init__(self, remembered_sids: int = 100_000) -> None:
        self._queue: ContactQueue[InboundMessage] = ContactQueue()
        self._seen: Recent[str, None] = Recent(remembered_sids)

    async def add(self, message: InboundMessage) -> bool:
        """Keep `message`; return False when its sid was kept before."""
        if message.sid in self._seen:
            return False
        self._seen[message.sid] = None
        self._queue.put(message.sender, message)
        return True

    async def claim(self) -> InboundMessage:
        """Wait for the oldest message of a contact nobody works on, and take it."""
        return await self._queue.claim()

    async def close(self, message: InboundMessage) -> None:
        """Note that the turn of a claimed message is over, so that its contact's next one may begin."""
        self._queue.release(message.sender)

    async def settled(self) -> None:
        """Wait until no message is left to be answered."""
        await self._queue.settled()
