"""How long a whole Rasa server takes to start with the project's model, and with one that understands nothing."""

from __future__ import annotations

import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from launcher.environment import ROOT, environment
from launcher.model import MODELS
from launcher.parts import NO_MODEL
from launcher.process import PYTHON_MODULE, QUIET_MODULE, CommandError, guarded, run_command
from tests.chaos.world import free_ports

ROUNDS = 3
MOST_SECONDS = 300.0
OURS, EMPTY, BARE = "the project's model", "an empty model, our channels", "an empty model, Rasa's REST alone"

EMPTY_PROJECT = {
    "config.yml": (
        "{recipe: default.v1, assistant_id: empty, language: es,"
        " pipeline: [{name: KeywordIntentClassifier}], policies: [{name: RulePolicy}]}"
    ),
    "domain.yml": "{version: '3.1', intents: [saludo], responses: {utter_saludo: [{text: Hola}]}}",
    "data.yml": (
        "version: '3.1'\n"
        "nlu:\n- intent: saludo\n  examples: |\n    - hola\n    - buenas\n"
        "rules:\n- rule: saludo\n  steps:\n  - intent: saludo\n  - action: utter_saludo\n"
    ),
    "credentials.yml": "rest:\n",
    "endpoints.yml": "{}\n",
}


def compare_starts(folder: Path) -> str:
    """Start the servers in turns, and return a table of the seconds until they answered."""
    variables = {**environment(), "DATABASE_URL": f"sqlite:///{folder}/start.db", "LOG_SPOOL_FOLDER": str(folder)}
    run_command("migrating", (*PYTHON_MODULE, "alembic", "upgrade", "head"), variables, ROOT)
    newest = max((ROOT / MODELS).glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    empty = _empty_model(folder, variables)
    servers = {OURS: (newest, ROOT), EMPTY: (empty, ROOT), BARE: (empty, folder)}
    taken: dict[str, list[float]] = {name: [] for name in servers}
    for _ in range(ROUNDS):
        for name, (model, files) in servers.items():
            taken[name].append(_seconds(model, files, variables, folder / "start.log"))
            sys.stderr.write(f"start, {name}: {taken[name][-1]:.2f} s\n")
    return _table(taken)


def _empty_model(folder: Path, variables: Mapping[str, str]) -> Path:
    for name, text in EMPTY_PROJECT.items():
        (folder / name).write_text(text, encoding="utf-8")
    files = ("--config", "config.yml", "--domain", "domain.yml", "--data", "data.yml")
    command = (*QUIET_MODULE, "rasa", "train", *files, "--out", str(folder), "--fixed-model-name", "empty")
    # `launcher` is found from where it is, the empty project's files from where they are.
    run_command("training", command, {**variables, "PYTHONPATH": str(ROOT)}, folder)
    return folder / "empty.tar.gz"


def _seconds(model: Path, files: Path, variables: Mapping[str, str], log: Path) -> float:
    """Return how long `rasa run` takes from its first instruction to its first answer to `GET /`."""
    (port,) = free_ports(1)
    options = ("--endpoints", str(files / "endpoints.yml"), "--credentials", str(files / "credentials.yml"))
    address = ("--port", str(port), "--interface", "127.0.0.1")
    command = guarded((*QUIET_MODULE, "rasa", "run", "--model", str(model), *options, *address))
    with log.open("ab") as output:
        started = time.perf_counter()
        server = subprocess.Popen(
            command, env=dict(variables), cwd=ROOT, stdout=output, stderr=output, start_new_session=True
        )
        try:
            while not _answers(port):
                if server.poll() is not None or time.perf_counter() - started > MOST_SECONDS:
                    raise CommandError(f"Rasa did not start; see {log}")
                time.sleep(0.02)
            taken = time.perf_counter() - started
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()
    # Without a model it would answer too, and sooner.
    if re.search(NO_MODEL, log.read_text(encoding="utf-8")):
        raise CommandError(f"Rasa did not load the model; see {log}")
    return taken


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", timeout=5.0, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _table(taken: Mapping[str, Sequence[float]]) -> str:
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    lines = ["", f"{'start of a whole server':<36}{'median':>9}  s"]
    for name, seconds in taken.items():
        lines.append(f"{name:<36}{medians[name]:>9.2f}  ({', '.join(f'{one:.2f}' for one in seconds)})")
    for name in (EMPTY, BARE):
        lines.append(f"  {OURS} takes {medians[OURS] / medians[name]:.2f} times {name} (goal: at most 1.3)")
    return "\n".join(lines) + "\n"
