"""The base of every action: it answers, whatever happens."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
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
from actions.phrasing.templates import load_templates
from actions.services import Services, get_services
from actions.settings import get_settings

logger = logging.getLogger(__name__)

Events = list[dict[str, Any]]

_ANSWERS: Mapping[type[AssistantError], str] = {
    ServiceUnavailable: "utter_servicio_no_disponible",
    NotFound: "utter_no_encontrado",
    VerificationRequired: "utter_verificacion_necesaria",
    Refused: "utter_rechazado",
    Misunderstood: "utter_error",
}


class BaseAction(Action, ABC):
    """An action that never leaves the customer without an answer.

    Subclasses give `action_name` and `answer`. A failure that leaves `answer` is told to the customer with the
    response that fits it and reaches the conversation log as a typed error.
    """

    action_name: ClassVar[str]

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
        try:
            events = await self.answer(turn)
        except AssistantError as error:
            events = self.recover(turn, error)
        except Exception as error:  # noqa: BLE001  (the one last resort: an apology and a trace for us)
            # The traceback's own text may quote the customer, so only where it happened is logged.
            logger.error("%s failed: %s at %s", self.name(), type(error).__name__, _where(error))
            events = self.recover(turn, AssistantError())
        await self._send(turn, dispatcher)
        return events

    @abstractmethod
    async def answer(self, turn: Turn) -> Events:
        """Says what there is to say and gives the events for the tracker."""

    def recover(self, turn: Turn, error: AssistantError) -> Events:
        """Tells the customer of a failure; subclasses add what becomes of their form."""
        turn.error = error
        turn.said.clear()
        refusal = f"utter_rechazado_{error.code}"
        known = isinstance(error, Refused) and refusal in load_templates()
        turn.say(refusal if known else _ANSWERS.get(type(error), "utter_error"))
        return []

    async def _send(self, turn: Turn, dispatcher: CollectingDispatcher) -> None:
        if turn.names_card and turn.is_first_action:
            turn.said.insert(0, Said("utter_tarjeta_en_el_chat", {}))
        texts, llm = await turn.services.phraser.reword(turn.said)
        entry = turn.log_entry(self.name(), llm)
        for said, text in zip(turn.said, texts, strict=True):
            words = {"text": text} if text else {"response": said.response, **said.facts}
            dispatcher.utter_message(buttons=list(said.buttons), turn=entry, hands_over=turn.hands_over, **words)


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "unknown place"
