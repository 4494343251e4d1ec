"""Finding numbers that are written in groups, such as cards and phones."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

# Letters and digits on either side make it part of a word; "_5512345678_" is WhatsApp's italics.
_NOT_AFTER_WORD = r"(?<![^\W_])"
_NOT_BEFORE_WORD = r"(?![^\W_])"
_GROUP = re.compile(r"\d+")


@dataclass(frozen=True)
class GroupedNumber:
    """Neighbouring groups of digits and what stands between them."""

    groups: tuple[str, ...]
    separators: tuple[str, ...]
    prefix: str

    @property
    def digits(self) -> str:
        """All digits in a row, in ASCII."""
        return "".join(str(int(digit)) for group in self.groups for digit in group)


def run_pattern(separator: str, prefix: str = "") -> re.Pattern[str]:
    """Return a pattern for groups of digits with separators between them.

    Args:
        separator: A character class; up to three of its characters may stand between groups.
        prefix: What may come before the first group, as a pattern.
    """
    return re.compile(rf"{_NOT_AFTER_WORD}(?P<prefix>{prefix})(?P<run>\d+(?:{separator}{{1,3}}\d+)*){_NOT_BEFORE_WORD}")


def replace_numbers(
    text: str,
    runs: re.Pattern[str],
    matches: Callable[[GroupedNumber], bool],
    max_digits: int,
    placeholder: str,
) -> str:
    """Replace the longest stretches of whole groups that match, from left to right."""
    return runs.sub(lambda found: _replace_in_run(found, matches, max_digits, placeholder), text)


def _replace_in_run(
    found: re.Match[str], matches: Callable[[GroupedNumber], bool], max_digits: int, placeholder: str
) -> str:
    run, prefix = found["run"], found["prefix"]
    spans = [group.span() for group in _GROUP.finditer(run)]
    pieces, written, first = [prefix], 0, 0
    while first < len(spans):
        last = _longest_match(run, spans, first, prefix if first == 0 else "", matches, max_digits)
        if last is None:
            first += 1
            continue
        if first == 0:
            pieces = []
        pieces += [run[written : spans[first][0]], placeholder]
        written, first = spans[last][1], last + 1
    return "".join(pieces) + run[written:]


def _longest_match(
    run: str,
    spans: list[tuple[int, int]],
    first: int,
    prefix: str,
    matches: Callable[[GroupedNumber], bool],
    max_digits: int,
) -> int | None:
    best, total = None, 0
    for last in range(first, len(spans)):
        total += spans[last][1] - spans[last][0]
        if total > max_digits:
            break
        window = spans[first : last + 1]
        number = GroupedNumber(
            groups=tuple(run[start:end] for start, end in window),
            separators=tuple(run[left[1] : right[0]] for left, right in pairwise(window)),
            prefix=prefix,
        )
        if matches(number):
            best = last
    return best
