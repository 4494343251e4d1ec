"""Health: every part is really asked, all at once, each within two seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

SECONDS = 2.0
CACHED_SECONDS = 1.0


@dataclass(frozen=True)
class Finding:
    """What a part says when it is asked.

    Attributes:
        ok: whether it does what it is there for.
        error: what is wrong, or why there was nothing to ask.
        ms: how long it took, where somebody else measured it.
    """

    ok: bool = True
    error: str | None = None
    ms: int | None = None


@dataclass(frozen=True)
class PartHealth:
    """How one part is.

    Attributes:
        ok: whether it does what it is there for.
        vital: whether customers get no right answer without it.
        ms: how long it took to find out, in milliseconds.
        error: what is wrong, or why there was nothing to ask; never personal data.
    """

    ok: bool
    vital: bool
    ms: int
    error: str | None = None


@dataclass(frozen=True)
class Part:
    """One part, and how it is asked."""

    name: str
    vital: bool
    ask: Callable[[], Awaitable[Finding]]


@dataclass(frozen=True)
class Checked:
    """What a look at all parts found, and when that was."""

    parts: Mapping[str, PartHealth]
    at: datetime

    @property
    def is_well(self) -> bool:
        """Whether every vital part is well."""
        return all(part.ok for part in self.parts.values() if part.vital)


class Health:
    """Asks all parts at once; whoever asks within a second of others gets the same answer.

    Args:
        parts: What there is to ask.
        seconds: How long each may take.
        clock: Tells the seconds that pass.
    """

    def __init__(
        self, parts: list[Part], seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._parts = parts
        self._seconds = seconds
        self._clock = clock
        self._looking: asyncio.Task[Checked] | None = None
        self._looked_at = 0.0

    async def check(self) -> Mapping[str, PartHealth]:
        """Return how every part is."""
        return (await self.look()).parts

    async def look(self) -> Checked:
        """Return how every part is, and when that was found."""
        is_old = self._clock() - self._looked_at > CACHED_SECONDS
        if self._looking is None or (self._looking.done() and is_old):
            self._looking = asyncio.create_task(self._look(), name="orchestrator-health")
        # Who gives up waiting must not end the look of the others.
        return await asyncio.shield(self._looking)

    async def _look(self) -> Checked:
        found = await asyncio.gather(*(self._ask(part) for part in self._parts))
        self._looked_at = self._clock()
        return Checked(dict(zip((part.name for part in self._parts), found, strict=True)), datetime.now(timezone.utc))

    async def _ask(self, part: Part) -> PartHealth:
        started = time.perf_counter()
        asking = asyncio.ensure_future(part.ask())
        asking.add_done_callback(_look_at_error)
        await asyncio.wait({asking}, timeout=self._seconds)
        if not asking.done():
            # Not waited for: what does not answer may not be quick to give up either.
            asking.cancel()
            found = Finding(False, f"no answer within {self._seconds:g} s")
        elif error := asking.exception():
            # Its words may quote what it was asked with.
            found = Finding(False, type(error).__name__)
        else:
            found = asking.result()
        ms = round((time.perf_counter() - started) * 1000) if found.ms is None else found.ms
        return PartHealth(found.ok, part.vital, ms, found.error)


def _look_at_error(asking: asyncio.Future[Finding]) -> None:
    """Have nobody told of an error that comes when nobody waits any more."""
    if not asking.cancelled():
        asking.exception()
