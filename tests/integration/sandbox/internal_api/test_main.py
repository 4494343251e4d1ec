import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[4]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "SANDBOX_DATABASE_URL": f"sqlite:///{tmp_path}/sandbox.db"}


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def run(environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize(
    ("setting", "message"),
    [({"SANDBOX_PORT": "taken"}, r"cannot listen on .* SANDBOX_PORT"), ({"BUSINESS_TIMEZONE": "Nowhere"}, "TIMEZONE")],
)
def test_says_in_one_line_why_it_cannot_start(
    environment: dict[str, str], taken_port: int, setting: dict[str, str], message: str
) -> None:
    wrong = {name: str(taken_port) if value == "taken" else value for name, value in setting.items()}
    with run({**environment, **wrong}) as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert re.fullmatch(f".*{message}.*\n", said), said


def test_serves_the_internal_api(environment: dict[str, str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with run({**environment, "SANDBOX_PORT": str(port)}) as process:
        try:
            statuses = [_get(f"http://127.0.0.1:{port}{path}", process) for path in ("/health", "/v1/health")]
        finally:
            process.terminate()
            process.wait()
    assert statuses == [{"status": "ok"}] * 2


def _get(url: str, process: subprocess.Popen[str]) -> object:
    while process.poll() is None:
        try:
            return httpx.get(url).json()
        except httpx.ConnectError:
            time.sleep(0.1)
    return process.communicate()[1]
