"""A server program on loopback that ends, and whose files are gone, when this process has ended in whatever way."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

HOST = "127.0.0.1"
KEEPER = Path(__file__).with_name("keeper.py")
OWNER = "nobody" if os.geteuid() == 0 else ""
PATIENCE = 30.0
# Below what Linux and macOS give to outgoing connections: one of those could take the port while a server is down.
PORTS = range(15_000, 30_000)

S = TypeVar("S", bound="Server")


class Unavailable(Exception):
    """The program of a server is not there for this machine; the message says why."""


class ServerFailed(Exception):
    """A server did not start or end as it should; the message ends with what it said."""


class Server:
    """Runs one server program, as `nobody` when we are root, and can stop, kill and start it again.

    The folder of the server and the server itself belong to a keeper (keeper.py), which ends both when this
    process closes the connection to it or dies. Any thread may call any method.

    Attributes:
        port: a TCP port of 127.0.0.1 that stays the same through all starts.
        folder: where the server keeps its files, gone after `close()`.
    """

    FAREWELL = signal.SIGKILL
    STOP = signal.SIGTERM

    def __init__(self) -> None:
        self._conversation = threading.RLock()
        self.port = free_port()
        self._keeper = subprocess.Popen(
            [sys.executable, "-IS", str(KEEPER), _reachable_folder(), OWNER, str(int(self.FAREWELL))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._started = False
        self.folder = Path(self._hear()["folder"])

    def command(self) -> list[str]:
        """Gives the program and its arguments."""
        raise NotImplementedError

    def accepts(self) -> bool:
        """Tells whether a client reaches this very server: another one may have been given its port."""
        raise NotImplementedError

    def start(self) -> None:
        """Starts the server and waits until it accepts clients; nothing happens when it runs already.

        Raises:
            ServerFailed: it ended, or did not accept within half a minute.
        """
        with self._conversation:
            if self.running:
                return
            self._run(self.command())
            give_up = time.monotonic() + PATIENCE
            while not self.accepts():
                if self._ask({"poll": True}) is not None or time.monotonic() > give_up:
                    self.kill()
                    raise ServerFailed(f"{type(self).__name__} does not accept clients:\n{self.said()}")
                time.sleep(0.01)

    def stop(self) -> None:
        """Ends the server in an orderly way; its clients are cut off, its data and port stay."""
        self._end(self.STOP)

    def kill(self) -> None:
        """Ends the server at once, as a crash would; its data and port stay."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """Ends the server and removes all it wrote."""
        with self._conversation:
            self._started = False
            if self._keeper.stdout and not self._keeper.stdout.closed:
                self._keeper.communicate(timeout=PATIENCE)
            shutil.rmtree(self.folder, ignore_errors=True)  # had the keeper been killed

    @property
    def running(self) -> bool:
        """Whether a process of the server is there."""
        with self._conversation:
            return self._started and self._ask({"poll": True}) is None

    def said(self) -> str:
        """Gives the last of what the server printed."""
        output = self.folder / "output.log"
        return output.read_text(errors="replace")[-2000:] if output.exists() else ""

    def __enter__(self: S) -> S:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, command: list[str]) -> None:
        self._ask({"start": command})
        self._started = True

    def _wait(self) -> int:
        """Gives the exit status of the program, once it has ended."""
        give_up = time.monotonic() + PATIENCE
        while (status := self._ask({"poll": True})) is None:
            if time.monotonic() > give_up:
                raise ServerFailed(f"{type(self).__name__} does not end:\n{self.said()}")
            time.sleep(0.005)
        return status

    def _end(self, number: signal.Signals) -> None:
        with self._conversation:
            if self.running:
                self._ask({"signal": int(number)})
                self._wait()

    def _ask(self, order: dict[str, Any]) -> int | None:
        with self._conversation:
            assert self._keeper.stdin
            self._keeper.stdin.write(json.dumps(order) + "\n")
            self._keeper.stdin.flush()
            answer = self._hear()
        if "error" in answer:
            raise ServerFailed(answer["error"])
        status: int | None = answer["status"]
        return status

    def _hear(self) -> dict[str, Any]:
        assert self._keeper.stdout
        line = self._keeper.stdout.readline()
        if not line:
            raise ServerFailed(f"the keeper of {type(self).__name__} ended with {self._keeper.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _within_reach(self, program: Path, site: Path, parts: list[str]) -> Path:
        """Gives the program where OWNER may run it: a copy if it lies in a folder that is closed to others.

        `parts` are what belongs to it, relative to `site`.
        """
        if not OWNER or open_to_others(program):
            return program
        copy = self.folder / "program"
        if not copy.exists():
            for part in parts:
                if (site / part).exists():
                    shutil.copytree(site / part, copy / part)
            for path in [copy, *copy.rglob("*")]:
                path.chmod(path.stat().st_mode | stat.S_IRUSR | (stat.S_IXUSR if path.is_dir() else 0))
                shutil.chown(path, OWNER)
        return copy / program.relative_to(site)


def find_program(package: str, pattern: str) -> tuple[Path, Path]:
    """Gives the program that a package brings, and the folder of packages that it lies in.

    Raises:
        Unavailable: the package is not installed, or has no such program for this machine.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable(f"{package} is not installed")
    folder = Path(spec.submodule_search_locations[0])
    for program in folder.glob(pattern):
        if os.access(program, os.X_OK):
            return program, folder.parent
    raise Unavailable(f"{package} has no {Path(pattern).name} for this machine")


def free_port() -> int:
    """Gives a port of 127.0.0.1 that nobody listens on.

    Raises:
        ServerFailed: there is none.
    """
    # Not the shared generator, which tests may have seeded.
    for port in random.SystemRandom().sample(PORTS, 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise ServerFailed("no free port")


def open_to_others(path: Path) -> bool:
    """Tells whether every user can get at a file or folder."""
    return all(place.stat().st_mode & stat.S_IXOTH for place in [path.resolve(), *path.resolve().parents])


def _reachable_folder() -> str:
    """Gives a folder for temporary files that OWNER, too, can get at."""
    usual = tempfile.gettempdir()
    if not OWNER or open_to_others(Path(usual)):
        return usual
    return "/tmp"
