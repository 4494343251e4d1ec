"""The base of every form: reads a message into the form's slots, and decides what is asked next.

Rasa runs `validate_<intent>_form` when the form opens, after each message while it is open, and when it goes on
after an interruption. Everything is decided here: which values the message brought, whether it was an answer at
all, what is missing. Questions are the domain's `utter_ask_<slot>`; the confirmation is asked here, with its facts.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from rasa_sdk.events import SlotSet

from actions.dialogue import verification
from actions.dialogue.base import BaseAction, Events, tell_beside
from actions.dialogue.fields import Field
from actions.dialogue.meaning import (
    Found,
    asks_again,
    contact_of,
    declines_offer,
    gives_up,
    interrupts,
    remark_on,
    yes_or_no,
)
from actions.dialogue.problems import ask_named, explain, likely_wrong, say_not_found, tell_problems, weighed
from actions.dialogue.state import (
    CHANGE,
    CHOSEN,
    CONFIRMATION,
    FAILURES,
    NEXT,
    OPTION,
    OPTIONS,
    RESUMING,
    RETRY,
    SECOND,
    TRIED,
    VERIFY,
    FormState,
)
from actions.dialogue.turn import CODE, Said, Turn
from actions.dialogue.turning import take_up, turns
from actions.errors import ApiError, NotFound, Refused, VerificationRequired
from actions.phrasing.templates import load_templates
from actions.values import Read, Unclear

# What was refused for one of the customer's values is asked for again.
REFUSED_FOR = {"group_too_large": ("tamaño_grupo",)}


class BaseForm(BaseAction):
    """A form: its fields, its check against the business, its confirmation.

    Attributes:
        intent: the stem; the form is `<intent>_form`.
        fields: what it reads, in the order in which it asks.
        confirms: whether it asks before it is complete.
        no_means_change: whether a no to that question may mean "something else" rather than "leave it".
    """

    intent: ClassVar[str]
    fields: ClassVar[Sequence[Field]]
    confirms: ClassVar[bool] = False
    no_means_change: ClassVar[bool] = True

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
        take_up(turn, self.intent, state)
        if state.returning or state.resuming in (RETRY, OPTION, NEXT, VERIFY):
            await self._resume(turn, state)
            return state.events()
        if turn.names_card:
            # Whatever else the message says is left alone: the flow stands still until it is said without a card.
            await self._stand_still(turn, state)
            return state.events()
        if state.asked == CODE and verification.is_awaited(state) and verification.concerns_code(turn):
            turn.understood = True
            await self._take_code(turn, state)
            return state.events()
        if turns(turn, self.intent, state):
            turn.understood = True
            return state.events()
        # What was chosen before the form opened has been read already.
        found = {} if state.resuming == CHOSEN else await self._find(turn, state.asked)
        if state.asked and (remark := remark_on(turn, self.intent, state.asked, found)):
            turn.understood = True
            turn.say(remark)
            await self._resume(turn, state)
            return state.events()
        if state.asked and interrupts(turn, self.intent, state.asked, found):
            return []
        if state.asked and asks_again(turn, self.intent, found):
            turn.understood = True
            await self._resume(turn, state)
            return state.events()
        if state.asked == OPTION and declines_offer(turn, self.intent, found):
            turn.understood = True
            state.forget(OPTIONS, "fecha", "hora")
            state.ask("fecha")
            return state.events()
        if state.opening:
            await self._open(turn, state)
        await self._take(turn, state, found)
        await self._decide(turn, state, check=True)
        return state.events()

    async def serve_beside(self, turn: Turn, second: str) -> Events:
        """Tells the message's second wish before the form's question, or keeps it until the form is closed."""
        if told := await tell_beside(turn, second):
            turn.said[:0] = told
            return []
        turn.said.insert(
            0, Said("utter_primero_y_luego", {"deseo": load_templates()[f"utter_titulo_{second}"][0].text})
        )
        return [SlotSet(SECOND, {key: turn.wishes.messages[second][key] for key in ("text", "entities", "intent")})]

    async def _stand_still(self, turn: Turn, state: FormState) -> None:
        if state.opening:
            await self._open(turn, state)
        await self._resume(turn, state)

    async def _take(self, turn: Turn, state: FormState, found: Found) -> None:
        """Keeps what was read, says what could not be, and understands a yes or a no."""
        if state.asked and gives_up(turn, self.intent):
            turn.say("utter_queda_en_duda" if state.in_doubt else "utter_olvidado")
            state.leave()
            return
        progressed = self._apply(turn, state, found)
        is_news = state.changed(*(field.name for field in self.fields))
        if state.confirmed and is_news:
            # The yes was to something else.
            state.forget(CONFIRMATION)
            if state.in_doubt:
                turn.say("utter_queda_en_duda")
                state.begin_anew()
        # "Sí, con tarjeta" repeats what was stated, and "sí, todo bien" asks for no total.
        progressed = self._answer_to_confirmation(turn, state, is_news) or progressed
        told = not state.finished and tell_problems(turn, state, found, self.required(state))
        if state.asked and not progressed:
            explain(turn, state, told)
        else:
            turn.understood = progressed
            state.set(FAILURES, 0)

    async def _resume(self, turn: Turn, state: FormState) -> None:
        # The message belonged to what came between: nothing of it is read here.
        question = state.resuming or state.asked
        state.forget(RESUMING)
        if question == RETRY:
            state.ask(RETRY)
        if question == VERIFY:
            await self._verify(turn, state)
        if question == OPTION and state.get(OPTIONS):
            if not state.opening:
                self.offer_again(turn, state)
            state.ask(OPTION)
        # A form may ask for more than it requires, like the new name of somebody who wants to change it.
        if question and any(f.name == question for f in self.fields) and state.get(question) is None:
            state.ask(question)
        await self._decide(turn, state, check=False)

    async def _open(self, turn: Turn, state: FormState) -> None:
        state.begin(turn)
        if not state.get("email") and any(field.name == "email" for field in self.fields):
            contact = await contact_of(turn)
            state.set("email", contact.email if contact else None)

    async def _find(self, turn: Turn, asked: str | None) -> Found:
        found: dict[str, Read[Any] | Unclear] = {}
        for field in await self.fields_for(turn):
            text = "" if turn.is_payload else turn.text
            result = field.find(turn.spans(field.name), text, field.name == asked, turn.reading)
            if result is not None:
                found[field.name] = result
        return weighed(turn, self.intent, asked, found)

    def _apply(self, turn: Turn, state: FormState, found: Found) -> bool:
        stores = {field.name: field.store for field in self.fields}
        read = {name: result for name, result in found.items() if isinstance(result, Read)}
        for name, result in read.items():
            state.set(name, stores[name](result.value))
        return self.read_together(turn, state) or bool(read)

    def read_together(self, turn: Turn, state: FormState) -> bool:
        """Reads what no single field can, like an offer chosen by its place; gives whether there was something."""
        return False

    def offer_again(self, turn: Turn, state: FormState) -> None:
        """Puts the offers made before once more, after something came between."""

    def _answer_to_confirmation(self, turn: Turn, state: FormState, changed: bool) -> bool:
        if state.asked not in (CONFIRMATION, RETRY, CHANGE) or changed:
            return False
        if state.asked == CHANGE and ask_named(turn, state, self.required(state)):
            return True
        answer = yes_or_no(turn, self.intent)
        if answer is None:
            return False
        if state.asked == CONFIRMATION and not answer and self.no_means_change:
            if not ask_named(turn, state, self.required(state)):
                state.ask(CHANGE)
        elif not answer:
            state.finish(confirmed=False)
        elif state.asked == CONFIRMATION or state.confirmed:
            state.finish(confirmed=True)
        return True

    async def _decide(self, turn: Turn, state: FormState, *, check: bool) -> None:
        if state.asked == CODE and verification.is_awaited(state) and not state.finished and not state.next_question:
            state.ask(CODE)
            return
        try:
            if check and not state.finished:
                await self.check(turn, state)
            await self._ask_next(turn, state)
        except ApiError as error:
            await self._answer_for(turn, state, error)

    async def _take_code(self, turn: Turn, state: FormState) -> None:
        try:
            is_proven = await verification.take(turn, state)
        except ApiError as error:
            await self._answer_for(turn, state, error)
            return
        if is_proven:
            state.set(FAILURES, 0)
            await self._decide(turn, state, check=not state.confirmed)

    async def _verify(self, turn: Turn, state: FormState) -> None:
        try:
            await verification.begin(turn, state)
        except ApiError as error:
            await self._answer_for(turn, state, error)

    async def _answer_for(self, turn: Turn, state: FormState, error: ApiError) -> None:
        """Tells of what the business system did not do, and decides how the form goes on."""
        turn.error = error
        if isinstance(error, VerificationRequired):
            await self._verify(turn, state)
        elif isinstance(error, NotFound):
            await self.not_found(turn, state)
            if not state.next_question:
                state.ask(self._missing(state))
        elif isinstance(error, Refused):
            self.recover(turn, error)
            for name in REFUSED_FOR.get(error.code, ()):
                state.forget(name)
                state.ask(name)
            if not state.next_question:
                state.leave()
        else:
            # Whether it does not answer or cannot be understood: what comes next is the offer to try again.
            turn.say("utter_servicio_no_disponible")
            state.ask(RETRY)

    async def not_found(self, turn: Turn, state: FormState) -> None:
        """Says that nothing fits what the customer gave, and drops what is likeliest wrong."""
        say_not_found(turn, again=state.tried_again)
        state.set(TRIED, True)
        state.forget(*await likely_wrong(turn, state))

    async def _ask_next(self, turn: Turn, state: FormState) -> None:
        if state.finished or state.next_question:
            return
        missing = self._missing(state)
        if state.asked == OPTION and missing in ("fecha", "hora") and state.get(OPTIONS) and not state.changed("fecha"):
            # Something else was told; the offer still stands.
            self.offer_again(turn, state)
            state.ask(OPTION)
            return
        if missing or not self.confirms or state.confirmed:
            state.ask(missing)
            return
        await self.confirm(turn, state)
        if not state.finished:
            state.ask(CONFIRMATION)

    def _missing(self, state: FormState) -> str | None:
        return next((name for name in self.required(state) if state.get(name) is None), None)
