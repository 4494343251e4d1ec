"""Entity extraction that knows WhatsApp's spelling and starts at once: Rasa's own trains its CRF at every start."""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, ClassVar

import sklearn_crfsuite
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.crf_entity_extractor import CRFEntityExtractor, CRFToken
from rasa.nlu.extractors.crf_entity_extractor import CRFEntityExtractorOptions as Features
from rasa.shared.nlu.constants import ENTITIES, ENTITY_ATTRIBUTE_TYPE, INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.intent_classifier import WISHES

ORDER, KINDS = "crf_order.json", "kinds.json"
# How sure an intent must be to say which entities a message can hold.
SURE = 0.7
# Intents of answers, which are about whatever was asked.
ANSWERS = frozenset({"informar", "corregir", "afirmar", "negar"})


@lru_cache(maxsize=4096)
def fold(word: str) -> str:
    """Return a word in lower case and without accents."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@lru_cache(maxsize=4096)
def shape(word: str) -> str:
    """Return what a word is made of: "9" for digits, "aa" for letters, and other signs as they are."""
    return re.sub(r"9{3,}", "999", re.sub(r"a{2,}", "aa", re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", word))))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class StoredCRFEntityExtractor(CRFEntityExtractor):
    """Rasa's CRFEntityExtractor that keeps the trained CRF, in CRFsuite's own format, instead of its training data.

    To its features words look alike with and without accents and in capitals, and there is one more: `shape`,
    by which "4:30pm" and "5:15PM" are the same. An entity that no example of the message's intent has is none: what
    looks like a reason to cancel is one only where something is cancelled. An answer may hold all of them.
    """

    function_dict: ClassVar[dict[str, Callable[[CRFToken], Any]]] = {
        **CRFEntityExtractor.function_dict,
        Features.LOW: lambda token: fold(token.text),
        Features.PREFIX2: lambda token: fold(token.text)[:2],
        Features.PREFIX5: lambda token: fold(token.text)[:5],
        Features.SUFFIX1: lambda token: fold(token.text)[-1:],
        Features.SUFFIX2: lambda token: fold(token.text)[-2:],
        Features.SUFFIX3: lambda token: fold(token.text)[-3:],
        Features.SUFFIX5: lambda token: fold(token.text)[-5:],
        "shape": lambda token: shape(token.text),
    }

    kinds: Mapping[str, frozenset[str]] = MappingProxyType({})

    def train(self, training_data: TrainingData) -> Resource:
        """Learns the tags, and which entities the examples of each intent have."""
        kinds: dict[str, set[str]] = {}
        for example in training_data.intent_examples:
            named = kinds.setdefault(str(example.get(INTENT)), set())
            named |= {entity[ENTITY_ATTRIBUTE_TYPE] for entity in example.get(ENTITIES) or ()}
        self.kinds = {intent: frozenset(named) for intent, named in kinds.items()}
        return super().train(training_data)

    def extract_entities(self, message: Message) -> list[dict[str, Any]]:
        """Gives the entities that a message of its intent, or of one of its two wishes, can hold."""
        intent = message.get(INTENT) or {}
        intents = {intent.get("name"), *(wish["intent"] for wish in message.get(WISHES) or ())}
        found: list[dict[str, Any]] = super().extract_entities(message)
        if not intents <= self.kinds.keys() - ANSWERS or float(intent.get("confidence") or 0.0) < SURE:
            return found
        possible = frozenset().union(*(self.kinds[one] for one in intents))
        return [entity for entity in found if entity[ENTITY_ATTRIBUTE_TYPE] in possible]

    def persist(self, dataset: list[Any]) -> None:
        """Stores each trained tagger."""
        with self._model_storage.write_to(self._resource) as folder:
            (folder / ORDER).write_text(json.dumps(self.crf_order), encoding="utf-8")
            kinds = {intent: sorted(named) for intent, named in self.kinds.items()}
            (folder / KINDS).write_text(json.dumps(kinds, ensure_ascii=False), encoding="utf-8")
            for tag, tagger in (self.entity_taggers or {}).items():
                shutil.copyfile(tagger.modelfile.name, folder / f"{tag}.crfsuite")

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> StoredCRFEntityExtractor:
        """Loads the stored taggers."""
        with model_storage.read_from(resource) as folder:
            order = json.loads((folder / ORDER).read_text(encoding="utf-8"))
            kinds = json.loads((folder / KINDS).read_text(encoding="utf-8"))
            taggers = OrderedDict()
            for tag in order:
                taggers[tag] = sklearn_crfsuite.CRF(model_filename=str(folder / f"{tag}.crfsuite"))
                # CRFsuite reads the whole file when it opens it; Rasa deletes the folder once all is loaded.
                taggers[tag].tagger_  # noqa: B018
        extractor = cls(config, model_storage, resource, taggers)
        extractor.crf_order = order
        extractor.kinds = {intent: frozenset(named) for intent, named in kinds.items()}
        return extractor
