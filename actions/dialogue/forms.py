"""The base of every form: reads a message into the form's slots, and decides what is asked next.

Rasa runs `validate_<intent>_form` when the form opens, after each message while it is open, and when it goes on
after an interruption. Everything is decided here: which values the message brought, whether it was an answer at
all, what is missing. Questions are the domain's `utter_ask_<slot>`; the confirmation is asked here, with its facts.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from actions.dialogue.base import BaseAction, Events
from actions.dialogue.fields import Field
from actions.dialogue.state import CHANGE, CONFIRMATION, FAILURES, OPTION, RESUMING, RETRY, FormState
from actions.dialogue.turn import Turn
from actions.errors import ApiError, NotFound, ServiceUnavailable
from actions.internal_api.models import KnownContact
from actions.values import Read, Unclear, read_confirmacion
from actions.values.result import NOTHING_SAID

ANSWERING = frozenset({"informar", "afirmar", "negar", "corregir", "nlu_fallback", ""})
ASKING = frozenset({"consultar_horarios", "consultar_paquetes", "ayuda"})
LEAVING = frozenset({"olvidar", "hablar_con_persona", "despedida"})
SURE = 0.9


class BaseForm(BaseAction):
    """A form: its fields, its check against the business, its confirmation.

    Attributes:
        intent: the stem; the form is `<intent>_form`.
        fields: what it reads, in the order in which it asks.
        confirms: whether it asks before it is complete.
    """

    intent: ClassVar[str]
    fields: ClassVar[Sequence[Field]]
    confirms: ClassVar[bool] = False

    def name(self) -> str:
        """Gives the name under which Rasa calls the form's validation."""
        return f"validate_{self.form}"

    @property
    def form(self) -> str:
        """The form's name in domain.yml."""
        return f"{self.intent}_form"

    @abstractmethod
    async def check(self, turn: Turn, state: FormState) -> None:
        """Checks what is known so far against the business; drops what cannot be, and says why."""

    async def confirm(self, turn: Turn, state: FormState) -> None:
        """Asks whether to go on, stating every fact."""

    def required(self, state: FormState) -> Sequence[str]:
        """Gives the names of the fields to ask for, in order."""
        return [field.name for field in self.fields if field.required]

    async def fields_for(self, turn: Turn) -> Sequence[Field]:
        """Gives the fields for this message; a form that reads relative to the business overrides it."""
        return self.fields

    async def answer(self, turn: Turn) -> Events:
        """Reads the message and gives the form's slots and its next question."""
        state = FormState.of(turn, self.form, [field.name for field in self.fields])
        if state.returning or state.resuming:
            await self._resume(turn, state)
            return state.events()
        if state.opening:
            await self._open(turn, state)
        asked = state.asked
        found = await self._find(turn, asked)
        if asked and self._is_interruption(turn, asked, found):
            return []
        progressed = self._apply(turn, state, found)
        progressed = self._answer_to_confirmation(turn, state, asked, progressed) or progressed
        if asked and not progressed:
            self._explain(turn, state, asked, found)
        else:
            state.set(FAILURES, 0)
        await self._decide(turn, state, check=True)
        return state.events()

    async def _resume(self, turn: Turn, state: FormState) -> None:
        # The message belonged to what came between: nothing of it is read here.
        question = state.resuming or state.asked
        if question in (RETRY, OPTION):
            state.ask(question)
        state.forget(RESUMING)
        await self._decide(turn, state, check=False)

    async def _open(self, turn: Turn, state: FormState) -> None:
        state.begin(turn)
        names = {field.name for field in self.fields}
        if "email" in names and not state.get("email") and turn.contact_phone:
            try:
                contact: KnownContact = await turn.api().contact()
            except ApiError:
                # Knowing the contact spares a question; not knowing costs nothing.
                return
            if contact.email:
                state.set("email", contact.email)

    async def _find(self, turn: Turn, asked: str | None) -> Mapping[str, Read[Any] | Unclear]:
        found: dict[str, Read[Any] | Unclear] = {}
        for field in await self.fields_for(turn):
            text = "" if turn.is_payload else turn.text
            result = field.find(turn.spans(field.name), text, field.name == asked, turn.reading)
            if result is not None:
                found[field.name] = result
        return found

    def _is_interruption(self, turn: Turn, asked: str, found: Mapping[str, Read[Any] | Unclear]) -> bool:
        if turn.intent in ANSWERING or turn.intent == self.intent:
            return False
        if turn.intent in LEAVING:
            return True
        if asked in (CONFIRMATION, RETRY, CHANGE) and isinstance(read_confirmacion(turn.text), Read):
            return False
        if isinstance(found.get(asked), Read):
            return turn.intent in ASKING and turn.confidence >= SURE and "?" in turn.text
        return True

    def _apply(self, turn: Turn, state: FormState, found: Mapping[str, Read[Any] | Unclear]) -> bool:
        read = {field.name: field for field in self.fields}
        progressed = False
        for name, result in found.items():
            if isinstance(result, Read):
                state.set(name, read[name].store(result.value))
                progressed = True
        return self.choose_option(turn, state) or progressed

    def choose_option(self, turn: Turn, state: FormState) -> bool:
        """Takes one of the offers made before, when the message names one; gives whether it did."""
        return False

    def _answer_to_confirmation(self, turn: Turn, state: FormState, asked: str | None, changed: bool) -> bool:
        if asked not in (CONFIRMATION, RETRY, CHANGE) or changed:
            return False
        answer = _yes_or_no(turn)
        if answer is None:
            return False
        if asked == CONFIRMATION and not answer:
            state.ask(CHANGE)
        elif not answer:
            state.finish(confirmed=False)
        elif asked == CONFIRMATION:
            state.finish(confirmed=True)
        return True

    def _explain(self, turn: Turn, state: FormState, asked: str, found: Mapping[str, Read[Any] | Unclear]) -> None:
        failures = int(state.get(FAILURES) or 0) + 1
        state.set(FAILURES, failures)
        problem = found.get(asked)
        if failures >= 3:
            turn.say("utter_ofrecer_persona")
        elif failures == 2:
            turn.say(f"utter_explicar_{asked}")
        elif isinstance(problem, Unclear) and problem != NOTHING_SAID:
            turn.say(f"utter_problema_{problem.reason}")
        else:
            turn.say("utter_no_entendi_respuesta")

    async def _decide(self, turn: Turn, state: FormState, *, check: bool) -> None:
        try:
            if check and not state.finished:
                await self.check(turn, state)
            await self._ask_next(turn, state)
        except ServiceUnavailable as error:
            turn.error = error
            turn.say("utter_servicio_no_disponible")
            state.ask(RETRY)
        except NotFound as error:
            turn.error = error
            self.not_found(turn, state)
            if not state.next_question:
                state.ask(self._missing(state))

    def not_found(self, turn: Turn, state: FormState) -> None:
        """Says that nothing fits what the customer gave, and drops it so that it is asked for again."""
        turn.say("utter_no_encontrado")

    async def _ask_next(self, turn: Turn, state: FormState) -> None:
        if state.finished or state.next_question:
            return
        missing = self._missing(state)
        if missing or not self.confirms:
            state.ask(missing)
            return
        await self.confirm(turn, state)
        if not state.finished:
            state.ask(CONFIRMATION)

    def _missing(self, state: FormState) -> str | None:
        return next((name for name in self.required(state) if state.get(name) is None), None)


def _yes_or_no(turn: Turn) -> bool | None:
    if turn.intent in ("afirmar", "negar") and turn.confidence >= SURE:
        return turn.intent == "afirmar"
    result = read_confirmacion(turn.text)
    if isinstance(result, Read):
        return bool(result.value)
    return {"afirmar": True, "negar": False}.get(turn.intent)


class BaseSubmission(BaseAction):
    """What is done once a form is complete; `action_<intent>`.

    Attributes:
        form: the form it belongs to.
    """

    form: ClassVar[type[BaseForm]]

    def name(self) -> str:
        """Gives `action_<intent>`."""
        return f"action_{self.form.intent}"

    @abstractmethod
    async def submit(self, turn: Turn, values: Mapping[str, Any]) -> None:
        """Does what the form was for and says what came of it.

        Args:
            turn: the turn.
            values: the form's values by field name, None where nothing was said.
        """

    async def answer(self, turn: Turn) -> Events:
        """Does it, unless the customer left; then empties the form."""
        state = FormState.of(turn, f"{self.form.intent}_form", [f.name for f in self.form.fields])
        if state.declined or (self.form.confirms and not state.confirmed):
            turn.say("utter_sin_cambios")
            return state.close(turn)
        values = {f.name: None if (v := state.get(f.name)) is None else f.load(v) for f in self.form.fields}
        try:
            await self.submit(turn, values)
        except ServiceUnavailable as error:
            turn.error = error
            turn.said.clear()
            turn.say("utter_servicio_no_disponible")
            return state.keep_for_retry()
        except ApiError as error:
            return self.recover(turn, error) + self.after_refusal(turn, state, error)
        return state.close(turn)

    def after_refusal(self, turn: Turn, state: FormState, error: ApiError) -> Events:
        """Gives what becomes of the form when the business refused; by default it is closed."""
        return state.close(turn)
