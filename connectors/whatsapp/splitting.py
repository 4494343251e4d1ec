"""Splitting a long answer into messages that WhatsApp takes."""

from __future__ import annotations

import regex  # type: ignore[import-untyped]

MAX_UNITS = 1599
"""Twilio refuses what exceeds 1,600 characters (https://www.twilio.com/docs/api/errors/21617). UTF-16 units are the
stricter way to count them, and staying below is safe however it counts."""

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
    """Return `text` in parts of at most `limit` UTF-16 units (two at least), none of them empty.

    Parts end at a paragraph, else a line, else a sentence, else a word, and only white space between them
    is lost. Only what has no space for a whole message is cut: at the start of a link if one is in the
    way, else between two graphemes; a grapheme longer than a message is cut too.
    """
    parts = []
    rest = _without_leading_space(text).rstrip()
    while units(rest) > limit:
        end = _cut(rest, limit)
        parts.append(rest[:end].rstrip())
        rest = _without_leading_space(rest[end:])
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
            if end > window * fullness and _without_leading_space(text[end:]) != text[end:]:
                return end
    return _cut_word(text, window)


def _without_leading_space(text: str) -> str:
    """Return `text` without the white space before it, except where that carries an accent or a joiner."""
    start = len(text) - len(text.lstrip())
    if start in {0, len(text)} or _GRAPHEME.match(text, start - 1).end() == start:
        return text[start:]
    return text[start - 1 :]


def _cut_word(text: str, window: int) -> int:
    edges = [edge for edge in _grapheme_edges(text, window) if edge > 0]
    for link in _LINK.finditer(text, 0):
        if link.start() >= window:
            break
        before = [edge for edge in edges if edge <= link.start()]
        if before and link.end() > window:
            return before[-1]
    return edges[-1] if edges else window


def _prefix(text: str, limit: int) -> int:
    """Return how many characters of `text` fit into `limit` units."""
    room = limit
    for index, char in enumerate(text):
        room -= 2 if char > "\uffff" else 1
        if room < 0:
            return index
    return len(text)


def _grapheme_edges(text: str, window: int) -> list[int]:
    edges = []
    for grapheme in _GRAPHEME.finditer(text):
        if grapheme.start() > window:
            break
        edges.append(grapheme.start())
    return edges
