"""The action server and the sandbox, each in its own process, as they are in life."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.actions.conversation import Conversation

ROOT = Path(__file__).resolve().parents[3]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], health: str, output: Path | None = None, **variables: str) -> Iterator[None]:
    """Run a server until the block ends; what it writes goes to a file, if one is named."""
    with output.open("wb") if output else nullcontext() as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **variables}, stdout=log, stderr=log)
        yield from _until_healthy(process, command, health)


def _until_healthy(process: subprocess.Popen[bytes], command: list[str], health: str) -> Iterator[None]:
    try:
        deadline = time.monotonic() + 30
        while True:
            assert process.poll() is None, f"{command} ended"
            assert time.monotonic() < deadline, f"{command} is not healthy"
            try:
                if httpx.get(health, trust_env=False).is_success:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    port, database = free_port(), tmp_path_factory.mktemp("sandbox") / "sandbox.db"
    url = f"http://127.0.0.1:{port}"
    variables = {"SANDBOX_PORT": str(port), "SANDBOX_DATABASE_URL": f"sqlite:///{database}"}
    with (
        running([sys.executable, "-m", "sandbox"], f"{url}/health", **variables),
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        yield client


@pytest.fixture(scope="session")
def action_server(sandbox: httpx.Client) -> Iterator[httpx.Client]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "actions.server", "--port", str(port)]
    variables = {"SANIC_HOST": "127.0.0.1", "INTERNAL_API_URL": str(sandbox.base_url), "INTERNAL_API_TIMEOUT": "2"}
    with running(command, f"{url}/health", **variables), httpx.Client(base_url=url, trust_env=False) as client:
        yield client


@pytest.fixture
def run(action_server: httpx.Client, sandbox: httpx.Client) -> Iterator[Callable[[str, Conversation], dict[str, Any]]]:
    """Calls an action; the sandbox has its faults set back afterwards."""

    def call(action: str, conversation: Conversation) -> dict[str, Any]:
        answer = action_server.post("/webhook", json=conversation.call(action), timeout=20)
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()
        return result

    yield call
    sandbox.put("/sandbox/faults", json={}).raise_for_status()


@pytest.fixture
def business_as_it_was(sandbox: httpx.Client) -> Iterator[None]:
    """Sets the business back to what it was before the test."""
    before = sandbox.get("/sandbox/business").json()
    yield
    sandbox.put("/sandbox/business", json=before).raise_for_status()
