"""What the launcher writes on the terminal."""

import os
import signal
import sys

from launcher.lines import readable

RESET = "\033[0m"
BOLD = "\033[1m"
RED = "\033[31m"
PART_COLOURS = ("\033[35m", "\033[32m", "\033[36m", "\033[33m", "\033[34m")


class Console:
    """Writes lines to standard output, in colour only where a person can see it."""

    def __init__(self, part_names: tuple[str, ...] = ()) -> None:
        self._colourful = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self._width = max((len(name) for name in part_names), default=0)
        self._colours = {name: PART_COLOURS[n % len(PART_COLOURS)] for n, name in enumerate(part_names)}

    def say(self, text: str) -> None:
        """Writes what the launcher itself has to say."""
        self._write(self._painted(text, BOLD))

    def complain(self, text: str) -> None:
        """Writes an error."""
        self._write(self._painted(text, RED))

    def part_line(self, name: str, line: str) -> None:
        """Writes one line of a part's output behind the part's name, in words if it is JSON."""
        part = self._painted(f"{name:<{self._width}} |", self._colours.get(name, ""))
        self._write("\n".join(f"{part} {row}" for row in readable(line).split("\n")))

    def _painted(self, text: str, colour: str) -> str:
        return f"{colour}{text}{RESET}" if self._colourful and colour else text

    def _write(self, text: str) -> None:
        try:
            print(text, flush=True)
        except BrokenPipeError:
            # Nobody reads any more (`make run | head`): end as asked to, and do not fail again on the way.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            signal.raise_signal(signal.SIGTERM)
        except OSError:
            # The disk behind it is full, or the terminal is gone: what runs must not end for that.
            return
