"""How a customer sounds, without what the customer says: the words of courtesy and mood of a message."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from actions.phrasing.vocabulary import load_vocabulary

MOST_CHARACTERS = 160
HIDDEN = "…"
_PIECE = re.compile(r"[^\W\d_]+|[!¡?¿.]+|\S")


def tone_of(message: str) -> str:
    """Gives what of a message tells its tone, with `…` in place of all else: no name, number or matter leaves.

    Args:
        message: what the customer wrote; of a long one, the beginning.

    Returns:
        At most 160 characters; empty where nothing tells the tone.
    """
    known, kept = _known(), []
    for piece in _PIECE.findall(message[: 4 * MOST_CHARACTERS]):
        if piece.lower() in known or _is_mark(piece):
            kept.append(piece)
        elif kept[-1:] != [HIDDEN]:
            kept.append(HIDDEN)
    if all(piece == HIDDEN for piece in kept):
        return ""
    return " ".join(kept)[:MOST_CHARACTERS]


def _is_mark(piece: str) -> bool:
    return piece[0] in "!¡?¿." or unicodedata.category(piece[0]) == "So"


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return load_vocabulary().moods
