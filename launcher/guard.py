"""Becomes the command it is given, which then ends when the process that started it ends.

Run as a file (`python -IS guard.py PARENT_PID COMMAND…`): asking the kernel between fork and exec would need
code in a forked copy of a running event loop. Only Linux's kernel can do it; elsewhere the command just runs.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Has the kernel kill this process when `parent`, which started it, ends."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the kernel was asked
        raise SystemExit(1)


def main(arguments: list[str]) -> None:
    """Runs `[parent pid, command, argument…]` in place of this process."""
    parent, *command = arguments
    die_with_parent(int(parent))
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        raise SystemExit(f"cannot start {command[0]}: {error.strerror}") from error


if __name__ == "__main__":
    main(sys.argv[1:])
