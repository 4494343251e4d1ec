"""Processes that end with the launcher."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PYTHON_MODULE = (sys.executable, "-m")
# For modules that bring TensorFlow or Sanic along, and their warnings.
QUIET_MODULE = (*PYTHON_MODULE, "launcher.quiet")
GUARD = Path(__file__).with_name("guard.py")


class LauncherError(Exception):
    """Something that the developer must hear about, in one message."""


class CommandError(LauncherError):
    """A command that had to succeed did not."""


def guarded(command: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the command line that runs `command` and ends it when this process ends, whatever ends it."""
    return (sys.executable, "-IS", str(GUARD), str(os.getpid()), *command)


def run_command(what: str, command: tuple[str, ...], variables: Mapping[str, str], root: Path) -> None:
    """Runs a command to its end, on this terminal.

    Raises:
        CommandError: It ended with another status than 0; the message begins with `what`.
    """
    status = subprocess.run(guarded(command), env=dict(variables), cwd=root, check=False).returncode
    if status:
        raise CommandError(f"{what} failed with {outcome(status)}; the lines above say why")


def outcome(returncode: int) -> str:
    """Says how a process ended: "exit status 1" or "signal SIGKILL"."""
    if returncode >= 0:
        return f"exit status {returncode}"
    try:
        return f"signal {signal.Signals(-returncode).name}"
    except ValueError:
        return f"signal {-returncode}"
