"""Turns: Rasa's single events put together again to what a user said and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Event = Mapping[str, Any]

_LISTEN = "action_listen"
# What a user types to steer Rasa itself is no conversation.
_HOUSEKEEPING_INTENTS = frozenset({"restart", "back", "session_start"})
_STALE_AFTER_S = 600.0


@dataclass
class Turn:
    """A user's message and every event that followed, until Rasa listened again.

    Attributes:
        sender_id: Rasa's conversation id.
        user: The event of the message.
        events: What followed, in order; without the final `action_listen`.
        ended: When Rasa listened again, in seconds since the epoch; None if that was never seen.
    """

    sender_id: str
    user: Event
    events: list[Event] = field(default_factory=list)
    ended: float | None = None

    @property
    def started(self) -> float:
        """When the message was read, in seconds since the epoch."""
        return float(self.user.get("timestamp") or 0.0)

    @property
    def parse_data(self) -> Mapping[str, Any]:
        """What NLU made of the message."""
        return self.user.get("parse_data") or {}

    @property
    def intent(self) -> Mapping[str, Any]:
        """The recognised intent: `name` and `confidence`."""
        return self.parse_data.get("intent") or {}

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What the channel said about the message."""
        return self.user.get("metadata") or {}

    def of_type(self, event_type: str) -> list[Event]:
        """Return the turn's events of one type, in order."""
        return [event for event in self.events if event.get("event") == event_type]


class TurnAssembler:
    """Turns a stream of Rasa's events, in order per conversation, into finished turns.

    Conversations may be interleaved. It keeps nothing of a turn that it has given out, so events that
    are published again give the same turns again.
    """

    def __init__(self) -> None:
        self._open: dict[str, Turn] = {}

    def feed(self, event: Event) -> list[Turn]:
        """Take an event as Rasa publishes it and return the turns that are finished by it.

        A turn ends when Rasa listens again. One whose end never came (Rasa stopped within it, or the
        conversation is paused) ends with the next message, or when others have gone on for ten minutes.
        """
        sender_id = str(event.get("sender_id") or "")
        if event.get("event") == "user":
            finished = [*self._take(sender_id), *self._take_stale(float(event.get("timestamp") or 0.0))]
            self._open[sender_id] = Turn(sender_id, event)
            return finished
        turn = self._open.get(sender_id)
        if turn is None:
            return []
        if event.get("event") == "action" and event.get("name") == _LISTEN:
            turn.ended = float(event.get("timestamp") or turn.started)
            return self._take(sender_id)
        turn.events.append(event)
        return []

    def is_open(self, sender_id: str) -> bool:
        """Tell whether a turn of the conversation has begun and not ended."""
        return sender_id in self._open

    def drain(self) -> list[Turn]:
        """Return the turns that are still open, because no more events will come."""
        return [turn for sender_id in list(self._open) for turn in self._take(sender_id)]

    def _take_stale(self, now: float) -> list[Turn]:
        # Dictionaries keep their order, so the oldest turns come first.
        stale = []
        for sender_id, turn in self._open.items():
            if now - turn.started < _STALE_AFTER_S:
                break
            stale.append(sender_id)
        return [turn for sender_id in stale for turn in self._take(sender_id)]

    def _take(self, sender_id: str) -> list[Turn]:
        turn = self._open.pop(sender_id, None)
        return [] if turn is None or turn.intent.get("name") in _HOUSEKEEPING_INTENTS else [turn]
