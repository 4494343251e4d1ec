"""Intent classification by the letters and words of a message and by its meaning."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from nlu.sentence_encoder import encode
from nlu.spelling import normalise
from nlu.wishes import LIKELY, Wish, wishes

VECTORIZERS: dict[str, dict[str, Any]] = {
    "words": {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": r"\S+"},
    # What was seen once says little, and there is four times as much of it.
    "letters": {"analyzer": "char_wb", "ngram_range": (2, 5), "min_df": 2},
}
WISHES = "wishes"
WEIGHTS, TERMS = "weights.npz", "terms.json"

Ranking = list[dict[str, Any]]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SentenceIntentClassifier(GraphComponent, IntentClassifier):
    """Classifies by one logistic regression over n-grams (TF-IDF) and the sentence's embedding.

    Configuration: `C`, the inverse strength of regularisation; `meaning`, the weight of the embedding beside the
    n-grams (0.0: none of it); `sharpness`, by which the scores are multiplied once learned, which makes all
    confidences higher and leaves their order; `max_iter` and `tol` of the solver.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the configuration where `config.yml` says nothing."""
        return {"C": 20.0, "meaning": 1.5, "sharpness": 1.0, "max_iter": 400, "tol": 1e-3}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        """Build a classifier that knows no intent yet."""
        self.config = config
        self._model_storage = model_storage
        self._resource = resource
        self._vectorizers: dict[str, TfidfVectorizer] = {}
        self._intents: list[str] = []
        self._weights: NDArray[np.float32] = np.zeros((0, 0), dtype=np.float32)
        self._biases: NDArray[np.float32] = np.zeros(0, dtype=np.float32)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceIntentClassifier:
        """Return a classifier to be trained."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples, and store what was learned."""
        examples = [one for one in training_data.intent_examples if one.get(INTENT) and one.get(TEXT)]
        if examples:
            sentences = [normalise(example.get(TEXT)) for example in examples]
            self._vectorizers = {
                name: TfidfVectorizer(strip_accents="unicode", sublinear_tf=True, **options).fit(sentences)
                for name, options in VECTORIZERS.items()
            }
            model = LogisticRegression(
                C=self.config["C"],
                class_weight="balanced",
                max_iter=self.config["max_iter"],
                tol=self.config["tol"],
            ).fit(hstack(self._parts(sentences), format="csr"), [example.get(INTENT) for example in examples])
            self._intents = [str(intent) for intent in model.classes_]
            self._weights = np.ascontiguousarray(model.coef_.T * self.config["sharpness"], dtype=np.float32)
            self._biases = (model.intercept_ * self.config["sharpness"]).astype(np.float32)
        self._persist()
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set each message's intent and the ranking of all intents; and its wishes, where there are two."""
        texts = [str(message.get(TEXT) or "") for message in messages]
        for message, text, ranking in zip(messages, texts, self._rankings(texts), strict=True):
            likely = [one["name"] for one in ranking[:LIKELY]]
            if found := wishes(text, likely, self._likeliest):
                message.set(WISHES, [asdict(wish) for wish in found], add_to_output=True)
                ranking = _led_by(found[0], ranking)
            message.set(INTENT, ranking[0] if ranking else {"name": None, "confidence": 0.0}, add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceIntentClassifier:
        """Return the classifier as it was stored."""
        classifier = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            terms = json.loads((folder / TERMS).read_text(encoding="utf-8"))
            with np.load(folder / WEIGHTS, allow_pickle=False) as stored:
                classifier._intents = [str(intent) for intent in stored["intents"]]
                classifier._weights, classifier._biases = stored["weights"], stored["biases"]
                for name, words in terms.items():
                    vectorizer = TfidfVectorizer(
                        strip_accents="unicode", sublinear_tf=True, vocabulary=words, **VECTORIZERS[name]
                    )
                    vectorizer.idf_ = stored[f"idf_{name}"]
                    classifier._vectorizers[name] = vectorizer
        # The encoder's weights are read now, and not while the first customer waits.
        classifier._confidences(["hola"])
        return classifier

    def _rankings(self, texts: Sequence[str]) -> list[Ranking]:
        return [
            [{"name": self._intents[place], "confidence": float(row[place])} for place in np.argsort(-row)]
            for row in self._confidences(texts)
        ]

    def _likeliest(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        return [(ranking[0]["name"], ranking[0]["confidence"]) for ranking in self._rankings(texts)]

    def _confidences(self, texts: Sequence[str | None]) -> NDArray[np.float32]:
        if not self._intents:
            return np.zeros((len(texts), 0), dtype=np.float32)
        sentences = [normalise(text or "") for text in texts]
        scores, done = np.tile(self._biases, (len(texts), 1)), 0
        # Part by part: to put one matrix together takes longer than to multiply its parts.
        for part in self._parts(sentences):
            scores += part @ self._weights[done : done + part.shape[1]]
            done += part.shape[1]
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        confidences: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
        return confidences

    def _parts(self, sentences: Sequence[str]) -> list[Any]:
        """Return the features of sentences, a matrix for each kind: words, letters, and the meaning if it counts."""
        parts = [self._vectorizers[name].transform(sentences) for name in VECTORIZERS]
        if weight := self.config["meaning"]:
            parts.append(encode(sentences) * np.float32(weight))
        return parts

    def _persist(self) -> None:
        with self._model_storage.write_to(self._resource) as folder:
            terms = {name: one.get_feature_names_out().tolist() for name, one in self._vectorizers.items()}
            (folder / TERMS).write_text(json.dumps(terms, ensure_ascii=False), encoding="utf-8")
            np.savez(
                folder / WEIGHTS,
                intents=np.array(self._intents, dtype=str),
                weights=self._weights,
                biases=self._biases,
                **{f"idf_{name}": one.idf_ for name, one in self._vectorizers.items()},
            )


def _led_by(wish: Wish, ranking: Ranking) -> Ranking:
    """Return the ranking with the wish before all others, which share what it leaves."""
    rest = [one for one in ranking if one["name"] != wish.intent]
    share = (1.0 - wish.confidence) / (sum(one["confidence"] for one in rest) or 1.0)
    others = [{**one, "confidence": one["confidence"] * share} for one in rest]
    return [{"name": wish.intent, "confidence": wish.confidence}, *others]
