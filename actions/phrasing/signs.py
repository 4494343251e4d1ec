"""Which signs a rewording may be written with: Spanish letters, sober punctuation and the style's emoji."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from actions.errors import PhrasingError
from actions.phrasing.tokens import TOKEN

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzáéíóúüñABCDEFGHIJKLMNOPQRSTUVWXYZÁÉÍÓÚÜÑ")
_PUNCTUATION = frozenset(" \n.,;:!¡?¿()…«»\"'-–—")
_MARKUP = frozenset("*_#|`~<>{}[]\\=^")
_MONEY = frozenset("$€£¥%‰")
# Marks that choose how an emoji looks, or join it to the next.
_EMOJI_MARKS = frozenset("\ufe0f\u200d")
# What may stand right before and right after a fact.
_BEFORE, _AFTER = frozenset(" \n(«\"¡¿'"), frozenset(" \n.,;:!?)…»\"'")
_WRAPPING = {'"': '"', "«": "»", "“": "”", "'": "'"}
_SPACES = re.compile(r"[ \t\u00a0\u202f]+")
# "¡Listo, quedó." opens what it does not close.
_UNCLOSED = re.compile(r"¡[^!¡\n]*(?:[¡\n]|$)|¿[^?¿\n]*(?:[¿\n]|$)")
_SHOUTED = 0.6


def bare(text: str) -> str:
    """Gives a model's answer without quotation marks around it, with plain quotes and with spaces as they belong."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()
    if len(text) > 1 and _WRAPPING.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
        text = text[1:-1]
    text = text.replace("“", '"').replace("”", '"').replace("’", "'")
    # "en revisión 💫Su última…"
    text = "".join(f"{sign} " if _is_glued(text, place) else sign for place, sign in enumerate(text))
    return "\n".join(_SPACES.sub(" ", line).strip() for line in text.strip().split("\n"))


def check_signs(text: str, source: str, emojis: Sequence[str], most_emojis: int) -> None:
    """Looks at every sign of a rewording.

    Args:
        text: the rewording, with tokens.
        source: the text it was made from, with tokens.
        emojis: those that may be used.
        most_emojis: how many, unless the source has more of them.

    Raises:
        PhrasingError: `number`, `markup`, `alphabet`, `sign`, `unclosed`, `emoji`, `fact_glued`, `lines` or `shouting`.
    """
    _check_around_facts(text)
    words = _check_emojis(TOKEN.sub(" ", text), TOKEN.sub(" ", source), emojis, most_emojis)
    # A list has its bullets.
    own = {sign for sign in source if unicodedata.category(sign).startswith("P")} - _MARKUP
    for sign in words:
        if sign in _LETTERS or sign in _PUNCTUATION or sign in own:
            continue
        raise PhrasingError(_kind(sign))
    if _UNCLOSED.search(text):
        raise PhrasingError("unclosed")
    if text.count("\n") > source.count("\n") + 2 or "\n\n\n" in text or "\n-" in text:
        raise PhrasingError("lines")
    letters = [sign for sign in words if sign in _LETTERS]
    if len(letters) > 12 and sum(sign.isupper() for sign in letters) > _SHOUTED * len(letters):
        raise PhrasingError("shouting")


def _is_glued(text: str, place: int) -> bool:
    """Whether an emoji ends here and a word goes on at once."""
    after = text[place + 1 : place + 2]
    is_emoji = unicodedata.category(text[place]) == "So" or text[place] in _EMOJI_MARKS
    return is_emoji and (after.isalpha() or after in set("¡¿"))


def _check_around_facts(text: str) -> None:
    for token in TOKEN.finditer(text):
        before, after = text[: token.start()][-1:], text[token.end() :][:1]
        if (before and before not in _BEFORE) or (after and after not in _AFTER):
            raise PhrasingError("fact_glued")


def _check_emojis(text: str, source: str, emojis: Sequence[str], most: int) -> str:
    """Gives the text without emoji."""
    used = source_has = 0
    for emoji in sorted(emojis, key=len, reverse=True):
        used, source_has = used + text.count(emoji), source_has + source.count(emoji)
        text = text.replace(emoji, " ")
    if used > max(most, source_has if emojis else 0):
        raise PhrasingError("emoji")
    # Some emoji are two letters and a mark, which may be missing.
    return "".join(sign for sign in text if sign not in _EMOJI_MARKS) if used else text


def _kind(sign: str) -> str:
    if sign in _MARKUP:
        return "markup"
    if sign in _MONEY or unicodedata.category(sign).startswith("N"):
        return "number"
    if sign.isalpha() or unicodedata.category(sign) in {"Mn", "Cf", "Cc"}:
        return "alphabet"
    return "emoji" if unicodedata.category(sign) == "So" else "sign"
