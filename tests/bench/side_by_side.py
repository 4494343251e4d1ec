"""Measuring two things in turns, so that whatever slows the processor slows both."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

ROUNDS = 25
SECONDS_A_ROUND = 0.02

Work = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One comparison: the seconds of processor time that one call of each takes, round by round."""

    name: str
    ours: Sequence[float]
    yardstick: Sequence[float]


def compare(name: str, ours: Work, yardstick: Work, rounds: int = ROUNDS) -> Row:
    """Gives the times of both, called in turns, each as often as fits into a fiftieth of a second."""
    works = (ours, yardstick)
    calls = [max(1, int(SECONDS_A_ROUND / _seconds(work, 3))) for work in works]
    gc.collect()
    measured = [[_seconds(work, count) for work, count in zip(works, calls, strict=True)] for _ in range(rounds)]
    return Row(name, *map(list, zip(*measured, strict=True)))


def table(rows: Sequence[Row], ours: str, yardstick: str) -> str:
    """Gives the medians in microseconds, and how many times ours is the yardstick: median, lowest and highest."""
    lines = [f"{'':<28}{ours:>14}{yardstick:>14}  µs{'ratio':>9}"]
    for row in rows:
        ratios = sorted(mine / theirs for mine, theirs in zip(row.ours, row.yardstick, strict=True))
        times = "".join(f"{statistics.median(each) * 1e6:>14.1f}" for each in (row.ours, row.yardstick))
        spread = f"({ratios[0]:.1f} to {ratios[-1]:.1f})"
        lines.append(f"{row.name:<28}{times}    {statistics.median(ratios):>9.1f}  {spread}")
    return "\n".join(lines) + "\n"


def _seconds(work: Work, calls: int) -> float:
    started = time.process_time()  # of this process alone, however busy the machine is
    for _ in range(calls):
        work()
    return (time.process_time() - started) / calls
