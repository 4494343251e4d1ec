"""How well, how surely and how fast pipelines understand the held-out messages, side by side.

`python -m tests.bench understanding [start] [candidate[:share]…]` teaches each candidate (all of them unless told) the
examples in `data/`, or a share of them, and has it parse the messages in `tests/nlu/`, each in a process of its own.
`start` compares how long whole servers take to start. Nothing is asserted.

"Understood" to "F1" are counted as the launcher's evaluation counts them, at the threshold of 0.7; "likeliest" is the
share of wishes whose likeliest intent is right, however sure. "ECE" and "Brier" judge the confidence of the likeliest
intent, of wishes and of what is out of scope. A message is timed on one core; learning may use them all, and "CPU s" is
what they spent on it together. The last two columns are the likeliest intents and the entities in cross-validation on
`data/`: mean ± standard deviation.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from launcher.environment import ROOT, environment
from launcher.quiet import IMPORTED_FIRST, UNWANTED
from tests.bench.understanding_candidates import candidates
from tests.bench.understanding_start import compare_starts

START = "start"
# Every child learns from the beginning, and parses on one core whatever its library.
ALONE = {
    "RASA_MAX_CACHE_SIZE": "0",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "",
}
ONE_CORE = {"TF_INTRA_OP_PARALLELISM_THREADS": "1", "TF_INTER_OP_PARALLELISM_THREADS": "1"}

Figures = dict[str, Any]


def _percent(value: float) -> str:
    return f"{value:.1%}"


COLUMNS: dict[str, tuple[str, Callable[[float], str]]] = {
    "examples": ("examples", "{:,}".format),
    "understood": ("understood", _percent),
    "likeliest": ("likeliest", _percent),
    "refused": ("refused", _percent),
    "recognised": ("recognised", _percent),
    "entities_f1": ("F1", "{:.3f}".format),
    "calibration_error": ("ECE", "{:.3f}".format),
    "brier": ("Brier", "{:.3f}".format),
    "message_ms": ("ms", "{:.1f}".format),
    "learning_s": ("learn s", "{:.0f}".format),
    "learning_cpu_s": ("CPU s", "{:.0f}".format),
    "loading_s": ("load s", "{:.1f}".format),
    "memory_mb": ("MB", "{:.0f}".format),
}
CROSSED: dict[str, tuple[str, Callable[[float], str]]] = {
    "likeliest": ("likeliest ±", _percent),
    "entities_f1": ("F1 ±", "{:.3f}".format),
}


def main(arguments: Sequence[str]) -> None:
    """Compares the candidates named; or, called by itself, does one step for one of them."""
    options = _options(arguments)
    if options.child:
        _be_child(json.loads(options.child))
        return
    known = candidates()
    wanted = [_wanted(named, options.share) for named in options.candidates or [START, *known]]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.keep or temporary).resolve()
        if any(name == START for name, _ in wanted):
            _print(compare_starts(_made(folder / START)))
        results = {
            name: _measure(name, share, _made(folder / name), options) for name, share in wanted if name != START
        }
    if results:
        _print(_table(results, options))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    names = ", ".join(candidates())
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("candidates", nargs="*", help=f"start, {names}; with a share of its own as name:share")
    parser.add_argument("--share", type=float, default=1.0, help="of the examples of each intent that are learned from")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=2, help="of the cross-validation; 0: none")
    parser.add_argument("--cross-share", type=float, help="of the examples, in cross-validation; --share unless told")
    parser.add_argument("--cross-validate", nargs="+", metavar="candidate", help="which ones; all unless told")
    parser.add_argument("--cross-only", action="store_true", help="leave the held-out messages alone")
    parser.add_argument("--keep", metavar="folder", help="where the models stay, a folder for each")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    unknown = {_wanted(one, 1.0)[0] for one in options.candidates} - {START, *candidates()}
    if unknown:
        parser.error(f"no such candidate: {', '.join(sorted(unknown))}; there are {names} and {START}")
    return options


def _wanted(named: str, share: float) -> tuple[str, float]:
    name, _, own = named.partition(":")
    return name, float(own or share)


def _measure(name: str, share: float, folder: Path, options: argparse.Namespace) -> Figures:
    figures: Figures = {}
    order = {"candidate": name, "folder": str(folder)}
    if not options.cross_only:
        figures |= _in_child({**order, "step": "learn", "share": share})
        figures |= _in_child({**order, "step": "parse"})
    if options.repeats and name in (options.cross_validate or [name]):
        crossed = {"share": options.cross_share or share, "folds": options.folds, "repeats": options.repeats}
        figures |= _in_child({**order, "step": "cross", **crossed})
    return figures


def _in_child(order: Mapping[str, Any]) -> Figures:
    """Has another process do one step, and returns what it measured."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {order['candidate']}: {order['step']}…\n")
    answer = Path(order["folder"], "answer.json")
    variables = {**environment(), **ALONE, **(ONE_CORE if order["step"] == "parse" else {})}
    # What Rasa writes to its standard output is no part of the table.
    subprocess.run(
        (sys.executable, "-m", "tests.bench.understanding", "--child", json.dumps({**order, "answer": str(answer)})),
        env=variables,
        cwd=ROOT,
        stdout=sys.stderr,
        check=True,
    )
    figures: Figures = json.loads(answer.read_text(encoding="utf-8"))
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {order['candidate']}: {json.dumps(figures)}\n")
    return figures


def _be_child(order: Mapping[str, Any]) -> None:
    for name in IMPORTED_FIRST["rasa"]:
        import_module(name)
    for category in UNWANTED:
        warnings.filterwarnings("ignore", category=category)
    figures = import_module("tests.bench.understanding_child").perform(order)
    Path(order["answer"]).write_text(json.dumps(figures), encoding="utf-8")


def _table(results: Mapping[str, Figures], options: argparse.Namespace) -> str:
    width = max(len(name) for name in results)
    headers = [header for header, _ in (*COLUMNS.values(), *CROSSED.values())]
    lines = ["", " " * width + "".join(f"{header:>{_room(header)}}" for header in headers)]
    for name, figures in results.items():
        cells = [show(figures[key]) if key in figures else "–" for key, (_, show) in COLUMNS.items()]
        crossed = figures.get("crossed", {})
        cells += [
            f"{show(crossed[key][0])} ± {show(crossed[key][1])}" if key in crossed else "–"
            for key, (_, show) in CROSSED.items()
        ]
        lines.append(
            f"{name:<{width}}"
            + "".join(f"{cell:>{_room(header)}}" for header, cell in zip(headers, cells, strict=True))
        )
    crossed_examples = sorted({one["crossed_examples"] for one in results.values() if "crossed_examples" in one})
    if crossed_examples:
        counts = ", ".join(f"{count:,}" for count in crossed_examples)
        lines.append(f"cross-validation: {options.folds} folds, {options.repeats} times, on {counts} examples")
    known = candidates()
    lines += [f"{name}: {known[name].what}" for name in results]
    return "\n".join(lines) + "\n"


def _room(header: str) -> int:
    return 17 if "±" in header else max(9, len(header) + 2)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
