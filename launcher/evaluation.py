"""Rasa's own tests of the conversations and of the understanding, and what counts as good enough."""

import json
from collections.abc import Mapping
from pathlib import Path

from launcher.console import Console
from launcher.process import QUIET_MODULE, CommandError, run_command

STORIES = "tests/conversations"
MESSAGES = "tests/nlu"
RESULTS = "results"
LEAST_INTENT_ACCURACY = 0.9


def evaluate(root: Path, model: Path, variables: Mapping[str, str], console: Console) -> int:
    """Returns 0 if every conversation went as written and enough held-out messages were understood.

    Raises:
        CommandError: A conversation failed, or too few messages were understood.
    """
    command = (*QUIET_MODULE, "rasa", "test", "--model", str(model), "--stories", STORIES)
    options = ("--nlu", MESSAGES, "--out", RESULTS, "--no-plot", "--fail-on-prediction-errors")
    report = root / RESULTS / "intent_report.json"
    report.unlink(missing_ok=True)
    run_command("the conversations", (*command, *options), variables, root)
    if not report.exists():
        raise CommandError(f"Rasa wrote no report on the messages in {MESSAGES}/")
    accuracy = intent_accuracy(report)
    line = f"{accuracy:.1%} of the held-out messages got the right intent ({LEAST_INTENT_ACCURACY:.0%} needed)."
    if accuracy < LEAST_INTENT_ACCURACY:
        raise CommandError(f"understanding is not good enough: {line} See {RESULTS}/.")
    console.say(f"Every conversation went as written. {line}")
    return 0


def intent_accuracy(report: Path) -> float:
    """Returns the share of messages with the right intent from Rasa's `intent_report.json`."""
    figures = json.loads(report.read_text(encoding="utf-8"))
    if "accuracy" in figures:
        return float(figures["accuracy"])
    return float(figures["micro avg"]["recall"])  # scikit-learn's name for it when a class is left out
