"""Calling the action server without checking, each time, the form of the form of its answers."""

from __future__ import annotations

import sys
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

RASAS_ACTIONS = "rasa.core.actions.action"


def check_answers_quickly() -> None:
    """Have Rasa check what the action server answers by a schema that is itself checked only once.

    Rasa checks its own constant schema anew at every custom action: 40 ms in which nothing else happens,
    for a check that takes 0.03. Where Rasa's actions are not loaded, or it was done before, nothing changes.
    """
    module = sys.modules.get(RASAS_ACTIONS)
    if module is None:
        # Loading them brings TensorFlow.
        return
    check = Draft202012Validator(module.RemoteAction.action_response_format_spec()).validate

    def validate(self: Any, result: dict[str, Any]) -> bool:
        try:
            check(result)
        except ValidationError as exc:
            # Rasa's own words quote the answer, and so the customer.
            exc.message = f"what the action server answers to '{self.name()}' has not the form that Rasa expects"
            raise
        return True

    module.RemoteAction._validate_action_result = validate
