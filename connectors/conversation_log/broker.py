"""The event broker that keeps the conversation log."""

from __future__ import annotations

import asyncio
import atexit
from asyncio import AbstractEventLoop
from typing import Any

import structlog
from rasa.core.brokers.broker import EventBroker
from rasa.utils.endpoints import EndpointConfig

from connectors.conversation_log.records import record_of
from connectors.conversation_log.turns import Turn, TurnAssembler
from connectors.conversation_log.writer import LogWriter, Row
from connectors.database import open_engine
from connectors.schema import prepare
from connectors.settings import Settings, get_settings

logger = structlog.get_logger(__name__)


class ConversationLogBroker(EventBroker):
    """Writes one redacted row a turn to `conversation_logs` without slowing or failing the turn.

    For `endpoints.yml`: `event_broker: {type: connectors.conversation_log.broker.ConversationLogBroker}`.
    """

    def __init__(self, writer: LogWriter[Turn]) -> None:
        self._writer = writer
        self._turns = TurnAssembler()
        # Rasa closes its broker only where it ran as a server.
        atexit.register(self._close)

    @classmethod
    async def from_endpoint_config(
        cls, broker_config: EndpointConfig, event_loop: AbstractEventLoop | None = None
    ) -> ConversationLogBroker | None:
        """Return the broker that the settings describe, None where `LOGGING_ENABLED` is off.

        The tables of an SQLite file are made here, so that every `rasa` command works in a fresh clone; a
        database server's are its operator's (`make migrate`).
        """
        settings = get_settings()
        if not settings.logging_enabled:
            return None
        await asyncio.to_thread(prepare, settings.database_url)
        return cls.of(settings)

    @classmethod
    def of(cls, settings: Settings) -> ConversationLogBroker:
        """Return a broker that writes to the settings' database; nothing connects before the first turn."""

        def to_row(turn: Turn) -> Row:
            return record_of(turn, settings.log_key).as_row()

        return cls(LogWriter(open_engine(settings.database_url), to_row))

    def publish(self, event: dict[str, Any]) -> None:
        """Take one of Rasa's events; it never waits, and an event that cannot be read is only reported."""
        try:
            turns = self._turns.feed(event)
        except (AttributeError, TypeError, ValueError) as exc:
            logger.error("conversation_log.unreadable_event", error=type(exc).__name__)
            return
        for turn in turns:
            self._writer.put(turn)

    async def close(self) -> None:
        """Write what is left, open turns too, before the process ends."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        atexit.unregister(self._close)
        for turn in self._turns.drain():
            self._writer.put(turn)
        self._writer.close()
