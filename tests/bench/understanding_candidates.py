"""The pipelines that the bench of the understanding compares, and the examples that they learn from."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from launcher.environment import ROOT

SEED = 20
Pipeline = list[dict[str, Any]]

_INTENTS = "nlu.intent_classifier.SentenceIntentClassifier"
_COUNTS: Pipeline = [
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
]


@dataclass(frozen=True)
class Candidate:
    """A pipeline by name.

    Attributes:
        name: how it is called on the command line and in the table.
        what: what it is made of, in a line.
        pipeline: as config.yml would have it.
        as_typed: whether the intent classifier is given messages as they were typed, their spelling left alone.
    """

    name: str
    what: str
    pipeline: Pipeline
    as_typed: bool = False

    def config(self) -> str:
        """Return a configuration file of this pipeline."""
        recipe = {"recipe": "default.v1", "assistant_id": "bench", "language": "es"}
        return yaml.safe_dump({**recipe, "pipeline": self.pipeline}, allow_unicode=True, sort_keys=False)


def candidates() -> Mapping[str, Candidate]:
    """Return all candidates by name, in the order of the table."""
    chosen: Pipeline = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    # What comes first and last is the same for all: the tokens and patterns, the synonyms and the threshold.
    first, last = chosen[:2], chosen[-2:]
    words = [{**part, "meaning": 0.0} if part["name"] == _INTENTS else part for part in chosen]
    duckling = [*first, {"name": "tests.bench.understanding_duckling.DucklingFeaturizer"}, *chosen[2:]]
    stock = [*first, *_COUNTS, {"name": "LogisticRegressionClassifier"}, {"name": "CRFEntityExtractor"}, *last]
    listed = (
        Candidate("chosen", "config.yml as it is", chosen),
        Candidate("words", "the same without the sentence's embedding", words),
        Candidate("no_spelling", "the same, messages classified as typed", chosen, as_typed=True),
        Candidate("duckling", "the same, words known for native Duckling's times, numbers, amounts…", duckling),
        Candidate("stock", "Rasa's LogisticRegressionClassifier and CRFEntityExtractor on counts of n-grams", stock),
        Candidate(
            "diet_small",
            "DIET on counts of n-grams, 1 layer of 128, 20 epochs",
            [*first, *_diet(epochs=20, number_of_transformer_layers=1, transformer_size=128), *last],
        ),
        Candidate("diet_large", "DIET of default size, 30 epochs", [*first, *_diet(epochs=30), *last]),
    )
    return {candidate.name: candidate for candidate in listed}


def _diet(**options: Any) -> Pipeline:
    diet = {"name": "DIETClassifier", "constrain_similarities": True, "random_seed": SEED, **options}
    return [{"name": "LexicalSyntacticFeaturizer"}, *_COUNTS, diet]


def examples(path: Path) -> Any:
    """Return the training data, in Rasa's sense, of a file or folder."""
    from rasa.shared.importers.importer import TrainingDataImporter

    return TrainingDataImporter.load_from_dict(training_data_paths=[str(path)]).get_nlu_data()


def share_of(data: Any, share: float, least: int) -> Any:
    """Return a share of the examples, the same at every run and of every intent, but at least so many of each."""
    by_intent = defaultdict(list)
    for example in data.nlu_examples:
        by_intent[example.get("intent")].append(example)
    chance = random.Random(SEED)
    kept = [
        example
        for _, listed in sorted(by_intent.items())
        for example in chance.sample(listed, min(len(listed), max(least, round(share * len(listed)))))
    ]
    return with_examples(data, kept)


def folds(data: Any, count: int, repeats: int) -> Iterator[tuple[Any, Any]]:
    """Yield what to learn from and what to try it on, `count` times for each repeat."""
    from sklearn.model_selection import RepeatedStratifiedKFold

    listed = data.nlu_examples
    splits = RepeatedStratifiedKFold(n_splits=count, n_repeats=repeats, random_state=SEED)
    for learned, tried in splits.split(listed, [example.get("intent") for example in listed]):
        yield with_examples(data, [listed[i] for i in learned]), with_examples(data, [listed[i] for i in tried])


def with_examples(data: Any, kept: Sequence[Any]) -> Any:
    """Return the data with these examples for its own, the synonyms and patterns as they are."""
    from rasa.shared.nlu.training_data.training_data import TrainingData

    return TrainingData(
        training_examples=list(kept),
        entity_synonyms=data.entity_synonyms,
        regex_features=data.regex_features,
        lookup_tables=data.lookup_tables,
    )
