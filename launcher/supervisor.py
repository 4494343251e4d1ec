"""Keeps several parts running as one system: all work, or all end."""

import asyncio
import os
import re
import signal
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import httpx

from launcher.console import Console
from launcher.lines import readable
from launcher.parts import Part
from launcher.ports import is_taken, owner
from launcher.process import LauncherError, guarded, outcome

GRACE_SECONDS = 10.0
LOOK_EVERY_SECONDS = 0.2
REPORT_EVERY_SECONDS = 10.0
LAST_LINES = 15
LONGEST_LINE = 64 * 1024

LineSink = Callable[[str, str], None]


class PortTakenError(LauncherError):
    """A port that a part needs is in use."""


class PartError(LauncherError):
    """A part died, or did not come up."""


def check_ports(parts: Sequence[Part]) -> None:
    """Makes sure that every part finds its port free.

    Raises:
        PortTakenError: One or more are in use; the message names each, who wants it and who has it.
    """
    complaints = []
    for part in parts:
        if is_taken(part.port):
            holder = owner(part.port) or "another process"
            complaints.append(f"port {part.port}, which {part.name} needs, is taken by {holder}")
    if complaints:
        raise PortTakenError("; ".join(complaints) + ". Nothing was started.")


class _Running:
    """A started part, its process and the end of its output."""

    def __init__(self, part: Part, process: asyncio.subprocess.Process, sink: LineSink) -> None:
        self.part = part
        self.process = process
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        self.failure: str | None = None
        self._sink = sink
        self._failure_pattern = re.compile(part.failure_pattern) if part.failure_pattern else None
        self.pump = asyncio.create_task(self._pass_on())

    async def _pass_on(self) -> None:
        stream = self.process.stdout
        pending = b""
        while stream is not None and (chunk := await stream.read(LONGEST_LINE)):
            *lines, pending = (pending + chunk).split(b"\n")
            if len(pending) > LONGEST_LINE:
                lines, pending = [*lines, pending], b""
            for line in lines:
                self._take(line)
        if pending:
            self._take(pending)

    def _take(self, raw: bytes) -> None:
        line = raw.decode(errors="replace").rstrip("\r")
        self.last_lines.append(readable(line))
        if self._failure_pattern and self._failure_pattern.search(line):
            self.failure = readable(line).strip()
        try:
            self._sink(self.part.name, line)
        except OSError:
            # A full disk or a terminal that is gone must not stop the reading: the part would wait for it for ever.
            return

    def signal_group(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return

    async def failed(self) -> PartError | None:
        """Returns what to raise when the part has died or said that it will never work."""
        if self.process.returncode is None and self.failure is None:
            return None
        await asyncio.wait([self.pump], timeout=1.0)
        if self.process.returncode is None:
            return PartError(f"{self.part.name} cannot work: {self.failure}")
        tail = "\n".join(f"    {line}" for line in self.last_lines) or "    (it said nothing)"
        return PartError(f"{self.part.name} died with {outcome(self.process.returncode)}. Its last lines:\n{tail}")


class System:
    """Parts that run together; as an async context manager it stops, at the end, what was started."""

    def __init__(
        self,
        parts: Sequence[Part],
        variables: Mapping[str, str],
        console: Console,
        *,
        root: Path,
        sink: LineSink | None = None,
    ) -> None:
        self._parts = parts
        self._variables = variables
        self._console = console
        self._root = root
        self._sink = sink or console.part_line
        self._running: list[_Running] = []

    async def __aenter__(self) -> "System":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Starts every part, without waiting for it."""
        for part in self._parts:
            process = await asyncio.create_subprocess_exec(
                *guarded(part.command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env={**self._variables, **part.environment},
                cwd=self._root,
                start_new_session=True,  # Ctrl-C is for the launcher alone, which then stops them in order
            )
            self._running.append(_Running(part, process, self._sink))

    async def wait_healthy(self) -> None:
        """Returns when every part works.

        Raises:
            PartError: One died or took longer than it may.
        """
        waiting = list(self._running)
        started = asyncio.get_running_loop().time()
        reported = started
        async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
            while True:
                await self._raise_first_failure()
                waiting = [running for running in waiting if not await self._works(running, client)]
                if not waiting:
                    break
                now = asyncio.get_running_loop().time()
                self._raise_if_too_slow(waiting, now - started)
                if now - reported >= REPORT_EVERY_SECONDS:
                    reported = now
                    names = ", ".join(running.part.name for running in waiting)
                    self._console.say(f"Waiting for {names} ({now - started:.0f} s)…")
                await asyncio.sleep(LOOK_EVERY_SECONDS)
        # A failing part may say so just before it first answers.
        await self._raise_first_failure()

    async def watch(self) -> None:
        """Looks after the parts until one of them dies.

        Raises:
            PartError: Always, as soon as one died.
        """
        while True:
            await self._raise_first_failure()
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def stop(self) -> None:
        """Ends all parts: asks first, and kills what has not ended after the grace."""
        for running in self._running:
            running.signal_group(signal.SIGTERM)
        ends = [asyncio.create_task(running.process.wait()) for running in self._running]
        if ends:
            await asyncio.wait(ends, timeout=GRACE_SECONDS)
        self.kill()
        if ends:
            await asyncio.wait([*ends, *(running.pump for running in self._running)], timeout=GRACE_SECONDS)
        self._running.clear()

    def kill(self) -> None:
        """Ends all parts, and what they started, at once."""
        for running in self._running:
            running.signal_group(signal.SIGKILL)

    async def _works(self, running: _Running, client: httpx.AsyncClient) -> bool:
        try:
            answer = await client.get(running.part.health_url)
        except httpx.TransportError:
            return False
        if answer.is_success:
            self._console.say(f"{running.part.name} is up.")
        return answer.is_success

    async def _raise_first_failure(self) -> None:
        for running in self._running:
            failure = await running.failed()
            if failure is not None:
                raise failure

    def _raise_if_too_slow(self, waiting: Sequence[_Running], seconds: float) -> None:
        for running in waiting:
            part = running.part
            if seconds > part.start_seconds:
                limit = f"{part.start_seconds:.0f} s"
                raise PartError(f"{part.name} did not answer {part.health_url} within {limit}")
