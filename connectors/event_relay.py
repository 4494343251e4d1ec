"""Rasa's own event brokers, kept away from the turns that publish."""

from __future__ import annotations

import asyncio
import queue
import threading
from typing import Any

import structlog
from rasa.core.brokers.broker import EventBroker

from connectors.conversation_log.broker import ConversationLogBroker

logger = structlog.get_logger(__name__)

Event = dict[str, Any]

CAPACITY = 100_000
"""How many events wait at most: some hundred megabytes."""
_LAST_SECONDS = 10.0


def relayed(broker: EventBroker | None) -> EventBroker | None:
    """Return a broker that a turn can publish to from any thread without waiting: any but ours is relayed to."""
    return broker if broker is None or isinstance(broker, ConversationLogBroker) else EventRelay(broker)


class EventRelay(EventBroker):
    """Passes events on to one of Rasa's brokers, in their order, on a thread of its own.

    Kafka's waits for minutes where its server is away, and RabbitMQ's may be used only on the event loop on which it
    was made, which is not the one of the turns. What a broker raises is reported and costs its event, no turn.

    Args:
        broker: The one that publishes.
        capacity: How many events may wait for it; those above are given up, and reported.
    """

    def __init__(self, broker: EventBroker, capacity: int = CAPACITY) -> None:
        self._broker = broker
        self._waiting: queue.Queue[Event | None] = queue.Queue(capacity)
        self._thread = threading.Thread(target=self._pass_on, name="event-relay", daemon=True)
        self._given_up = 0

    def publish(self, event: Event) -> None:
        """Take an event; it never waits and never raises."""
        if self._thread.ident is None:
            self._thread.start()
        try:
            self._waiting.put_nowait(event)
        except queue.Full:
            self._given_up += 1
            if self._given_up % 1000 == 1:
                logger.error("event_relay.full", given_up=self._given_up)

    def backlog(self) -> int:
        """Return about how many events wait."""
        return self._waiting.qsize()

    async def close(self) -> None:
        """Pass on what waits, for some seconds, and close the broker."""
        if self._thread.ident is not None:
            await asyncio.to_thread(self._end)
        # RabbitMQ's publishes in tasks and does not wait for them itself.
        if tasks := set(getattr(self._broker, "_background_tasks", ())):
            await asyncio.wait(tasks, timeout=_LAST_SECONDS)
        await self._broker.close()

    def _end(self) -> None:
        try:
            self._waiting.put(None, timeout=_LAST_SECONDS)
        except queue.Full:
            logger.error("event_relay.ended_full", given_up=self.backlog())
        self._thread.join(_LAST_SECONDS)

    def _pass_on(self) -> None:
        loop = _loop_of(self._broker)
        while (event := self._waiting.get()) is not None:
            try:
                if loop is None:
                    self._broker.publish(event)
                else:
                    loop.call_soon_threadsafe(self._broker.publish, event)
            except Exception as exc:  # noqa: BLE001  (whatever it is, the next event may go)
                logger.error("event_relay.not_published", error=type(exc).__name__)


def _loop_of(broker: EventBroker) -> asyncio.AbstractEventLoop | None:
    """Return the event loop that a broker must be used on, None where any thread will do."""
    # Loaded where it is used: only a broker of RabbitMQ needs its library.
    from rasa.core.brokers.pika import PikaEventBroker

    return broker._loop if isinstance(broker, PikaEventBroker) else None
