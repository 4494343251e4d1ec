"""Which of several things said in one message still stands ("el martes no puedo, que sea el miércoles")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from actions.values.result import NOTHING_SAID, Read, Result, Unclear

T = TypeVar("T")

_LITTLE = r"(?:para|a|el|la|las|los|lo|con|por|en|es|era|sea|dia|del|de|al)"
_REFUSED_BEFORE = re.compile(
    rf"\bno (?:ya )?(?:puedo|podre|quiero|voy|se si|me sirve|me queda|me va|creo que)(?: {_LITTLE})*\s*$"
    rf"|\b(?:en (?:vez|lugar) del?|excepto|salvo|menos|tampoco|ni)(?: {_LITTLE})*\s*$"
    rf"|\b(?:viej[oa]|anterior|antigu[oa])(?: (?:correo|mail|numero|telefono))?(?: {_LITTLE}| esta| dice)*\s*$"
)
_DENIED_BEFORE = re.compile(rf"\bno(?: ya| para| es| era| sea)?(?: {_LITTLE})*\s*$")
_REFUSED_AFTER = re.compile(
    r"^[^,.;!?]{0,30}?\b(?:no (?:puedo|podre|podria|quiero|va|se puede|estoy|llego|trabajo"
    r"|tengo|sirve|alcanzo"
    r"|me (?:queda|sirve|va|conviene|acomoda|es posible|da))|imposible)\b"
)
_DENIED_AFTER = re.compile(
    r"^(?: (?:por|en|a|de) la (?:mañana|tarde|noche))?\s*,?\s*(?:mejor |ya "
    r"|que )?no\b(?=\s*(?:[,;.!]|$|mejor|sino|que sea))"
)
CORRECTED = re.compile(
    r"\b(?:mejor|perdon|perdona|disculpa|digo|sino|mas bien|que sea|me equivoque|equivocado"
    r"|quise decir|quiero decir"
    r"|corrijo|correccion|en realidad|prefiero|ahora|me confundi|ay"
    r"|(?:pas|cambi|muev|mov|pon)[a-z]* (?:al?|para|en) )\b|\bno, |, no "
)
MOVED = re.compile(r"\b(?:cambi|muev|mov|pas[ae]|reagend|reprogram)\w*")
_MOVED_TO = re.compile(r"^\s*(?:,|al?|para|por|el|la|las)*(?: (?:el|las?|al))*\s*$")
_PREFERRED_TO = re.compile(r"^\s*(?:que|y no|, no)(?: (?:el|la|las|a))*\s*$")


@dataclass(frozen=True)
class Mention(Generic[T]):
    """A value, or why it is none, that `text[start:end]` states."""

    start: int
    end: int
    value: T | Unclear


def _standing(text: str, mentions: Sequence[Mention[T]]) -> list[Mention[T]]:
    ordered = sorted(mentions, key=lambda mention: mention.start)
    gone: set[int] = set()
    for index, mention in enumerate(ordered):
        before = text[ordered[index - 1].end if index else 0 : mention.start]
        following = ordered[index + 1].start if index + 1 < len(ordered) else len(text)
        after = text[mention.end : following]
        # "no el martes", alone, answers "¿el lunes?": it refuses that one, not the Tuesday.
        denied = len(ordered) > 1 and _DENIED_BEFORE.search(before)
        if denied or _REFUSED_BEFORE.search(before) or _REFUSED_AFTER.search(after) or _DENIED_AFTER.search(after):
            gone.add(index)
        if index == 0:
            continue
        if denied and re.match(r"\W*(?:es|son|eran?|serian?)\b", text):
            continue
        moved = MOVED.search(text[: ordered[index - 1].start]) and _MOVED_TO.search(before)
        if moved or CORRECTED.search(before):
            gone.update(range(index))
        elif re.search(r"\b(?:mejor|prefiero)\b", text[: ordered[0].start]) and _PREFERRED_TO.search(before):
            gone.add(index)
    return [mention for index, mention in enumerate(ordered) if index not in gone]


def is_refused(text: str, words: str) -> bool:
    """Whether a spelled text turns down what these words of it name: "el lunes no puedo"."""
    start = text.find(words)
    if start < 0 or not words:
        return False
    before, after = text[:start], text[start + len(words) :]
    return bool(_REFUSED_BEFORE.search(before) or _REFUSED_AFTER.search(after) or _DENIED_AFTER.search(after))


def led(text: str, lead: str) -> str:
    """Give a number that only a correction introduces the words of what it corrects ("a las 3, perdón 4")."""
    return re.sub(
        r"\b(perdon|digo|mejor|no|sino|bien),? (?:las |el )?(?=\d{1,2}(?::\d{2})?(?:$|[ ,.!?](?!\d"
        r"|de [a-z]{4})))",
        rf"\1, {lead} ",
        text,
    )


def settle(text: str, mentions: Sequence[Mention[T]], several: str) -> Result[T]:
    """Answer the one value that stands after refusals and corrections.

    Args:
        text: the spelled text in which the mentions were found.
        mentions: all that was found, in any order.
        several: the reason to give when different values stand; they become its choices.
    """
    values = list(dict.fromkeys(mention.value for mention in _standing(text, mentions)))
    if not values:
        return NOTHING_SAID
    unclear = next((value for value in values if isinstance(value, Unclear)), None)
    if unclear is not None:
        return unclear
    if len(values) > 1:
        return Unclear(several, tuple(values))
    return next(Read(value) for value in values if not isinstance(value, Unclear))
