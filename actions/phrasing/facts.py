"""The fact lock: facts leave as opaque tokens and must come back, each exactly once, with nothing added.

A number, link, address or sign of money in the model's text that is not a token was invented by the model, so
the text is refused and the template goes out instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from actions.errors import PhrasingError
from actions.phrasing.templates import PLACEHOLDER

_TOKEN = re.compile(r"\[\[(\d+)\]\]")
_INVENTED = re.compile(
    r"""
      \d                                    # any digit is a fact of its own
    | https?:|www\.|\w@\w|\b\w+\.(?:com|net|org|mx|es)\b
    | [$€£%]
    | \b(?:un[oa]?s?\s+)?(?:dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|quince|veinte|treinta|
        cuarenta|cincuenta|cien|ciento|mil)\b
    | \b(?:gratis|descuento|garantiz\w+|reembols\w+|promoci[oó]n\w*|oferta)\b
    | [\[\]{}<>|#]
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MAX_GROWTH = 2.0
_ROOM = 80


def lock(template: str) -> tuple[str, list[str]]:
    """Puts `[[1]]`, `[[2]]`, … in place of the template's facts; gives the text and the facts' names in order."""
    names: list[str] = []

    def token(match: re.Match[str]) -> str:
        names.append(match.group(1))
        return f"[[{len(names)}]]"

    return PLACEHOLDER.sub(token, template), names


def unlock(reworded: str, template: str, names: list[str], facts: Mapping[str, Any]) -> str:
    """Puts the facts back into a reworded text.

    Args:
        reworded: the model's text.
        template: the locked template it was made from.
        names: what the tokens stand for, in order.
        facts: the facts by name.

    Raises:
        PhrasingError: when a token is missing or doubled, or something was invented.
    """
    text = reworded.strip().strip('"«»').strip()
    if not text:
        raise PhrasingError("empty")
    if len(text) > len(template) * _MAX_GROWTH + _ROOM:
        raise PhrasingError("too_long")
    if sorted(int(n) for n in _TOKEN.findall(text)) != list(range(1, len(names) + 1)):
        raise PhrasingError("facts_changed")
    allowed = {word.lower() for word in _INVENTED.findall(_TOKEN.sub(" ", template))}
    if any(found.lower() not in allowed for found in _INVENTED.findall(_TOKEN.sub(" ", text))):
        raise PhrasingError("something_added")
    return _TOKEN.sub(lambda m: str(facts[names[int(m.group(1)) - 1]]), text)
