"""What the bench of the understanding does in processes of their own: learning, parsing, cross-validating."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rasa.core.agent import Agent
from rasa.model_training import train_nlu
from rasa.nlu import test as rasa_test
from rasa.utils.log_utils import configure_structlog

from launcher.environment import ROOT
from launcher.evaluation import ANSWERS, ENTITIES, ERRORS, MESSAGES, OUT_OF_SCOPE, SUCCESSES, figures
from tests.bench.understanding_candidates import Candidate, candidates, examples, folds, share_of

MODEL = "model.tar.gz"
BINS = 10

Figures = dict[str, Any]


def perform(order: Mapping[str, Any]) -> Figures:
    """Do one step of the measuring of one candidate, and return its figures."""
    configure_structlog(logging.WARNING)  # unless told, it writes a line for every message
    candidate = candidates()[order["candidate"]]
    if candidate.as_typed:
        patch("nlu.intent_classifier.normalise", str).start()
    steps = {"learn": _learn, "parse": _parse, "cross": _cross_validate}
    return steps[order["step"]](candidate, Path(order["folder"]), order)


def _learn(candidate: Candidate, folder: Path, order: Mapping[str, Any]) -> Figures:
    data = share_of(examples(ROOT / "data"), order["share"], least=1)
    worked = time.process_time()
    return {
        "examples": len(data.nlu_examples),
        "learning_s": _train(candidate, data, folder),
        "learning_cpu_s": time.process_time() - worked,
    }


def _train(candidate: Candidate, data: Any, folder: Path) -> float:
    """Leave a model in the folder, and return how many seconds it took to learn it, from reading to packing."""
    config, listed = folder / "config.yml", folder / "nlu.yml"
    config.write_text(candidate.config(), encoding="utf-8")
    listed.write_text(data.nlu_as_yaml(), encoding="utf-8")
    started = time.perf_counter()
    train_nlu(str(config), str(listed), str(folder), fixed_model_name=MODEL.removesuffix(".tar.gz"))
    return time.perf_counter() - started


def _parse(candidate: Candidate, folder: Path, order: Mapping[str, Any]) -> Figures:
    """Load the model, on one core, and parse the held-out messages one by one."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    started = time.perf_counter()
    agent = Agent.load(str(folder / MODEL))
    loading = time.perf_counter() - started
    messages = examples(ROOT / MESSAGES)
    texts = [str(example.get("text")) for example in messages.nlu_examples]
    taken = asyncio.run(_milliseconds(agent, texts[::5], texts))
    memory = _resident_megabytes()
    return {"loading_s": loading, "memory_mb": memory, "message_ms": statistics.median(taken)} | _quality(
        agent, messages
    )


async def _milliseconds(agent: Agent, warm_up: list[str], texts: list[str]) -> list[float]:
    for text in warm_up:
        await agent.parse_message(text)
    taken = []
    for text in texts:
        started = time.perf_counter()
        await agent.parse_message(text)
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def _resident_megabytes() -> float:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def _quality(agent: Agent, messages: Any) -> Figures:
    """Have Rasa judge the messages as `rasa test` does, and read its reports as the launcher does."""
    with tempfile.TemporaryDirectory() as reports:
        intents, _, entities = asyncio.run(rasa_test.get_eval_data(agent.processor, messages))
        rasa_test.evaluate_intents(intents, reports, successes=True, errors=True, disable_plotting=True)
        extractors = rasa_test._get_active_entity_extractors(entities)
        rasa_test.evaluate_entities(entities, extractors, reports, successes=False, errors=False, disable_plotting=True)
        for extractor in extractors:
            Path(reports, f"{extractor}_report.json").rename(Path(reports, ENTITIES))
        understood, refused, recognised, f1 = (figure.value for figure in figures(Path(reports)))
        said = list(_said(Path(reports)))
    wishes = [is_right for intent, is_right, _ in said if intent != OUT_OF_SCOPE]
    return {
        "understood": understood,
        "likeliest": sum(wishes) / len(wishes),
        "refused": refused,
        "recognised": recognised,
        "entities_f1": f1,
        "calibration_error": _calibration_error([(is_right, confidence) for _, is_right, confidence in said]),
        "brier": statistics.fmean((confidence - is_right) ** 2 for _, is_right, confidence in said),
    }


def _said(reports: Path) -> Iterator[tuple[str, bool, float]]:
    """Yield the intent of wishes and of what is out of scope, whether the likeliest was it, and how sure that was."""
    for name in (SUCCESSES, ERRORS):
        if (reports / name).exists():
            for entry in json.loads((reports / name).read_text(encoding="utf-8")):
                if entry["intent"] not in ANSWERS:
                    said = entry["intent_prediction"]
                    yield entry["intent"], said["name"] == entry["intent"], said["confidence"]


def _calibration_error(said: list[tuple[bool, float]]) -> float:
    """Return by how much confidence and share of right ones differ, on average, in tenths of the confidence."""
    bins: list[list[tuple[bool, float]]] = [[] for _ in range(BINS)]
    for is_right, confidence in said:
        bins[min(BINS - 1, int(confidence * BINS))].append((is_right, confidence))
    return sum(abs(sum(right - sure for right, sure in one)) for one in bins) / len(said)


def _cross_validate(candidate: Candidate, folder: Path, order: Mapping[str, Any]) -> Figures:
    data = share_of(examples(ROOT / "data"), order["share"], least=order["folds"])
    qualities = []
    for number, (learned, tried) in enumerate(folds(data, order["folds"], order["repeats"]), start=1):
        _train(candidate, learned, folder)
        quality = _quality(Agent.load(str(folder / MODEL)), tried)
        qualities.append(quality)
        sys.stderr.write(f"{candidate.name}: fold {number}: {json.dumps(quality)}\n")
    return {
        "crossed_examples": len(data.nlu_examples),
        "crossed": {
            name: [statistics.fmean(values), statistics.stdev(values)]
            for name in ("likeliest", "entities_f1")
            if len(values := [quality[name] for quality in qualities]) > 1
        },
    }
