"""What is learnt of a turn while it is worked on, wherever that is: its id for the logs, its intent for the metrics."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from connectors.metrics import get_metrics
from privacy.logs import within_turn


@dataclass
class TurnNote:
    """One turn that is under way.

    Attributes:
        intent: what Rasa understood, as soon as the turn is stored.
    """

    intent: str | None = None


_present: ContextVar[TurnNote | None] = ContextVar("turn_note", default=None)


@contextmanager
def turn_under_way(turn_id: str) -> Iterator[TurnNote]:
    """Have all that is done within the block, and in the tasks it starts, belong to a turn.

    Args:
        turn_id: Twilio's MessageSid; on other channels Rasa's message id.
    """
    note = TurnNote()
    token = _present.set(note)
    try:
        with within_turn(turn_id):
            yield note
    finally:
        _present.reset(token)


@contextmanager
def counted_turn(turn_id: str, channel: str) -> Iterator[None]:
    """Do the same for a turn that a channel answers within the block, and count it: as answered, or as failed."""
    metrics, outcome = get_metrics(), "failed"
    with turn_under_way(turn_id) as note:
        try:
            with metrics.timed("rasa"):
                yield
            outcome = "answered"
        finally:
            metrics.turn(channel, note.intent, outcome)


def intent_of_turn() -> str | None:
    """Return what the message of the turn that is under way was understood as, if that is known."""
    note = _present.get()
    return note.intent if note else None


def note_intent(name: str | None) -> None:
    """Note what the message of the turn that is under way, if one is, was understood as."""
    if note := _present.get():
        note.intent = name
