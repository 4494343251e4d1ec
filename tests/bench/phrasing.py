"""What rewording costs turns that need none: two action servers side by side, one with a slow model kept busy.

`python -m tests.bench phrasing`
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from actions.phrasing.lock import Lock
from actions.phrasing.style import load_style
from actions.phrasing.tokens import lock
from tests.integration.actions.conftest import free_port, running
from tests.integration.actions.conversation import Conversation

ROUNDS, TURNS_A_ROUND = 15, 40
# As many customers wait for the model as it takes at once.
WAITING = 16
BOOKED = (
    "¡Listo! Tu cita quedó agendada para el {fecha} a las {hora}. Su número es {cita_id} y está a nombre de {email}."
)


def main(arguments: Sequence[str]) -> None:
    """Prints the tables."""
    with tempfile.TemporaryDirectory() as folder, _sandbox(Path(folder)) as sandbox:
        sandbox.put("/sandbox/faults", json={"llm": {"median_ms": 1500}}).raise_for_status()
        model = {
            "OPENROUTER_API_KEY": "sk-or-v1-for-the-sandbox-alone",
            "OPENROUTER_MODEL": "a/model",
            "OPENROUTER_BASE_URL": f"{sandbox.base_url}/llm/v1".replace("//llm", "/llm"),
        }
        with _server(sandbox, {}) as without, _server(sandbox, model) as with_model:
            _measure(without, with_model)
    _measure_lock()


def _measure(without: str, with_model: str) -> None:
    ended = threading.Event()
    waiting = [threading.Thread(target=_keep_busy, args=(with_model, ended)) for _ in range(WAITING)]
    for thread in waiting:
        thread.start()
    rates: dict[str, list[float]] = {without: [], with_model: []}
    for number in range(ROUNDS):
        # In turns, and each first as often as the other.
        for url in sorted(rates, reverse=bool(number % 2)):
            rates[url].append(_turns_a_second(url))
    ended.set()
    for thread in waiting:
        thread.join()
    ratios = sorted(on / off for off, on in zip(rates[without], rates[with_model], strict=True))
    off, on = (statistics.median(rates[url]) for url in (without, with_model))
    sys.stdout.write(
        f"turns that need no rewording, a second: {off:.0f} without a model, {on:.0f} beside {WAITING} customers who "
        f"wait for one; ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})\n"
    )


def _turns_a_second(url: str) -> float:
    call = Conversation().user("¿qué paquetes tienen?", "consultar_paquetes").call("action_consultar_paquetes")
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as http:
        http.post("/webhook", json=call).raise_for_status()
        began = time.perf_counter()
        for _ in range(TURNS_A_ROUND):
            http.post("/webhook", json=call).raise_for_status()
        return TURNS_A_ROUND / (time.perf_counter() - began)


def _keep_busy(url: str, ended: threading.Event) -> None:
    call = Conversation().user("olvídalo", "olvidar").call("action_olvidar")
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as http:
        while not ended.is_set():
            http.post("/webhook", json=call)


@contextmanager
def _sandbox(folder: Path) -> Iterator[httpx.Client]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    variables = {"SANDBOX_PORT": str(port), "SANDBOX_DATABASE_URL": f"sqlite:///{folder / 'sandbox.db'}"}
    with (
        running([sys.executable, "-m", "sandbox"], f"{url}/health", folder / "sandbox.log", **variables),
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        yield client


@contextmanager
def _server(sandbox: httpx.Client, model: dict[str, str]) -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    variables = {
        "SANIC_HOST": "127.0.0.1",
        "INTERNAL_API_URL": str(sandbox.base_url),
        "OPENROUTER_API_KEY": "",
        **model,
    }
    # Kept rewordings would leave the model idle.
    style = Path(tempfile.mkdtemp()) / "estilo.yml"
    source = (Path(__file__).parents[2] / "estilo.yml").read_text(encoding="utf-8")
    style.write_text(source.replace("variantes: 3", "variantes: 20"), encoding="utf-8")
    command = [sys.executable, "-m", "actions.server", "--port", str(port)]
    with running(command, f"{url}/health", style.with_suffix(".log"), PHRASING_STYLE=str(style), **variables):
        yield url


def _measure_lock() -> None:
    held = Lock(lock(BOOKED), load_style())
    text = held.locked.text.replace("agendada", "reservada")
    for _ in range(3):
        held.checked(text)
    began = time.perf_counter()
    for _ in range(500):
        held.checked(text)
    sys.stdout.write(
        f"one check of a text of {len(text)} characters: {(time.perf_counter() - began) / 500 * 1e6:.0f} µs\n"
    )
