"""The base of every action: it answers, whatever happens."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.dialogue.turn import Said, Turn
from actions.errors import (
    AssistantError,
    Misunderstood,
    NotFound,
    Refused,
    ServiceUnavailable,
    VerificationRequired,
)
from actions.llm.report import joined, report
from actions.metrics import get_metrics
from actions.phrasing.templates import load_templates
from actions.services import Services, get_services
from actions.settings import get_settings
from privacy.logs import within_turn

logger = structlog.get_logger(__name__)

Events = list[dict[str, Any]]

# What a customer hears of a failure where nothing better is known.
_ANSWERS: Mapping[type[AssistantError], str] = {
    ServiceUnavailable: "utter_servicio_no_disponible",
    NotFound: "utter_no_encontrado",
    VerificationRequired: "utter_verificacion_necesaria",
    Refused: "utter_rechazado",
    Misunderstood: "utter_error",
}


class BaseAction(Action, ABC):
    """An action that never leaves the customer without an answer.

    Subclasses give `action_name` and `answer`, and the `intent` that they serve if a message may hold another wish
    besides, which is then served after it. A failure that leaves `answer` is told to the customer with the
    response that fits it and reaches the conversation log as a typed error.
    """

    action_name: ClassVar[str]
    intent: ClassVar[str] = ""

    def __init__(self, services: Services | None = None) -> None:
        self._services = services
        if services is None:
            # The action server makes every action as it starts: a setting that cannot be used stops it there.
            get_settings()

    def name(self) -> str:
        """Gives the action's name in domain.yml."""
        return self.action_name

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]) -> Events:
        """Answers one message; never raises, because Rasa would drop the turn without a word."""
        turn = Turn(tracker, self._services or get_services())
        with within_turn(turn.message_id):
            events = await self._serve(turn)
            await self._send(turn, dispatcher, events)
            self._report(turn)
        return events

    async def _serve(self, turn: Turn) -> Events:
        turn.attend_to(self.intent)
        try:
            events = await self.answer(turn)
            if second := turn.wishes.after(self.intent):
                events = [*events, *await self.serve_beside(turn, second)]
        except AssistantError as error:
            events = self.recover(turn, error)
        except Exception as error:  # noqa: BLE001  (the one last resort: an apology and a trace for us)
            # The traceback's own text may quote the customer, so only where it happened is logged.
            logger.error("action.broke", action=self.name(), error=type(error).__name__, at=where(error))
            events = self.recover(turn, AssistantError())
        return events

    @abstractmethod
    async def answer(self, turn: Turn) -> Events:
        """Says what there is to say and gives the events for the tracker."""

    async def serve_beside(self, turn: Turn, second: str) -> Events:
        """Serves the message's second wish: tells it at once, or opens its form."""
        if told := await tell_beside(turn, second):
            turn.said += told
            return []
        return [FollowupAction(f"{second}_form")]

    def recover(self, turn: Turn, error: AssistantError) -> Events:
        """Tells the customer of a failure; subclasses add what becomes of their form."""
        turn.error = error
        turn.said.clear()
        if isinstance(error, Refused) and (response := f"utter_rechazado_{error.code}") in load_templates():
            turn.say(response)
        elif isinstance(error, Refused) and error.refusal.customer_message:
            turn.say("utter_rechazado_motivo", motivo=error.refusal.customer_message)
        else:
            turn.say(_ANSWERS.get(type(error), "utter_error"))
        return []

    async def _send(self, turn: Turn, dispatcher: CollectingDispatcher, events: Events) -> None:
        if turn.names_card and turn.is_first_action:
            turn.said.insert(0, Said("utter_tarjeta_en_el_chat", {}))
        heard = "" if turn.is_payload else turn.text
        texts, rewording = await turn.services.phraser.reword(turn.said, heard, turn.model_time_left())
        llm = joined(report(turn.model_calls), rewording)
        get_metrics().phrasing(len(turn.said), llm)
        entry = turn.log_entry(self.name(), llm)
        if not turn.said and (turn.api_calls or turn.model_calls or turn.understood):
            # A form that leaves its question to Rasa says nothing: what it reports travels with a slot.
            slot = next((event for event in events if event.get("event") == "slot"), {})
            slot["metadata"] = {"turn": entry}
        for said, text in zip(turn.said, texts, strict=True):
            # Rasa notes the name of a response itself, but not of its rewording.
            words = {"text": text, "utter_action": said.response} if text else {"response": said.response, **said.facts}
            dispatcher.utter_message(buttons=list(said.buttons), turn=entry, hands_over=turn.hands_over, **words)

    def _report(self, turn: Turn) -> None:
        """Tells log and metrics what became of the action; neither learns what was said."""
        error, seconds = turn.error, time.perf_counter() - turn.started
        get_metrics().action(self.name(), error, seconds)
        facts = {"outcome": error.kind, "code": error.code} if error else {"outcome": "ok"}
        logger.info("action.done", action=self.name(), intent=turn.intent, ms=round(seconds * 1000), **facts)


class InformingAction(BaseAction):
    """An action that only tells what was asked for, and so can do it beside something else."""

    known: ClassVar[dict[str, type[InformingAction]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        InformingAction.known[cls.intent] = cls


async def tell_beside(turn: Turn, intent: str) -> list[Said]:
    """Gives what there is to tell of a message's second wish; nothing where it takes a form."""
    action = InformingAction.known.get(intent)
    if action is None:
        return []
    other, informing = turn.beside(intent), action(turn.services)
    try:
        await informing.answer(other)
    except AssistantError as error:
        # Not to be told of it is no reason to lose the first wish.
        informing.recover(other, error)
        turn.error = error
    return other.said


def where(error: BaseException) -> str:
    """Gives the line of code where an error came up."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "unknown place"
