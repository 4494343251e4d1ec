"""Rasa's own tests of the conversations and of the understanding, and what counts as good enough."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launcher.console import Console
from launcher.process import QUIET_MODULE, CommandError, run_command

STORIES = "tests/conversations"
MESSAGES = "tests/nlu"
RESULTS = "results"
SUCCESSES, ERRORS, ENTITIES = "intent_successes.json", "intent_errors.json", "StoredCRFEntityExtractor_report.json"

OUT_OF_SCOPE = "fuera_de_alcance"
# What customers say in answer to a question is no wish of theirs, and is judged within the conversations.
ANSWERS = frozenset(
    {
        "informar", "afirmar", "negar", "corregir", "olvidar", "hablar_con_persona", "agradecer", "enviar_adjunto",
    }
)  # fmt: skip
# A message below it counts as not understood, as config.yml has it.
THRESHOLD = 0.7


@dataclass(frozen=True)
class Figure:
    """One measure of the understanding, a share between 0 and 1, and the limit that it must keep to."""

    name: str
    value: float
    limit: float
    is_most: bool = False

    @property
    def is_kept(self) -> bool:
        """Whether it is good enough."""
        return self.value <= self.limit if self.is_most else self.value >= self.limit

    def __str__(self) -> str:
        """Say the figure and its limit in one line."""
        return f"{self.name}: {self.value:.1%} ({'at most' if self.is_most else 'at least'} {self.limit:.0%})"


def evaluate(root: Path, model: Path, variables: Mapping[str, str], console: Console) -> int:
    """Returns 0 if every conversation went as written and enough held-out messages were understood.

    Pictures of the confusion and of the confidences lie beside the reports.

    Raises:
        CommandError: A conversation failed, or too little was understood.
    """
    command = (*QUIET_MODULE, "rasa", "test", "--model", str(model), "--stories", STORIES)
    options = ("--nlu", MESSAGES, "--out", RESULTS, "--successes", "--fail-on-prediction-errors")
    results = root / RESULTS
    for name in (SUCCESSES, ERRORS, ENTITIES):
        (results / name).unlink(missing_ok=True)
    run_command("the conversations", (*command, *options), {"MPLBACKEND": "Agg", **variables}, root)
    if not (results / SUCCESSES).exists():
        raise CommandError(f"Rasa wrote no report on the messages in {MESSAGES}/")
    measured = figures(results)
    for figure in measured:
        console.say(str(figure))
    missed = [str(figure) for figure in measured if not figure.is_kept]
    if missed:
        raise CommandError(f"understanding is not good enough: {'; '.join(missed)}. See {RESULTS}/.")
    console.say("Every conversation went as written.")
    return 0


def figures(results: Path) -> Sequence[Figure]:
    """Returns the measures of the held-out messages from the reports in a folder."""
    predictions = list(_predictions(results))
    wishes = [(given, said) for given, said in predictions if given not in ANSWERS and given != OUT_OF_SCOPE]
    others = [said for given, said in predictions if given == OUT_OF_SCOPE]
    return (
        Figure("wishes understood", _share(given == said for given, said in wishes), 0.95),
        Figure("wishes refused", _share(said in (None, OUT_OF_SCOPE) for _, said in wishes), 0.03, is_most=True),
        Figure("out of scope recognised", _share(said in (None, OUT_OF_SCOPE) for said in others), 0.92),
        Figure("entities, F1", _entities(results), 0.90),
    )


def _predictions(results: Path) -> Iterator[tuple[str, str | None]]:
    """Yields each message's intent and what it was taken for, None below the threshold."""
    for name in (SUCCESSES, ERRORS):
        if (results / name).exists():
            for entry in _read(results / name):
                said = entry["intent_prediction"]
                yield entry["intent"], said["name"] if said["confidence"] >= THRESHOLD else None


def _entities(results: Path) -> float:
    return float(_read(results / ENTITIES)["micro avg"]["f1-score"]) if (results / ENTITIES).exists() else 0.0


def _share(outcomes: Iterator[bool]) -> float:
    listed = list(outcomes)
    return sum(listed) / len(listed) if listed else 0.0


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
