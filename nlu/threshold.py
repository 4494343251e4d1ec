"""The confidence below which a message counts as not understood."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.fallback_classifier import FallbackClassifier
from rasa.shared.exceptions import InvalidConfigException

VARIABLE = "RASA_CONFIDENCE_THRESHOLD"
ENV_FILE = Path(__file__).resolve().parent.parent / ".env"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class ThresholdFallback(FallbackClassifier):
    """Rasa's FallbackClassifier whose threshold an operator can set without training again."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ThresholdFallback:
        """Creates the component with the threshold of the environment, or of config.yml where it is unset.

        Raises:
            InvalidConfigException: when the variable is not a number between 0 and 1.
        """
        written = (os.environ.get(VARIABLE) or dotenv_values(ENV_FILE).get(VARIABLE) or "").strip()
        if written:
            config = {**config, "threshold": _threshold(written)}
        return cls(config)


def _threshold(written: str) -> float:
    try:
        value = float(written)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise InvalidConfigException(f"{VARIABLE} must be a number between 0 and 1, for example 0.7.")
    return value
