"""Runs programs for a process that may end in any way, and clears up after both.

Run as a file (`python -IS keeper.py ABOVE OWNER FAREWELL`), it makes a folder in ABOVE that belongs to OWNER (to
ourselves when empty) and then takes orders, one JSON object a line, each answered by one:

* `{"start": ["program", "argument"]}` as OWNER, its output going to `output.log` in the folder
* `{"signal": 15}` to the program
* `{"poll": true}`, answered by `{"status": null}` until the program and all that it started have ended

When its input ends, because the process that started it closed it or is no more, the program gets the signal
FAREWELL, soon after that SIGKILL, and the folder is removed. The program ends with this one, too.
"""

from __future__ import annotations

import ctypes
import json
import os
import pwd
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from launcher.guard import die_with_parent

PATIENCE = 5.0
PR_SET_CHILD_SUBREAPER = 36


class Program:
    """A running program.

    A pipe that all of its processes inherit tells when the last of them is gone.
    """

    def __init__(self, command: list[str], owner: str, folder: Path) -> None:
        self._lifeline, inherited = os.pipe()
        user = pwd.getpwnam(owner) if owner else None
        with (folder / "output.log").open("ab") as output:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env={"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                user=user and user.pw_uid,
                group=user and user.pw_gid,
                extra_groups=[] if user else None,
                pass_fds=[inherited],
                # There are no threads here that a fork could do harm to, and a change of user would undo it.
                preexec_fn=partial(die_with_parent, os.getpid()),
            )
        os.close(inherited)

    def status(self) -> int | None:
        """Gives the exit status once nothing of the program runs any more."""
        if self._process.poll() is None or not select.select([self._lifeline], [], [], 0)[0]:
            return None
        reap()
        return self._process.returncode

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def end(self, farewell: int) -> None:
        for number in (farewell, signal.SIGKILL):
            self.signal(number)
            give_up = time.monotonic() + PATIENCE
            while self.status() is None and time.monotonic() < give_up:
                time.sleep(0.01)


def serve(owner: str, farewell: int, folder: Path) -> None:
    program = None
    try:
        answer({"folder": str(folder)})
        for line in sys.stdin:
            order = json.loads(line)
            try:
                if "start" in order:
                    program = Program(order["start"], owner, folder)
                elif program and "signal" in order:
                    program.signal(order["signal"])
                answer({"status": program.status() if program else 0})
            except (OSError, subprocess.SubprocessError) as error:
                answer({"error": str(error)})
    finally:
        if program:
            program.end(farewell)


def adopt_orphans() -> None:
    """Makes what a killed program leaves behind children of ours: not every container's first process reaps."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap() -> None:
    """Waits for the orphans, which have closed all their files and are about to be gone."""
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        pass


def answer(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main(above: str, owner: str, farewell: str) -> None:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    adopt_orphans()
    folder = os.path.realpath(tempfile.mkdtemp(prefix="orquestador-server-", dir=above))
    try:
        if owner:
            shutil.chown(folder, owner)
        serve(owner, int(farewell), Path(folder))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
