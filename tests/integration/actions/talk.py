"""A whole conversation with the action server, its forms opened, asked and closed as Rasa's rules do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from tests.integration.actions.conversation import Conversation, followup, slots

ANA = "whatsapp:+5215512345678"
ZONE = ZoneInfo("America/Mexico_City")
TODAY = dt.datetime.now(ZONE).date()
MONDAY = TODAY + dt.timedelta(days=14 - TODAY.weekday())
"""Of the week after next, in which the business has nothing yet."""

Run = Callable[[str, Conversation], dict[str, Any]]
Answer = dict[str, Any]


class Talk:
    """One customer's conversation.

    Attributes:
        conversation: up to now.
        answers: what the last message was answered, in order: responses with their facts.
        api_calls: what was asked of the business for the last message.
        understood: whether an action made use of the last message.
        late_tap: whether the next message is the title of a button that was shown long ago.
    """

    def __init__(self, run: Run, sender: str | None = None, channel: str = "whatsapp") -> None:
        self._run = run
        self.conversation = Conversation(channel=channel, **({"sender": sender} if sender else {}))
        self.answers: list[Answer] = []
        self.api_calls: list[dict[str, Any]] = []
        self.understood = False
        self.late_tap = False

    def say(self, text: str, intent: str = "informar", confidence: float = 0.99, **entities: str) -> list[str]:
        """The customer writes; gives the names of the responses."""
        self.answers, self.api_calls, self.understood = [], [], False
        self.conversation.user(text, intent, confidence, **entities)
        if self.late_tap:
            self.conversation.message["metadata"]["late_tap"] = True
            self.late_tap = False
        if self.conversation.form is None:
            self._open(f"{intent}_form")
        self._loop()
        self.conversation.events.append({"event": "action", "name": "action_listen"})
        return [answer["response"] for answer in self.answers]

    def slot(self, name: str) -> Any:
        """Gives a slot as it stands."""
        return self.conversation.slots.get(name)

    def fact(self, response: str, name: str) -> Any:
        """Gives a fact of one of the last answers."""
        return next(answer[name] for answer in self.answers if answer["response"] == response)

    def _open(self, form: str) -> None:
        self.conversation.opens(form)

    def _loop(self) -> None:
        for _ in range(6):
            form = str(self.conversation.form)
            asked = self._apply(self._run(f"validate_{form}", self.conversation))
            if slots(asked)["requested_slot"] is not None:
                return
            self.conversation.form = None
            self.conversation.events.append({"event": "active_loop", "name": None})
            done = self._apply(self._run(f"action_{form.removesuffix('_form')}", self.conversation))
            following = followup(done)
            if following is None:
                return
            self._open(following)

    def _apply(self, result: dict[str, Any]) -> dict[str, Any]:
        self.answers += result["responses"]
        self.conversation.hears(result)
        for answer in result["responses"]:
            self.api_calls += answer.get("turn", {}).get("api_calls", [])
        for reported in (*result["responses"], *(event.get("metadata") or {} for event in result["events"])):
            self.understood |= reported.get("turn", {}).get("understood", False)
        for event in result["events"]:
            if event["event"] == "slot":
                self.conversation.slots[event["name"]] = event["value"]
        return result
