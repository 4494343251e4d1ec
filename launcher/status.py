"""Tells what runs on this machine and how it is."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

from launcher.console import Console
from launcher.parts import Part
from launcher.ports import owner

INTERNAL_API_HEALTH = "/v1/health"


@dataclass(frozen=True)
class Health:
    """How one part answered."""

    name: str
    url: str
    milliseconds: float | None
    detail: str

    @property
    def is_up(self) -> bool:
        """Whether the part works."""
        return self.milliseconds is not None


def probe(name: str, url: str, port: int | None = None) -> Health:
    """Asks one part for its health, and on this machine for the process behind it."""
    started = time.perf_counter()
    try:
        answer = httpx.get(url, timeout=5.0, trust_env=False)
    except httpx.TransportError as error:
        return Health(name, url, None, type(error).__name__)
    if not answer.is_success:
        return Health(name, url, None, f"HTTP {answer.status_code}")
    milliseconds = (time.perf_counter() - started) * 1000
    return Health(name, url, milliseconds, (port and owner(port)) or "")


def report(parts: Sequence[Part], elsewhere: Mapping[str, str], facts: Mapping[str, str], console: Console) -> bool:
    """Prints a line for each part and each fact, and returns whether every part works.

    Args:
        parts: Those of this machine.
        elsewhere: The health addresses of what runs on other machines, by name.
        facts: What else is worth knowing, by name.
        console: Where to print.
    """
    found = [probe(part.name, part.health_url, part.port) for part in parts]
    found += [probe(name, url) for name, url in elsewhere.items()]
    for health in found:
        state = f"up    {health.milliseconds:4.0f} ms" if health.is_up else "DOWN         "
        line = f"{health.name:<13} {state}  {health.url:<34} {health.detail}".rstrip()
        (console.say if health.is_up else console.complain)(line)
    for name, fact in facts.items():
        console.say(f"{name:<13} {fact}")
    return all(health.is_up for health in found)
