"""Action calls as Rasa makes them: a tracker in JSON, built event by event."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import uuid4

from actions.phrasing.templates import load_templates

_numbers = count(5215599990000)
Event = dict[str, Any]


@dataclass
class Conversation:
    """A conversation up to the moment an action is called.

    Attributes:
        slots: as they stand.
        events: what happened, oldest first.
    """

    slots: dict[str, Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    form: str | None = None
    sender: str = field(default_factory=lambda: f"whatsapp:+{next(_numbers)}")
    channel: str = "whatsapp"

    def user(self, text: str, intent: str, confidence: float = 0.99, **entities: str) -> Conversation:
        """The customer writes; entities are given by the words that carry them."""
        found = [
            {"entity": name, "value": words, "start": text.index(words), "end": text.index(words) + len(words)}
            for name, words in entities.items()
        ]
        sid = f"SM{uuid4().hex}"
        self.message = {
            "text": text,
            "intent": {"name": intent, "confidence": confidence},
            "intent_ranking": [{"name": intent, "confidence": confidence}, {"name": "ayuda", "confidence": 0.01}],
            "entities": found,
            "message_id": sid,
            "metadata": {"message_sid": sid},
        }
        self.events.append({"event": "user", "text": text, "input_channel": self.channel, "parse_data": self.message})
        return self

    def opens(self, form: str) -> Conversation:
        """The form opens."""
        self.form = form
        self.events.append({"event": "active_loop", "name": form})
        return self

    def then(self, answer: dict[str, Any]) -> Conversation:
        """What an action decided becomes part of the conversation, which waits for the customer again."""
        self.hears(answer)
        self.events.append({"event": "action", "name": "action_listen"})
        for event in answer["events"]:
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
            if event["event"] == "active_loop":
                self.form = event["name"]
        return self

    def hears(self, answer: dict[str, Any]) -> None:
        """An action speaks; Rasa notes the name of each response."""
        for response in answer.get("responses", ()):
            name = response.get("response")
            text = load_templates()[name][0].text if name else response.get("text")
            noted = {"metadata": {"utter_action": name}, "data": {"buttons": response.get("buttons")}}
            self.events.append({"event": "bot", "text": text, **noted})

    def call(self, action: str) -> dict[str, Any]:
        """Gives the call of an action."""
        events = [*self.events, *([{"event": "action", "name": self.form}] if self.form else [])]
        tracker = {
            "sender_id": self.sender,
            "slots": self.slots,
            "latest_message": self.message,
            "latest_input_channel": self.channel,
            "events": events,
            "paused": False,
            "followup_action": None,
            "active_loop": {"name": self.form} if self.form else {},
            "latest_action_name": "action_listen",
        }
        return {"next_action": action, "sender_id": self.sender, "tracker": tracker, "version": "3.6.21"}


def said(answer: dict[str, Any]) -> list[str]:
    """Gives the names of the responses an action chose, in order."""
    return [r["response"] for r in answer["responses"]]


def slots(answer: dict[str, Any]) -> dict[str, Any]:
    """Gives the slots an action set."""
    return {e["name"]: e["value"] for e in answer["events"] if e["event"] == "slot"}


def followup(answer: dict[str, Any]) -> str | None:
    """Gives the action that is to run next, if one was asked for."""
    return next((e["name"] for e in answer["events"] if e["event"] == "followup"), None)
