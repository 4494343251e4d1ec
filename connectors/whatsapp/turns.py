"""A turn: what a customer wrote goes through Rasa and comes back as answers."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from connectors.cleaning import as_plain_text
from connectors.errors import ActionServerUnavailable, ConnectorError, TurnFailed
from connectors.turn_note import note_intent
from connectors.whatsapp.buttons import Offer, chosen_payload
from connectors.whatsapp.composing import Answer
from connectors.whatsapp.inbound import InboundMessage, Kind
from connectors.whatsapp.inbox import ClaimedTurn
from connectors.whatsapp.output import TurnOutput
from connectors.whatsapp.texts import Texts

CHANNEL_NAME = "whatsapp"
TYPING_AFTER = 1.0
MAX_SECONDS = 60.0
ATTACHMENT_INTENT = "enviar_adjunto"
ATTACHMENT_ENTITY = "tipo_adjunto"

logger = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class Assistant:
    """Rasa, as a turn needs it.

    Attributes:
        handle: has it answer a message, by the message's output channel.
        tracker: gives what is stored of a conversation; None if nothing is.
        publish: hands an event to the event broker.
    """

    handle: Callable[[UserMessage], Awaitable[Any]]
    tracker: Callable[[str], Awaitable[DialogueStateTracker | None]]
    publish: Callable[[dict[str, Any]], None] = lambda _: None


class Turns:
    """Runs turns, none of which ends without an answer."""

    def __init__(
        self,
        assistant: Assistant,
        texts: Texts,
        show_typing: Callable[[str], Coroutine[Any, Any, None]],
        media_size: Callable[[str], Awaitable[int | None]],
        ask_patience: Callable[[ClaimedTurn], Coroutine[Any, Any, None]],
        patience_after: float,
        typing_after: float = TYPING_AFTER,
        max_seconds: float = MAX_SECONDS,
    ) -> None:
        self._assistant = assistant
        self._texts = texts
        self._show_typing = show_typing
        self._media_size = media_size
        self._ask_patience = ask_patience
        self._patience_after = patience_after
        self._typing_after = typing_after
        self._max_seconds = max_seconds

    async def run(self, turn: ClaimedTurn, offer: Offer) -> list[Answer]:
        """Return what the assistant answers, ending with an apology if it stays silent.

        A repeated turn that was stored the first time is not done again: its answers are read back.

        Args:
            turn: What the customer wrote.
            offer: The buttons that the customer was given last.

        Raises:
            TurnFailed: the assistant broke or took more than a minute.
        """
        work = asyncio.ensure_future(self._answers(turn, offer))
        try:
            await self._wait_for(work, turn)
        finally:
            if not work.done():
                work.cancel()
                await asyncio.wait({work})
        if work.cancelled():
            raise TurnFailed(f"it took longer than {self._max_seconds:.0f} s")
        if error := work.exception():
            is_away = isinstance(error, ActionServerUnavailable) and error.is_away
            raise TurnFailed(described(error), is_no_fault_of_it=is_away) from error
        return work.result()

    def note_failure(self, turn: ClaimedTurn) -> None:
        """Have the conversation log know of a turn that is given up, which Rasa never stored."""
        message = turn.messages[0]
        error = {"type": "rasa", "code": "turn_given_up"}
        for event in (
            {
                "event": "user",
                "text": "\n".join(filter(None, map(_text, turn.messages))) or f"[{message.kind.value}]",
                "input_channel": CHANNEL_NAME,
                "message_id": turn.sid,
                "metadata": message.metadata,
            },
            {"event": "bot", "text": self._texts.parked, "metadata": {"turn": {"error": error}}},
            {"event": "action", "name": "action_listen"},
        ):
            self._assistant.publish({"sender_id": turn.contact, "timestamp": time.time(), **event})

    async def _answers(self, turn: ClaimedTurn, offer: Offer) -> list[Answer]:
        first = turn.messages[0]
        preface = [Answer(self._texts.captioned)] if first.kind is not Kind.TEXT and _text(first) else []
        answers = await self._stored_answers(turn) if turn.is_repeated else None
        if answers is None:
            message = await self._user_message(turn, offer)
            await self._assistant.handle(message)
            answers = message.output_channel.answers
        said = _until_handed_over([answer for answer in answers if answer])
        if not said:
            logger.warning("turn %s ended without an answer", turn.sid)
        return [*preface, *(said or [Answer(self._texts.no_answer)])]

    async def _user_message(self, turn: ClaimedTurn, offer: Offer) -> UserMessage:
        message = turn.messages[0]
        metadata = message.metadata | {"message_sids": [one.sid for one in turn.messages]}
        metadata["media"] = [{**item, "size": await self._media_size(item["url"])} for item in metadata["media"]]
        kind = Kind.EMPTY if message.kind is Kind.TEXT and not _text(message) else message.kind
        parse_data = None
        payload = chosen_payload(offer, message) if len(turn.messages) == 1 else None
        if message.choice and not payload:
            # Its title goes on as if typed; a yes to what was asked long ago must not count for what is asked now.
            metadata["late_tap"] = True
        if payload:
            text = payload
        elif kind is Kind.TOO_LONG or not _text(message):
            text, parse_data = f"[{kind.value}]", _attachment(kind)
        else:
            text = "\n".join(filter(None, map(_text, turn.messages)))
        return UserMessage(
            text,
            TurnOutput(),
            turn.contact,
            parse_data=parse_data,
            input_channel=CHANNEL_NAME,
            message_id=turn.sid,
            metadata=metadata,
        )

    async def _wait_for(self, work: asyncio.Future[Any], turn: ClaimedTurn) -> None:
        """Wait until the work is done or has taken too long, and tell the customer meanwhile that it goes on."""
        signs = [asyncio.create_task(_later(self._typing_after, self._show_typing, turn.messages[-1].sid))]
        if self._patience_after:
            # From when it was written on; who waited long for the turn to begin may hear its answer at once.
            left = max(self._patience_after - turn.waited, min(self._patience_after, self._typing_after))
            signs.append(asyncio.create_task(_later(left, self._ask_patience, turn)))
        try:
            await asyncio.wait({work}, timeout=self._max_seconds)
        finally:
            for sign in signs:
                sign.cancel()
            await asyncio.gather(*signs, return_exceptions=True)

    async def _stored_answers(self, turn: ClaimedTurn) -> list[Answer] | None:
        """Return what was answered when the turn was done before; None if it never came to its end.

        Rasa stores a turn as a whole: where its message is stored, all its effects are.
        """
        tracker = await self._assistant.tracker(turn.contact)
        events = list(tracker.events) if tracker else []
        ids = [event.message_id if isinstance(event, UserUttered) else None for event in events]
        if turn.sid not in ids:
            return None
        output = TurnOutput()
        note_intent(events[ids.index(turn.sid)].intent_name)
        for event in events[ids.index(turn.sid) + 1 :]:
            if isinstance(event, UserUttered):
                break
            if isinstance(event, BotUttered):
                await output.send_response(turn.contact, event.message())
        logger.info("turn %s was done before; its answers are taken from its conversation", turn.sid)
        return output.answers


async def _later(seconds: float, do: Callable[[T], Coroutine[Any, Any, None]], what: T) -> None:
    await asyncio.sleep(seconds)
    await do(what)


def described(error: BaseException) -> str:
    """Return what an operator needs to find the error, without its words: they may quote the customer."""
    if isinstance(error, ConnectorError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def _until_handed_over(answers: list[Answer]) -> list[Answer]:
    """Return what is said up to the handover: a form that asks its question again then would get no answer read."""
    ends = [number for number, answer in enumerate(answers, start=1) if answer.hands_over]
    return answers[: ends[-1]] if ends else answers


def _text(message: InboundMessage) -> str:
    return as_plain_text(message.text or (message.choice.title if message.choice else ""))


def _attachment(kind: Kind) -> dict[str, Any]:
    """Return the understanding of what has no words, so that Rasa need not guess at it."""
    intent = {"name": ATTACHMENT_INTENT, "confidence": 1.0}
    entity = {"entity": ATTACHMENT_ENTITY, "value": kind.value, "start": 1, "end": 1 + len(kind.value)}
    return {"text": f"[{kind.value}]", "intent": intent, "intent_ranking": [intent], "entities": [entity]}
