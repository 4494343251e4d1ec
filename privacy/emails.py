"""E-mail addresses, typed or dictated."""

from __future__ import annotations

import re

EMAIL = "[email]"

# RFC 5321 bounds a local part at 64 and a domain at 255 characters; the bounds also keep matching linear.
_LOCAL = r"[^\W_][\w.+'-]{0,63}"
_LABEL = r"[^\W_][\w-]{0,62}"
_AT = r"(?:\s{0,2}(?:@|\(@\)|\[at\]|\(at\))\s{0,2}|\s{1,3}arrob+a\s{1,3}|\s{0,2}\(arroba\)\s{0,2})"
_DOT = r"(?:\s{0,2}\.\s?|\s{1,3}(?:punto|pto|dot)\s{1,3})"
_JOIN = r"(?:\s{1,3}(?:punto|pto|dot|gui[oó]n\s+bajo|gui[oó]n|underscore|menos|m[aá]s)\s{1,3})"
_PROVIDERS = r"(?:gmail|g\s?mail|hotmail|outlook|yahoo|icloud|live|msn|proton(?:mail)?|prodigy)"

_TYPED = re.compile(rf"(?<![^\W_]){_LOCAL}@{_LABEL}(?:[.,]{_LABEL}){{0,6}}", re.IGNORECASE)
_DICTATED = re.compile(
    rf"(?<![^\W_]){_LOCAL}(?:{_JOIN}{_LOCAL}){{0,8}}{_AT}(?:{_LABEL}(?:{_DOT}{_LABEL}){{1,5}}|{_PROVIDERS}\b)",
    re.IGNORECASE,
)
_IN_ENGLISH = re.compile(
    rf"(?<![^\W_]){_LOCAL}(?:{_JOIN}{_LOCAL}){{0,8}}\s{{1,3}}at\s{{1,3}}{_LABEL}"
    rf"(?:\s{{1,3}}dot\s{{1,3}}{_LABEL}){{1,4}}",
    re.IGNORECASE,
)


def hide_emails(text: str) -> str:
    """Replace the e-mail addresses in a text, "ana punto perez arroba gmail punto com" among them."""
    for pattern in (_TYPED, _DICTATED, _IN_ENGLISH):
        text = pattern.sub(EMAIL, text)
    return text
