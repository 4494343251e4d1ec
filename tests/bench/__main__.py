"""Runs the benches: `python -m tests.bench [name [option…]]`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

# To be asked for by name: it takes an hour and more.
LONG = {"understanding"}
OURS = {
    "__init__",
    "__main__",
    "side_by_side",
    "understanding_candidates",
    "understanding_child",
    "understanding_duckling",
    "understanding_start",
}


def main(arguments: Sequence[str]) -> int:
    """Runs the bench named first with the other arguments, or all but the long ones."""
    names = sorted({path.stem for path in Path(__file__).parent.glob("*.py")} - OURS)
    if arguments and arguments[0] not in names:
        sys.stderr.write(f"there is no bench {arguments[0]!r}: {', '.join(names)}\n")
        return 2
    for name in arguments[:1] or [name for name in names if name not in LONG]:
        sys.stdout.write(f"\n==> {name}\n")
        sys.stdout.flush()
        import_module(f"tests.bench.{name}").main(arguments[1:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
