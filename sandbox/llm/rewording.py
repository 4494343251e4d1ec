"""Good outputs: the text as it was, under a friendly opening, so that every token and every fact stays."""

from __future__ import annotations

from hashlib import sha256

# Without a digit or a fact, and true before good news, bad news and questions alike.
OPENINGS = ("¡Claro! ", "¡Con gusto! ", "¡Por supuesto! ", "¡Perfecto! ", "¡Muy bien! ")


def reword(template: str, key: str) -> str:
    """Return the template under an opening that it does not have yet; the same text and key always get the same one."""
    openings = [opening for opening in OPENINGS if not template.startswith(opening.strip())]
    # Any JSON text can come in, and halves of surrogate pairs are no UTF-8.
    digest = sha256(f"{key}\n{template}".encode("utf-8", "surrogatepass")).digest()
    return (openings[int.from_bytes(digest[:4], "big") % len(openings)] + template).rstrip()
