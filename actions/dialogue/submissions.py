"""The base of what is done once a form is complete."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from actions.dialogue.base import BaseAction, Events
from actions.dialogue.forms import BaseForm
from actions.dialogue.state import FormState
from actions.dialogue.turn import Turn
from actions.errors import ApiError, NotFound, ServiceUnavailable, VerificationRequired


class BaseSubmission(BaseAction):
    """What is done once a form is complete; `action_<intent>`.

    Attributes:
        form: the form it belongs to.
        declined_response: what is said when the customer left it.
    """

    form: ClassVar[type[BaseForm]]
    declined_response: ClassVar[str] = "utter_sin_cambios"

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
            if not state.told:
                turn.say("utter_queda_en_duda" if state.in_doubt else self.declined_response)
            return state.close(turn)
        values = {f.name: None if (v := state.get(f.name)) is None else f.load(v) for f in self.form.fields}
        try:
            await self.submit(turn, values)
        except VerificationRequired as error:
            turn.error = error
            turn.said.clear()
            return state.keep_for_verification()
        except ApiError as error:
            if isinstance(error, ServiceUnavailable) or error.is_open:
                turn.error = error
                turn.said.clear()
                turn.say("utter_servicio_no_disponible")
                return state.keep_for_retry(in_doubt=error.is_open)
            return self.recover(turn, error) + await self.after_refusal(turn, state, error)
        return state.close(turn)

    async def after_refusal(self, turn: Turn, state: FormState, error: ApiError) -> Events:
        """Gives what becomes of the form when the business refused; by default it is closed."""
        return state.close(turn, accepted=not isinstance(error, NotFound))
