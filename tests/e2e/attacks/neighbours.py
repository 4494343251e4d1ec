"""A second Rasa and action server beside the system, with a model, and with something between them and the sandbox."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from launcher.environment import environment
from launcher.model import model_path
from launcher.process import PYTHON_MODULE, QUIET_MODULE
from tests.e2e.attacks.between import PORT, Between
from tests.e2e.conftest import ROOT, STARTING

SERVER = "http://127.0.0.1:5006"
ACTIONS = "http://127.0.0.1:5056"
KEY = "sk-or-v1-0123456789abcdef0123456789abcdef"


@contextmanager
def second_system(folder: Path, between: Between) -> Iterator[None]:
    """Runs them while the context lasts; their output is in the folder."""
    variables = {
        **environment(ROOT),
        "DATABASE_URL": f"sqlite:///{folder / 'second.db'}",
        "LOG_SPOOL_FOLDER": str(folder / "spool"),
        "INTERNAL_API_URL": f"http://127.0.0.1:{PORT}",
        "OPENROUTER_API_KEY": KEY,
        # Not a free one, which is asked twenty times a minute at most.
        "OPENROUTER_MODEL": "a/model",
        "OPENROUTER_BASE_URL": f"http://127.0.0.1:{PORT}/llm/v1",
        "PUBLIC_URL": SERVER,
        "SANIC_HOST": "127.0.0.1",
        # It would find the first system's messages in the sandbox, and answer them.
        "WHATSAPP_RECONCILE_SECONDS": "0",
    }
    subprocess.run((*PYTHON_MODULE, "launcher", "migrate"), cwd=ROOT, env=variables, check=True, capture_output=True)
    endpoints = folder / "endpoints.yml"
    endpoints.write_text((ROOT / "endpoints.yml").read_text(encoding="utf-8").replace(":5055", ":5056"))
    rasa = ("rasa", "run", "--model", str(model_path(ROOT)), "--endpoints", str(endpoints))
    rasa = (*rasa, "--credentials", "credentials.yml", "--port", "5006", "--interface", "127.0.0.1")
    with ExitStack() as stack:
        stack.enter_context(between.serving())
        for name, command in (("actions", ("actions.server", "--port", "5056")), ("rasa", rasa)):
            stack.enter_context(_running((*QUIET_MODULE, *command), variables, folder / f"{name}.txt"))
        for url in (f"{ACTIONS}/health", f"{SERVER}/"):
            _wait_until_healthy(url)
        yield


@contextmanager
def _running(command: tuple[str, ...], variables: dict[str, str], output: Path) -> Iterator[None]:
    with output.open("w") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=variables, stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_until_healthy(url: str) -> None:
    deadline = time.monotonic() + STARTING
    while True:
        try:
            httpx.get(url, timeout=2.0, trust_env=False).raise_for_status()
        except httpx.HTTPError:
            assert time.monotonic() < deadline, f"{url} does not answer"
            time.sleep(0.5)
        else:
            return
