"""Telling users apart without knowing them."""

from __future__ import annotations

import hashlib
import hmac

_HEX_DIGITS = 20


def user_key(sender_id: str, key: str) -> str:
    """Return the same opaque name for the same sender, of no use to whoever lacks the key.

    Args:
        sender_id: Rasa's conversation id, `whatsapp:+52…` for a WhatsApp contact.
        key: The secret of this installation; another one gives other names.

    Raises:
        ValueError: the key is empty, so that anybody could compute the name of a phone number.
    """
    if not key:
        raise ValueError("the key for user names is empty")
    digest = hmac.new(key.encode(), sender_id.encode("utf-8", "surrogatepass"), hashlib.sha256)
    return "user_" + digest.hexdigest()[:_HEX_DIGITS]
