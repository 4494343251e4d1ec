"""The command line: `python -m launcher run|chat|train|migrate|status|evaluate|rasa`."""

import argparse
import sys

from launcher import commands
from launcher.console import Console
from launcher.process import LauncherError

COMMANDS = {
    "run": commands.run,
    "chat": commands.chat,
    "train": commands.train,
    "migrate": commands.migrate,
    "status": commands.show_status,
    "evaluate": commands.evaluate,
    "rasa": commands.rasa_tool,
}
PASS_ARGUMENTS_ON = frozenset({"chat", "rasa"})


def main(arguments: list[str]) -> int:
    """Runs one command and returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m launcher", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    chosen = parser.parse_args(arguments[:1]).command
    rest = arguments[1:]
    if rest and chosen not in PASS_ARGUMENTS_ON:
        parser.error(f"{chosen} takes no arguments: {' '.join(rest)}")
    try:
        return COMMANDS[chosen](rest)
    except LauncherError as error:
        Console().complain(f"{chosen}: {error}")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
