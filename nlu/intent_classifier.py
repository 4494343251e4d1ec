"""Intent classification that stays sure of itself on messages of one word and of fifty."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TfidfLogisticRegressionClassifier(LogisticRegressionClassifier):
    """Classify intents by logistic regression over TF-IDF weights of unit length, sharpened afterwards."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return Rasa's defaults with `C` (inverse regularisation strength) and `sharpness` (1.0 is none)."""
        defaults = LogisticRegressionClassifier.get_default_config()
        return {**defaults, "C": 60.0, "sharpness": 1.6, "max_iter": 500}

    def __init__(self, config: dict[str, Any], name: str, model_storage: ModelStorage, resource: Resource) -> None:
        """Build the untrained classifier."""
        super().__init__(config, name, model_storage, resource)
        self.clf = LogisticRegression(
            C=self.config["C"],
            class_weight="balanced",
            max_iter=self.config["max_iter"],
            random_state=self.config["random_state"],
            solver=self.config["solver"],
            tol=self.config["tol"],
        )

    def _create_X(self, messages: list[Message]) -> csr_matrix:  # noqa: N802 - Rasa names it so
        # Plain counts grow with the message, which makes long ones too sure and one-word ones too unsure.
        counts = csr_matrix(super()._create_X(messages), dtype=float)
        counts.data = 1.0 + np.log(counts.data)
        if not hasattr(self.clf, "idf_"):
            frequency = np.bincount(counts.indices, minlength=counts.shape[1])
            # Kept on the classifier because that is the one object which Rasa stores and loads.
            self.clf.idf_ = np.log((1.0 + counts.shape[0]) / (1.0 + frequency)) + 1.0
        counts.data *= self.clf.idf_[counts.indices]
        return normalize(counts, copy=False)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the classifier, then sharpen its probabilities without changing their order."""
        resource = super().train(training_data)
        if hasattr(self.clf, "coef_"):
            # The regularisation that generalises best leaves right answers below the fallback threshold.
            self.clf.coef_ *= self.config["sharpness"]
            self.clf.intercept_ *= self.config["sharpness"]
            self.persist()
        return resource
