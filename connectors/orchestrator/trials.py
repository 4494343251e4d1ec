"""Trying a message on the whole chain, understanding, dialogue and action server, with nothing sent to WhatsApp."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

from connectors.cleaning import as_plain_text, clean_message
from connectors.conversation_log.records import record_of
from connectors.conversation_log.turns import Turn
from connectors.errors import ActionServerUnavailable, Problem
from connectors.orchestrator.assistant import Agent, Assistant
from connectors.turn_note import counted_turn

CHANNEL_NAME = "test"
SENDER_PREFIX = "test:"
MAX_SECONDS = 60.0
EXAMPLES_FILE = Path(__file__).with_name("ejemplos.yml")

Event = Mapping[str, Any]

_LISTEN = "action_listen"
_OF_ENTITIES = ("entity", "value", "start", "end", "role", "group", "confidence_entity")
_OF_ANSWERS = ("text", "buttons", "image", "attachment", "custom", "elements", "quick_replies")


def examples(path: Path = EXAMPLES_FILE) -> list[dict[str, str]]:
    """Return messages to try, each with the intent that it is meant to have."""
    listed: list[dict[str, str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return listed


class Trials:
    """Runs single messages as a customer's would be, under a name of their own.

    Whatever the assistant does at it is really done: a booking is one.

    Args:
        assistant: Who answers.
        key: The key of the users' hashes in the log.
        max_seconds: How long a turn may take.
    """

    def __init__(self, assistant: Assistant, key: str, max_seconds: float = MAX_SECONDS) -> None:
        self._assistant = assistant
        self._key = key
        self._max_seconds = max_seconds

    async def run(self, text: str, sender: str | None) -> dict[str, Any]:
        """Return what became of a message.

        Args:
            text: What a customer might write; payload syntax counts as text.
            sender: The name of a conversation to go on with; a new one without.

        Raises:
            Problem: there is no message (400), no model (503), no action server (502), or no end in time (504).
        """
        message = as_plain_text(clean_message(text))
        if not message:
            raise Problem(400, "message_empty", "`message` holds nothing that can be answered.")
        agent = self._assistant.agent
        if agent is None:
            raise Problem(503, "no_model", "No model is loaded.")
        name, message_id = sender or uuid.uuid4().hex, uuid.uuid4().hex
        started = time.perf_counter()
        events = await self._answered(lambda: self._turn(agent, SENDER_PREFIX + name, message, message_id))
        whole = round((time.perf_counter() - started) * 1000)
        if not events:
            raise Problem(502, "turn_lost", "The assistant kept nothing of this turn.")
        turn = Turn(SENDER_PREFIX + name, events[0], [event for event in events[1:] if event.get("name") != _LISTEN])
        return {"sender": name, "message": message, **self._told(turn, whole)}

    async def _answered(self, work: Callable[[], Any]) -> list[Event]:
        try:
            found: list[Event] = await asyncio.wait_for(self._assistant.turn_loop.run(work), self._max_seconds)
        except ActionServerUnavailable as exc:
            raise Problem(502, "actions_unavailable", f"The action server did not do its part: {exc}.") from exc
        except asyncio.TimeoutError as exc:
            raise Problem(504, "turn_too_long", f"The turn did not end within {self._max_seconds:.0f} s.") from exc
        return found

    async def _turn(self, agent: Agent, sender_id: str, text: str, message_id: str) -> list[Event]:
        output = CollectingOutputChannel()
        message = UserMessage(text, output, sender_id, input_channel=CHANNEL_NAME, message_id=message_id, metadata={})
        with counted_turn(message_id, CHANNEL_NAME):
            await agent.handle_message(message)
        tracker = await agent.tracker_store.retrieve(sender_id)
        events = [event.as_dict() for event in tracker.events] if tracker else []
        said = [place for place, event in enumerate(events) if event.get("event") == "user"]
        mine = [place for place in said if events[place].get("message_id") == message_id]
        # Another message of the same conversation may have come since.
        after = [place for place in said if mine and place > mine[0]]
        return events[mine[0] : after[0] if after else None] if mine else []

    def _told(self, turn: Turn, whole: int) -> dict[str, Any]:
        record = record_of(turn, self._key)
        ranking = turn.parse_data.get("intent_ranking") or ()
        reports = _reports(turn)
        return {
            "intent": _intent(turn.intent),
            "intent_ranking": [_intent(one) for one in ranking],
            "entities": [_some(entity, _OF_ENTITIES) for entity in turn.parse_data.get("entities") or ()],
            "actions": [event.get("name") for event in turn.of_type("action")],
            "api_calls": [call for report in reports for call in report.get("api_calls") or ()],
            "llm": [report["llm"] for report in reports if report.get("llm")],
            "answers": [_answer(bot) for bot in turn.of_type("bot")],
            "error": {"type": record.error_type, "code": record.error_code} if record.error_type else None,
            "times": {
                "whole": whole,
                "actions": [_some(report, ("action", "ms")) for report in reports if "ms" in report],
            },
            "model": self._assistant.model_id,
        }


def _reports(turn: Turn) -> list[dict[str, Any]]:
    """Return what each action reported; it stands on every message that the action sent."""
    reports: list[dict[str, Any]] = []
    for bot in turn.of_type("bot"):
        report = (bot.get("metadata") or {}).get("turn")
        if isinstance(report, dict) and report not in reports[-1:]:
            reports.append(report)
    return reports


def _intent(intent: Event) -> dict[str, Any]:
    return {"name": intent.get("name"), "confidence": intent.get("confidence")}


def _answer(bot: Event) -> dict[str, Any]:
    return _some({"text": bot.get("text"), **(bot.get("data") or {})}, _OF_ANSWERS)


def _some(mapping: Event, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: mapping[name] for name in names if mapping.get(name) is not None}
