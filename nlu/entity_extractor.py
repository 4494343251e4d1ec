"""Entity extraction that starts at once: Rasa's own trains its CRF anew at every start."""

from __future__ import annotations

import json
import shutil
from collections import OrderedDict
from typing import Any

import sklearn_crfsuite
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.crf_entity_extractor import CRFEntityExtractor

ORDER = "crf_order.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class StoredCRFEntityExtractor(CRFEntityExtractor):
    """Rasa's CRFEntityExtractor that keeps the trained CRF, in CRFsuite's own format, instead of its training data."""

    def persist(self, dataset: list[Any]) -> None:
        """Stores each trained tagger."""
        with self._model_storage.write_to(self._resource) as folder:
            (folder / ORDER).write_text(json.dumps(self.crf_order), encoding="utf-8")
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
            taggers = OrderedDict()
            for tag in order:
                taggers[tag] = sklearn_crfsuite.CRF(model_filename=str(folder / f"{tag}.crfsuite"))
                # CRFsuite reads the whole file when it opens it; Rasa deletes the folder once all is loaded.
                taggers[tag].tagger_  # noqa: B018
        extractor = cls(config, model_storage, resource, taggers)
        extractor.crf_order = order
        return extractor
