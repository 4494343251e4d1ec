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
from connectors.conversation_log.spool import Spool
from connectors.conversation_log.turns import Turn, TurnAssembler
from connectors.conversation_log.writer import LogWriter, Row
from connectors.database import open_engine
from connectors.metrics import log_rows_dropped, log_rows_written, set_log_backlog
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
        return await asyncio.to_thread(cls.of, settings)

    @classmethod
    def of(cls, settings: Settings) -> ConversationLogBroker:
        """Return a broker that writes to the settings' database, beginning with what waits on disk."""

        def to_row(turn: Turn) -> Row:
            return record_of(turn, settings.log_key).as_row()

        spool = Spool(settings.log_spool, settings.log_spool_rows)
        engine = open_engine(settings.database_url)
        writer = LogWriter(engine, spool, to_row, on_written=log_rows_written, on_dropped=log_rows_dropped)
        set_log_backlog(writer.backlog)
        if spool.exists:
            writer.start()
        return cls(writer)

    def publish(self, event: dict[str, Any]) -> None:
        """Take one of Rasa's events; it never waits, and an event that cannot be read is only reported."""
        try:
            turns = self._turns.feed(event)
        except (AttributeError, TypeError, ValueError) as exc:
            logger.error("conversation_log.unreadable_event", error=type(exc).__name__)
            return
        for turn in turns:
            self._writer.put(turn)

    def settle(self) -> None:
        """Wait until the turns that came to their end are on disk; not for an event loop's thread."""
        self._writer.settle()

    def is_open(self, sender_id: str) -> bool:
        """Tell whether a turn of the conversation has begun and not come to its end."""
        return self._turns.is_open(sender_id)

    @property
    def dropped(self) -> int:
        """How many rows were lost, because neither database nor disk had room for them."""
        return self._writer.dropped

    def backlog(self) -> int:
        """Return about how many rows wait for the database; not for an event loop's thread."""
        return self._writer.backlog()

    async def close(self) -> None:
        """Write what is left, open turns too, before the process ends."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        atexit.unregister(self._close)
        for turn in self._turns.drain():
            self._writer.put(turn)
        self._writer.close()
        set_log_backlog(None)
