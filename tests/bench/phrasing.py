"""What rewording costs turns that need none: action servers side by side, one with a slow model kept busy.

The second has no model, and as many other customers, who write as often: what is lost to them is not lost to rewording.

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
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from actions.help.search import get_help
from actions.phrasing.lock import Lock
from actions.phrasing.style import load_style
from actions.phrasing.tokens import lock
from sandbox.llm.rewording import OPENINGS
from tests.integration.actions.conftest import ROOT, free_port, running
from tests.integration.actions.conversation import Conversation

# Each answered with exact responses alone, which no model is asked about.
EXACT = {
    "consultar_paquetes": ("¿qué paquetes tienen?", "action_consultar_paquetes"),
    "consultar_horarios": ("¿qué horarios tienen?", "action_consultar_horarios"),
}
# As many customers wait for the model as it takes at once.
WAITING = 16
MEDIAN_MS = 1500
ROUNDS, TURNS_A_ROUND = 18, 40
CHECKS = 300
SHORT = "¡Hasta pronto! Que los astros te acompañen ✨"
BOOKED = (
    "¡Listo! Tu cita quedó agendada para el {fecha} a las {hora}. Su número es {cita_id} y está a nombre de {email}."
)
HEADING = (
    f"turns a second that need no rewording, {ROUNDS} rounds of {TURNS_A_ROUND}\n"
    f"beside off and on {WAITING} others, who wait {MEDIAN_MS} ms for a model or else between messages\n"
    "ratios: median (middle half; all); of the calls of the model the last 500 are counted\n"
    f"{'':<20}{'alone':>7}{'off':>7}{'on':>7}  {'on / off':<36}{'on / alone':<36} calls\n"
)

Call = dict[str, Any]


@dataclass(frozen=True)
class Side:
    """One of the two action servers, and what it has answered a second, round by round."""

    url: str
    rates: list[float] = field(default_factory=list)


def main(arguments: Sequence[str]) -> None:
    """Prints the tables."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _sandbox(folder) as sandbox:
            sandbox.put("/sandbox/faults", json={"llm": {"median_ms": MEDIAN_MS}}).raise_for_status()
            url = str(sandbox.base_url).rstrip("/")
            model = {
                "OPENROUTER_API_KEY": "sk-or-v1-for-the-sandbox-alone",
                "OPENROUTER_MODEL": "a/model",
                "OPENROUTER_BASE_URL": f"{url}/llm/v1",
            }
            none = {"OPENROUTER_API_KEY": ""}
            with (
                _server(folder / "alone.log", url, none) as alone,
                _server(folder / "off.log", url, none) as off,
                _server(folder / "on.log", url, model) as on,
            ):
                sys.stdout.write(HEADING)
                for intent, (said, action) in EXACT.items():
                    _measure(sandbox, intent, Conversation().user(said, intent).call(action), alone, off, on)
    _measure_lock()


def _measure(sandbox: httpx.Client, intent: str, call: Call, *urls: str) -> None:
    alone, off, on = sides = [Side(url) for url in urls]
    sandbox.delete("/sandbox/llm/calls").raise_for_status()
    with _others(off.url, MEDIAN_MS / 1000), _others(on.url, 0.0):
        # The model's client is loaded by the first who wait for it.
        time.sleep(3)
        for number in range(ROUNDS):
            # Each is first, second and last as often as the others.
            for place in range(len(sides)):
                side = sides[(number + place) % len(sides)]
                side.rates.append(_turns_a_second(side.url, call))
    calls = len(sandbox.get("/sandbox/llm/calls").json()["calls"])
    rates = "".join(f"{statistics.median(side.rates):>7.0f}" for side in sides)
    sys.stdout.write(f"{intent:<20}{rates}  {_ratio(on, off):<36}{_ratio(on, alone):<36}{calls:>6}\n")
    sys.stdout.flush()


def _ratio(mine: Side, theirs: Side) -> str:
    ratios = sorted(one / other for one, other in zip(mine.rates, theirs.rates, strict=True))
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{middle:.2f} ({low:.2f} to {high:.2f}; {ratios[0]:.2f} to {ratios[-1]:.2f})"


def _turns_a_second(url: str, call: Call) -> float:
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as http:
        http.post("/webhook", json=call).raise_for_status()
        began = time.perf_counter()
        for _ in range(TURNS_A_ROUND):
            http.post("/webhook", json=call).raise_for_status()
        return TURNS_A_ROUND / (time.perf_counter() - began)


@contextmanager
def _others(url: str, pause: float) -> Iterator[None]:
    """Has other customers get answers that may be reworded, with pauses of so many seconds, while the context lasts."""
    ended = threading.Event()
    threads = [threading.Thread(target=_converse, args=(url, pause, ended)) for _ in range(WAITING)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _converse(url: str, pause: float, ended: threading.Event) -> None:
    call = Conversation().user("olvídalo", "olvidar").call("action_olvidar")
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as http:
        while not ended.wait(pause):
            http.post("/webhook", json=call).raise_for_status()


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
def _server(output: Path, sandbox_url: str, model: dict[str, str]) -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    # Kept rewordings would leave the model idle.
    style = output.with_suffix(".yml")
    source = (ROOT / "estilo.yml").read_text(encoding="utf-8")
    style.write_text(source.replace("variantes: 3", "variantes: 20"), encoding="utf-8")
    variables = {"SANIC_HOST": "127.0.0.1", "INTERNAL_API_URL": sandbox_url, "PHRASING_STYLE": str(style), **model}
    command = [sys.executable, "-m", "actions.server", "--port", str(port)]
    with running(command, f"{url}/health", output, **variables):
        yield url


def _measure_lock() -> None:
    """Prints what one check takes, of processor time: the first of a text, which prepares it, and each one after it."""
    longest = max((it.text for it in get_help().texts), key=len)
    style = load_style()
    Lock(lock(SHORT), style).checked(f"¡Claro! {SHORT}")  # the vocabulary is read once a process
    sys.stdout.write(f"\none check of the lock, µs{'':<14}characters{'facts':>8}{'first':>8}{'later':>8}\n")
    for name, source in {"short": SHORT, "an answer with facts": BOOKED, "the longest help text": longest}.items():
        held = Lock(lock(source), style)
        text = next(f"{it}{held.locked.text}" for it in OPENINGS if not source.startswith(it.strip()))
        first, later = _microseconds(partial(held.checked, text), 1), _microseconds(partial(held.checked, text), CHECKS)
        facts = len(held.locked.pieces)
        sys.stdout.write(f"{name:<38}{len(text):>10}{facts:>8}{first:>8.0f}{later:>8.0f}\n")


def _microseconds(work: partial[str], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) / times * 1e6
