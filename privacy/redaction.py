"""Redaction: what is kept about a conversation names nobody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from privacy.cards import hide_cards
from privacy.credentials import hide_codes, hide_keys
from privacy.emails import hide_emails
from privacy.phones import hide_phones

NAME = "[nombre]"

# Below this a bare number is a count or a duration, never a phone or a card.
_SMALLEST_PHONE = 10**8
_SHORTEST_NAME = 3  # "De la Cruz" must not take every "de" with it.


def redact(text: str, names: Iterable[str] = ()) -> str:
    """Return the text with e-mails, phones, cards, one-time codes, keys and the given names replaced.

    Dates, times, amounts of money and ids of appointments and requests stay readable, and what is
    already redacted comes back unchanged.

    Args:
        text: Any text, of a customer or of ours.
        names: Names of people known to be meant; whole words are replaced, in any case.
    """
    # What is longest first: a card holds what looks like a phone, an address what looks like a name.
    for hide in (hide_keys, hide_emails, hide_cards, hide_codes, hide_phones):
        text = hide(text)
    words = sorted({name.strip() for name in names}, key=len, reverse=True)
    known = [re.escape(word) for word in words if len(word) >= _SHORTEST_NAME]
    return re.sub(rf"(?<!\w)(?:{'|'.join(known)})(?!\w)", NAME, text, flags=re.IGNORECASE) if known else text


def redact_value(value: Any, names: Iterable[str] = ()) -> Any:
    """Return a copy of a JSON value whose texts, and numbers that are phones or cards, are redacted."""
    names = tuple(names)
    if isinstance(value, str):
        return redact(value, names)
    if isinstance(value, Mapping):
        return {
            redact(key, names) if isinstance(key, str) else key: redact_value(item, names)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact_value(item, names) for item in value]
    if isinstance(value, int) and value >= _SMALLEST_PHONE:
        redacted = redact(str(value))
        return value if redacted == str(value) else redacted
    return value
