"""Calling the action server: quickly, and without losing a turn when it does not answer."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

RASAS_ACTIONS = "rasa.core.actions.action"


class ActionNotDone(BaseException):
    """A custom action was not done, and the turn must not go on as if it had been.

    Not an `Exception`: Rasa catches those, goes on without the action and stores the turn, so that the
    customer's message is spent. `TurnLoop` makes an ordinary error of it.

    Attributes:
        is_away: whether the action server could not be reached at all.
    """

    def __init__(self, reason: str, *, is_away: bool = False) -> None:
        super().__init__(reason)
        self.is_away = is_away


def mend_remote_actions() -> None:
    """Have Rasa end a turn whose custom action was not done, and check what actions answer in no time.

    Rasa checks its own constant schema anew at every custom action: 40 ms in which nothing else happens,
    for a check that takes 0.03. Where Rasa's actions are not loaded, or it was done before, nothing changes.
    """
    module = sys.modules.get(RASAS_ACTIONS)
    # Loading them would bring TensorFlow.
    if module is None or getattr(module.RemoteAction, "is_mended", False):
        return
    check = Draft202012Validator(module.RemoteAction.action_response_format_spec()).validate
    run = module.RemoteAction.run

    def validate(self: Any, result: dict[str, Any]) -> bool:
        try:
            check(result)
        except ValidationError:
            # Its own words quote the answer, and so the customer.
            raise ActionNotDone(f"'{self.name()}': the answer has not the form that Rasa expects") from None
        return True

    async def run_or_end(self: Any, *arguments: Any, **named: Any) -> Any:
        try:
            return await run(self, *arguments, **named)
        except module.ActionExecutionRejection:
            raise
        except (module.RasaException, OSError, asyncio.TimeoutError) as exc:
            # Rasa makes one kind of exception of a server that is away and of one that answers 500.
            is_away = isinstance(exc, OSError) or isinstance(exc.__context__, OSError)
            raise ActionNotDone(f"'{self.name()}': {type(exc).__name__}", is_away=is_away) from exc

    module.RemoteAction._validate_action_result = validate
    module.RemoteAction.run = run_or_end
    module.RemoteAction.is_mended = True
