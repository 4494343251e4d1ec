"""Redaction: what is kept about a conversation names nobody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from privacy.cards import hide_cards_in
from privacy.codes import hide_codes
from privacy.credentials import hide_keys
from privacy.documents import hide_accounts, hide_documents
from privacy.draft import Draft
from privacy.emails import hide_emails
from privacy.names import hide_names
from privacy.phones import hide_phones

# Below this a bare number is a count or a duration, never a phone or a card.
_SMALLEST_PHONE = 10**8
# One short word without a digit, as most keys and values of ours are: it can be nothing but a name.
_ONE_WORD = re.compile(r"[^\W\d]{0,20}")
# Hiding one thing may bring another to light: what stood between two codes is now beside a placeholder.
_MOST_ROUNDS = 4


def redact(text: str, names: Iterable[str] = ()) -> str:
    """Return the text with e-mails, phones, cards, one-time codes, keys, official ids and the given names replaced.

    Dates, times, amounts of money and ids of appointments and requests stay readable, and what is
    already redacted comes back unchanged. Takes time in proportion to the text's length.

    Args:
        text: Any text, of a customer or of ours.
        names: Names of people known to be meant; their words are replaced, in any case, with or without accents.
    """
    draft = Draft(text)
    if not _ONE_WORD.fullmatch(draft.plain):
        for _ in range(_MOST_ROUNDS):
            before = draft.text
            _hide_all(draft)
            if draft.text == before:
                break
    if names := tuple(names):
        hide_names(draft, names)
    return draft.text if draft.hidden else text


def _hide_all(draft: Draft) -> None:
    # What is longest first: a card holds what looks like a phone, an address what looks like a name.
    for hide in (hide_keys, hide_emails, hide_documents, hide_cards_in, hide_codes, hide_phones, hide_accounts):
        hide(draft)


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
