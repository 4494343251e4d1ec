"""Finding numbers that are written in groups, such as cards and phones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

# Letters and digits on either side make it part of an id; "_5512345678_" is WhatsApp's italics, and in
# "5512345678gracias" only a blank was forgotten: no hexadecimal id has such letters.
NOT_AFTER_WORD = r"(?:(?<![^\W_])|(?<=[a-z]{2}[g-z]))"
NOT_BEFORE_WORD = r"(?:(?![^\W_])|(?=[a-z]{3})(?![0-9a-f]{3}))"
DASHES = r"\-‐‑–—"
_GROUP = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class GroupedNumber:
    """Neighbouring groups of digits and what stands between them; `prefix` stands before them."""

    groups: tuple[str, ...]
    separators: tuple[str, ...]
    digits: str
    prefix: str


def run_pattern(separator: str, prefix: str = "") -> re.Pattern[str]:
    """Return a pattern for groups of digits with separators between them, in folded text.

    Args:
        separator: A character class; up to six of its characters may stand between groups.
        prefix: What may come before the first group, as a pattern.
    """
    return re.compile(
        rf"{NOT_AFTER_WORD}(?P<prefix>{prefix})(?P<run>[0-9]+(?:{separator}{{1,6}}[0-9]+)*){NOT_BEFORE_WORD}"
    )


def numbers_in(
    found: re.Match[str], matches: Callable[[GroupedNumber], bool], fewest: int, most: int
) -> Iterator[tuple[int, int]]:
    """Give where in a run the longest stretches of whole groups match, from left to right.

    Args:
        found: A match of a `run_pattern`.
        matches: Whether a stretch is what is looked for; asked at most `most` times for each group.
        fewest: How few digits a stretch may have.
        most: How many digits it may have.
    """
    run, start = found["run"], found.start("run")
    spans = [group.span() for group in _GROUP.finditer(run)]
    first = 0
    while first < len(spans):
        prefix = found["prefix"] if first == 0 else ""
        last = _longest(run, spans, first, prefix, matches, fewest, most)
        if last is None:
            first += 1
            continue
        yield start + spans[first][0] - len(prefix), start + spans[last][1]
        first = last + 1


def _longest(
    run: str,
    spans: list[tuple[int, int]],
    first: int,
    prefix: str,
    matches: Callable[[GroupedNumber], bool],
    fewest: int,
    most: int,
) -> int | None:
    groups: list[str] = []
    separators: list[str] = []
    best, total = None, 0
    for last in range(first, len(spans)):
        begin, end = spans[last]
        total += end - begin
        if total > most:
            break
        if last > first:
            separators.append(run[spans[last - 1][1] : begin])
        groups.append(run[begin:end])
        if total >= fewest and matches(GroupedNumber(tuple(groups), tuple(separators), "".join(groups), prefix)):
            best = last
    return best
