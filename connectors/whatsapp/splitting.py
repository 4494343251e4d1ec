"""Splitting a long answer into messages that WhatsApp takes."""

from __future__ import annotations

import regex  # type: ignore[import-untyped]

MAX_UNITS = 1600
"""Twilio's limit for a body. It says characters; UTF-16 units are the stricter way to count them."""

_LINK = regex.compile(r"(?:https?://|www\.)\S+", regex.IGNORECASE)
_GRAPHEME = regex.compile(r"\X")
# From the best place to part a text to the worst; a part must be this full to be parted there.
_BREAKS = (
    (regex.compile(r"\n\s*\n\s*"), 0.25),
    (regex.compile(r"\s*\n\s*"), 0.25),
    (regex.compile(r"(?<=[.!?…][\"'»”’)\]]*)\s+"), 0.25),
    (regex.compile(r"\s+"), 0.0),
)


def split(text: str, limit: int = MAX_UNITS) -> list[str]:
    """Return `text` in parts of at most `limit` UTF-16 units, none of them empty.

    Parts end at a paragraph, else a line, else a sentence, else a word. Only what has no space for a
    whole message is cut: at the start of a link if one is in the way, else between two graphemes.
    """
    parts = []
    rest = text.strip()
    while units(rest) > limit:
        end = _cut(rest, limit)
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*parts, rest] if rest else parts


def units(text: str) -> int:
    """Return the length of `text` in UTF-16 units, as JavaScript and Java count it."""
    return len(text) + sum(char > "\uffff" for char in text)


def _cut(text: str, limit: int) -> int:
    """Return where the first part ends."""
    window = _prefix(text, limit)
    for pattern, fullness in _BREAKS:
        for found in reversed(list(pattern.finditer(text, 0, window + 1))):
            end: int = found.start()
            if end > window * fullness and _parts_graphemes(text, end):
                return end
    return _cut_word(text, window)


def _parts_graphemes(text: str, space: int) -> bool:
    """Tell whether the white space at `space` ends where a grapheme does: it may carry an accent."""
    after = len(text) - len(text[space:].lstrip())
    return after > space and _GRAPHEME.match(text, after - 1).end() == after


def _cut_word(text: str, window: int) -> int:
    edges = _grapheme_edges(text, window)
    for link in _LINK.finditer(text):
        start: int = link.start()
        if 0 < start < window < link.end() and start in edges:
            return start
    return max((edge for edge in edges if 0 < edge <= window), default=window)


def _prefix(text: str, limit: int) -> int:
    """Return how many characters of `text` fit into `limit` units."""
    room = limit
    for index, char in enumerate(text):
        room -= 2 if char > "\uffff" else 1
        if room < 0:
            return index
    return len(text)


def _grapheme_edges(text: str, window: int) -> set[int]:
    edges = set()
    for grapheme in _GRAPHEME.finditer(text):
        if grapheme.start() > window:
            break
        edges.add(grapheme.start())
    return edges
