"""Cleaning what people type, once, at the door."""

from __future__ import annotations

import re
import unicodedata

from privacy.cards import hide_cards

MAX_TEXT = 4096
"""The longest text WhatsApp lets a person send, in characters."""

# Unicode's categories Cc, but for new line and tab, and Cs: halves of characters.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def clean_text(text: str, limit: int = MAX_TEXT) -> str:
    """Return `text` in NFC, without control characters or blank ends, at most `limit` characters long.

    Newlines and tabs stay; so do the invisible joiners that emoji and right-to-left scripts need.
    """
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", without_controls(unified)).strip()[:limit].rstrip()


def without_controls(text: str) -> str:
    """Return `text` without the characters that no phone shows and some databases refuse."""
    return _CONTROLS.sub("", text)


def clean_message(text: str, limit: int = MAX_TEXT) -> str:
    """Return a customer's words cleaned as by `clean_text`, with "[tarjeta]" in place of payment card numbers.

    A card number goes no further than this: neither the tracker nor the log nor any other part ever holds one.
    """
    return hide_cards(clean_text(text, limit))


def as_plain_text(text: str) -> str:
    """Return `text` so that Rasa cannot take it for an intent payload such as `/pagar_servicio{…}`.

    Rasa reads as a payload whatever starts with "/" once white space is stripped
    (`YAMLStoryReader.unpack_regex_message`), so nothing that comes out of here starts with one, nor
    hides one behind invisible characters. The words stay: "/ayuda" is somebody who wants help.
    """
    start = 0
    while start < len(text) and (text[start] == "/" or _is_blank(text[start])):
        start += 1
    return text[start:] if "/" in text[:start] else text


def normalised(text: str) -> str:
    """Return `text` as hasty typing leaves it: no case, no accents, no punctuation around words."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not _is_mark(c))
    return " ".join(re.findall(r"\w+", plain)) or " ".join(plain.split())


def _is_mark(char: str) -> bool:
    return unicodedata.category(char) in {"Mn", "Me", "Cf"}


def _is_blank(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in {"Cc", "Cf"}
