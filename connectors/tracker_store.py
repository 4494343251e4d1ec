"""The tracker store: Rasa's own SQL schema in the database that `DATABASE_URL` names."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import FailSafeTrackerStore, SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import ConnectionException
from sqlalchemy import func, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from connectors.database import leave_lost_server, open_engine, resolve_url, share_sqlite_file
from connectors.event_relay import relayed
from connectors.settings import get_settings
from connectors.turn_note import note_intent
from connectors.write_queue import turn_to_write

if TYPE_CHECKING:
    # It brings TensorFlow, which a store has no use for.
    from rasa.core.agent import Agent
    from sqlalchemy.orm import Query, Session


# On a tracker: how many of its events are stored, so that they need not be read again to know what is new.
KNOWN = "_events_known_to_the_store"


class TrackerStore(SQLTrackerStore):
    """Keeps conversations where the settings say, or fails to start.

    For `endpoints.yml`: `tracker_store: {type: connectors.tracker_store.TrackerStore}`.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        host: str | None = None,
        event_broker: EventBroker | None = None,
        **kwargs: Any,
    ) -> None:
        """Connect to the database and create Rasa's table where it is missing.

        Args:
            domain: The assistant's domain.
            host: A database URL that takes the place of `DATABASE_URL` (`url` in `endpoints.yml`).
            event_broker: Where new events are published.
            kwargs: What else Rasa's own store takes.

        Raises:
            ConnectionException: the database cannot be used.
        """
        url = host or get_settings().database_url
        _check_connection(url)
        super().__init__(domain=domain, host=url, event_broker=relayed(event_broker), **kwargs)
        # Its errors would quote what people said.
        self.engine.hide_parameters = True
        share_sqlite_file(self.engine)
        leave_lost_server(self.engine)

    @staticmethod
    def get_db_url(dialect: str = "sqlite", host: str | None = None, *_: Any, **__: Any) -> URL:
        """Return the URL given as host; Rasa's dialect, port, user and such are parts of it here."""
        return resolve_url(host or get_settings().database_url)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store what is new in one transaction, and publish it."""
        known = await self._count_known(tracker)
        events = [event.as_dict() for event in list(tracker.events)[known:]]
        self._publish(tracker, events)
        if events:
            await asyncio.to_thread(self._append, [_row(tracker.sender_id, event) for event in events])
        setattr(tracker, KNOWN, known + len(events))
        if tracker.latest_message:
            note_intent(tracker.latest_message.intent_name)

    async def _retrieve(self, sender_id: str, fetch_events_from_all_sessions: bool) -> DialogueStateTracker | None:
        def query() -> list[str]:
            with self.session_scope() as session:
                events = self._event_query(session, sender_id, fetch_events_from_all_sessions)
                return [data for (data,) in events.with_entities(self.SQLEvent.data)]

        stored = await asyncio.to_thread(query)
        if not stored or not self.domain:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, [json.loads(data) for data in stored], self.domain.slots)
        if not fetch_events_from_all_sessions:
            setattr(tracker, KNOWN, len(stored))
        return tracker

    def _event_query(self, session: Session, sender_id: str, fetch_events_from_all_sessions: bool) -> Query:
        """Return the query for a conversation's events in the order of their storing.

        Rasa takes the last session by the events' times: where servers' clocks are apart, or one is set back, it
        would miss turns that were stored. By its place it begins where it was stored to begin.
        """
        event = self.SQLEvent
        mine = session.query(event).filter(event.sender_id == sender_id).order_by(event.id)
        if fetch_events_from_all_sessions:
            return mine
        # Of an expression, because PostgreSQL would look for the greatest plain id through everybody's events.
        last_start = select(func.max(event.id + 0)).where(
            event.sender_id == sender_id, event.type_name == SessionStarted.type_name
        )
        return mine.filter(event.id >= func.coalesce(last_start.scalar_subquery(), 0))

    async def _count_known(self, tracker: DialogueStateTracker) -> int:
        """Return how many of a tracker's events are stored: as many as were read, or those of its last session."""

        def count() -> int:
            with self.session_scope() as session:
                return int(self._event_query(session, tracker.sender_id, False).count())

        known: int | None = getattr(tracker, KNOWN, None)
        return await asyncio.to_thread(count) if known is None else known

    def _append(self, rows: list[dict[str, Any]]) -> None:
        # What the log keeps of the turn is on disk before the turn is: a process that dies in between repeats it.
        if settle := getattr(self.event_broker, "settle", None):
            settle()
        with turn_to_write(self.engine.url), self.engine.begin() as connection:
            connection.execute(self.SQLEvent.__table__.insert(), rows)

    def _publish(self, tracker: DialogueStateTracker, events: list[dict[str, Any]]) -> None:
        """Publish events, each with the time at which its session started."""
        if self.event_broker is None:
            return
        session_started = next(_session_starts(tracker), None)
        for event in events:
            self.event_broker.publish({"sender_id": tracker.sender_id, "session_started": session_started, **event})


def fail_loudly(agent: Agent) -> None:
    """Take the fallback to memory away from an agent: a database error reaches the caller of a turn.

    Rasa wraps every store in one that goes on in memory when the database fails, and forgets the
    conversation afterwards. Doing it again changes nothing.
    """
    if isinstance(agent.tracker_store, FailSafeTrackerStore):
        agent.tracker_store = agent.tracker_store._tracker_store
    if agent.processor:
        agent.processor.tracker_store = agent.tracker_store


def _row(sender_id: str, event: dict[str, Any]) -> dict[str, Any]:
    return {
        "sender_id": sender_id,
        "type_name": event["event"],
        "timestamp": event.get("timestamp"),
        "intent_name": event.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": event.get("name"),
        "data": json.dumps(event),
    }


def _session_starts(tracker: DialogueStateTracker) -> Iterator[float]:
    return (event.timestamp for event in reversed(tracker.events) if isinstance(event, SessionStarted))


def _check_connection(url: str) -> None:
    # Rasa itself goes on without tables when it cannot connect, and takes an ImportError (a missing
    # database driver) for a wrong class name, which it answers with a store in memory.
    try:
        engine = open_engine(url)
        try:
            engine.connect().close()
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError, OSError) as exc:
        # A URL that cannot be read is quoted in its error, password and all.
        reason = getattr(exc, "orig", None) or type(exc).__name__
        raise ConnectionException(f"DATABASE_URL: the tracker store cannot use it: {reason}") from None
