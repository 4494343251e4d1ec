"""The whole system, started once as `make run` starts it, on databases of its own."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.phone import Phone

ROOT = Path(__file__).resolve().parents[2]
SANDBOX = "http://127.0.0.1:8090"
RASA = "http://127.0.0.1:5005"
STARTING = 240.0

_numbers = count(5215550000001)


@dataclass
class System:
    """The running system.

    Attributes:
        sandbox: HTTP client of the sandbox.
        log: the conversation log's database.
        seeded: the state of the business before anybody wrote.
    """

    sandbox: httpx.Client
    log: Path
    seeded: dict[str, Any]

    def phone(self, number: str | None = None) -> Phone:
        """Gives a contact; a new one unless a number is given."""
        phone = Phone(self.sandbox, number or f"+{next(_numbers)}")
        phone.seen = sum(m["direction"] == "outbound" for m in phone.messages()) if number else 0
        return phone

    def business(self) -> dict[str, list[dict[str, object]]]:
        """Gives the whole state of the internal API's database."""
        state: dict[str, list[dict[str, object]]] = self.sandbox.get("/sandbox/business").json()
        return state

    def mailed(self, email: str) -> str:
        """Gives the code of the latest mail to somebody."""
        latest = self.sandbox.get("/sandbox/mails", params={"to": email}).json()["mails"][0]
        return next(iter(re.findall(r"\b\d{6}\b", latest["text"])))

    def faults(self, **faults: object) -> None:
        """Sets the sandbox's faults; none without arguments."""
        self.sandbox.put("/sandbox/faults", json=faults).raise_for_status()

    def release(self, number: str) -> None:
        """Does what an operator does who has spoken with a customer: gives them back to the assistant."""
        command = [sys.executable, "-m", "connectors.whatsapp", "release", number]
        variables = {**os.environ, "DATABASE_URL": f"sqlite:///{self.log}"}
        subprocess.run(command, cwd=ROOT, env=variables, check=True, capture_output=True)

    def turns(self, message: str, expected: int = 1) -> list[sqlite3.Row]:
        """Gives the log's rows of a message, as soon as there are as many as expected."""
        deadline = time.monotonic() + 10
        rows: list[sqlite3.Row] = []
        while len(rows) < expected and time.monotonic() < deadline:
            with sqlite3.connect(self.log) as connection:
                connection.row_factory = sqlite3.Row
                rows = connection.execute(
                    "SELECT * FROM conversation_logs WHERE message = ? ORDER BY timestamp", (message,)
                ).fetchall()
            time.sleep(0.1)
        return rows


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("system")
    log = folder / "orquestador.db"
    variables = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{log}",
        "LOG_SPOOL_FOLDER": str(folder / "log_spool"),
        "SANDBOX_DATABASE_URL": f"sqlite:///{folder / 'sandbox.db'}",
    }
    with (folder / "output.txt").open("w+") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "launcher", "run"],
            cwd=ROOT,
            env=variables,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        try:
            _wait_until_ready(process, folder / "output.txt")
            with httpx.Client(base_url=SANDBOX, timeout=20.0, trust_env=False) as sandbox:
                yield System(sandbox, log, sandbox.get("/sandbox/business").json())
        finally:
            process.send_signal(signal.SIGINT)
            status = process.wait(timeout=60)
        assert status == 0, (folder / "output.txt").read_text()


def _wait_until_ready(process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + STARTING
    while "/api/whatsapp/webhook" not in output.read_text():
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.5)


@pytest.fixture(autouse=True)
def _no_faults(system: System) -> Iterator[None]:
    yield
    system.faults()
