"""What a second opinion adds on the held-out messages: `python -m tests.bench second_opinion [--most N]`.

Asks the model that OPENROUTER_API_KEY, OPENROUTER_BASE_URL and OPENROUTER_MODEL name about each message that our own
reading was not sure of when `make evaluate` last ran (its `results/` are read).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from actions.llm.model import make_model
from actions.llm.opinion import INTENTS, SecondOpinion
from actions.llm.report import Call
from actions.settings import Settings
from launcher.environment import ROOT
from launcher.evaluation import ERRORS, SUCCESSES, THRESHOLD

# Longer than a turn waits: how long it takes is what is measured.
PATIENCE = 90.0


@dataclass(frozen=True)
class Unsure:
    """A message below the threshold, what it means, and the likeliest that our own reading had."""

    text: str
    intent: str
    likeliest: str


def main(arguments: Sequence[str]) -> None:
    """Measures, and prints a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench second_opinion", description=__doc__)
    parser.add_argument("--most", type=int, default=1000, help="how many messages to ask about")
    chosen = parser.parse_args(arguments)
    messages = list(_unsure())
    if not messages:
        sys.stdout.write("Nothing to ask about: run `make evaluate` first.\n")
        return
    settings = Settings(second_opinion=True)
    if settings.openrouter_api_key is None:
        sys.stdout.write(f"{len(messages)} messages are unsure; set OPENROUTER_API_KEY to ask about them.\n")
        return
    asyncio.run(_measure(messages[: chosen.most], settings))


def _unsure() -> Iterator[Unsure]:
    for name in (SUCCESSES, ERRORS):
        path = ROOT / "results" / name
        for entry in json.loads(path.read_text(encoding="utf-8")) if path.exists() else ():
            said = entry["intent_prediction"]
            if said["confidence"] < THRESHOLD or said["name"] == "nlu_fallback":
                yield Unsure(entry["text"], entry["intent"], said["name"])


async def _measure(messages: Sequence[Unsure], settings: Settings) -> None:
    model = make_model(settings)
    if model is None:
        return
    opinion = SecondOpinion(model, settings.second_opinion_threshold)
    calls: list[Call] = []
    found: Counter[str] = Counter()
    for message in messages:
        given = await opinion.of(message.text, (), PATIENCE, calls)
        if given is None:
            found["none"] += 1
        else:
            found["right" if given.intent == message.intent else "wrong"] += 1
    await model.close()
    servable = sum(message.intent in INTENTS for message in messages)
    took = sorted(call.ms for call in calls if call.verdict != "skipped")
    costs = [call.cost for call in calls if call.cost is not None]
    reasons = Counter(call.reason or "accepted" for call in calls)
    lines = (
        ("messages below the threshold", len(messages)),
        ("of them, wishes that it could serve", servable),
        ("taken for what they mean", found["right"]),
        ("taken for something else", found["wrong"]),
        ("left to the usual question", found["none"]),
        ("what became of the answers", ", ".join(f"{name} {count}" for name, count in reasons.most_common())),
        ("ms, median / 95 %", f"{statistics.median(took):.0f} / {took[int(0.95 * (len(took) - 1))]}" if took else "–"),
        ("tokens read / written", f"{sum(c.tokens_in for c in calls)} / {sum(c.tokens_out for c in calls)}"),
        ("cost, US dollars", f"{sum(costs):.4f}" if costs else "not told"),
    )
    sys.stdout.write("\n".join(f"{name:40} {figure}" for name, figure in lines) + "\n")
