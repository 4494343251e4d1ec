"""Native Duckling's findings as features of the words, for the comparison alone: no pipeline of the project has it."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import duckling
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from actions.values.native_duckling import MOST_WORDS, _zone_files

DIMENSIONS = ("time", "duration", "amount-of-money", "number", "email", "phone-number")
# Any moment will do: what is marked is where a time is said, not which.
NOW = datetime(2026, 1, 15, 12, tzinfo=ZoneInfo("America/Mexico_City"))
# Where a window of words ends and the next begins: Duckling's parses multiply with each further word.
STEP = MOST_WORDS // 2


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class DucklingFeaturizer(GraphComponent):
    """Marks each token that Duckling takes for part of a time, a number, an amount and so on, as a pattern of it."""

    @classmethod
    def create(
        cls, config: dict[str, Any], storage: ModelStorage, resource: Resource, context: ExecutionContext
    ) -> DucklingFeaturizer:
        """Return one; there is nothing to configure or to learn."""
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Mark the tokens of the examples."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Mark the tokens of messages."""
        for message in messages:
            tokens = message.get("text_tokens") or []
            places = _places(str(message.get(TEXT) or ""))
            for token in tokens:
                found = {kind for kind, start, end in places if start < token.end and token.start < end}
                patterns = {f"duckling_{kind}": kind in found for kind in DIMENSIONS}
                token.set("pattern", {**(token.get("pattern") or {}), **patterns})
        return messages


def _places(text: str) -> set[tuple[str, int, int]]:
    """Return what Duckling finds and where, asked of overlapping windows of a few words each."""
    starts = [i for i, char in enumerate(text) if char != " " and (i == 0 or text[i - 1] == " ")]
    found = set()
    for first in range(0, max(1, len(starts)), STEP):
        window = starts[first : first + MOST_WORDS + 1]
        begin = window[0] if window else 0
        end = window[-1] if len(window) > MOST_WORDS else len(text)
        found |= {(kind, begin + start, begin + stop) for kind, start, stop in _found(text[begin:end])}
    return found


@lru_cache(maxsize=65536)
def _found(text: str) -> tuple[tuple[str, int, int], ...]:
    zones, locale, dimensions = _runtime()
    reference = duckling.parse_ref_time(zones, str(NOW.tzinfo), int(NOW.timestamp()))
    entities = duckling.parse(text, duckling.Context(reference, locale), dimensions, False)
    return tuple((entity["dim"], entity["start"], entity["end"]) for entity in entities)


@lru_cache(maxsize=1)
def _runtime() -> tuple[Any, Any, Any]:
    zones = duckling.load_time_zones(str(_zone_files()))
    locale = duckling.parse_locale("ES_MX", duckling.default_locale_lang(duckling.parse_lang("ES")))
    return zones, locale, duckling.parse_dimensions(list(DIMENSIONS))
