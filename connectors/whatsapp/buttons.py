"""Choices: what we offered as buttons or a list, how a customer takes one, how they read as text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.whatsapp.inbound import Choice, InboundMessage

_CARDINALS = ("un[oa]", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez")
_ORDINALS = ("primer", "segund", "tercer", "cuart", "quint", "sext", "septim", "octav", "noven", "decim")
_DIGITS = re.compile(r"(?:(?:la|el) )?(?:(?:opcion|numero|boton) ?)?(\d{1,2})")
# Words that can only be a choice, by the number that they name.
_NAMED = tuple(
    re.compile(
        rf"(?:(?:la|el) )?(?:(?:opcion|numero|boton) (?:{cardinal}|{ordinal}[oa])|{ordinal}[oa]? (?:opcion|boton))"
    )
    for cardinal, ordinal in zip(_CARDINALS, _ORDINALS, strict=True)
)
# Words that are a choice unless a form waits for something else. "dos" and "la una" may be hours, "el primero" a day.
_BARE = tuple(
    re.compile(rf"(?:la )?{ordinal}a" if ordinal == "primer" else rf"(?:(?:la|el) )?{ordinal}[oa]")
    for ordinal in _ORDINALS
)
_YES = "si"


@dataclass(frozen=True)
class Button:
    """A choice offered to a customer and the Rasa payload it stands for."""

    title: str
    payload: str


@dataclass(frozen=True)
class Offer:
    """The buttons that a contact was given last.

    Attributes:
        shown_in: Twilio's sid of the message that shows them, once Twilio has given it.
    """

    buttons: tuple[Button, ...] = ()
    shown_in: str | None = None


def read_buttons(raw: Iterable[Mapping[str, Any]]) -> tuple[Button, ...]:
    """Return Rasa's `[{"title", "payload"}]` as buttons; one without a payload says its own title."""
    titled = ((" ".join(str(item.get("title") or "").split()), item.get("payload")) for item in raw)
    return tuple(Button(title, str(payload or title)) for title, payload in titled if title)


def numbered(text: str, buttons: Sequence[Button]) -> str:
    """Return `text` followed by the buttons' titles, numbered from 1, a line each."""
    lines = "\n".join(f"{number}. {button.title}" for number, button in enumerate(buttons, start=1))
    return f"{text}\n\n{lines}".strip()


def chosen_payload(offer: Offer, message: InboundMessage) -> str | None:
    """Return the payload of the offered button that `message` takes, if it takes one.

    A tapped button or list row must be one of the offer, by message, position and title: the ids in every
    template are "1", "2" and so on, so that a button tapped on an old message would otherwise take a new
    one's place. Typed, a button is taken by its title or, where the whole text is that, by its number:
    "2", "la 2", "opción dos", and "la segunda" unless one of the answers is a yes.
    """
    if message.choice:
        is_older = message.reply_to and offer.shown_in and message.reply_to != offer.shown_in
        return None if is_older else _tapped(offer.buttons, message.choice)
    typed = _normalised(message.text)
    titles = [_normalised(button.title) for button in offer.buttons]
    if typed and typed in titles:
        return offer.buttons[titles.index(typed)].payload
    number = _number(typed, is_yes_or_no=any(title.split()[:1] == [_YES] for title in titles))
    return offer.buttons[number - 1].payload if number and number <= len(offer.buttons) else None


def _number(typed: str, *, is_yes_or_no: bool) -> int | None:
    """Return the number that the whole text names.

    A yes is never read out of a word that may mean something else: it books and charges.
    """
    if match := _DIGITS.fullmatch(typed):
        return int(match[1])
    for patterns in (_NAMED,) if is_yes_or_no else (_NAMED, _BARE):
        for number, pattern in enumerate(patterns, start=1):
            if pattern.fullmatch(typed):
                return number
    return None


def _tapped(buttons: Sequence[Button], choice: Choice) -> str | None:
    for position, button in enumerate(buttons, start=1):
        if choice.id == str(position) and _normalised(choice.title) == _normalised(button.title):
            return button.payload
    return None


def _normalised(text: str) -> str:
    """Return `text` as hasty typing leaves it: no case, no accents, no punctuation around words."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not _is_mark(c))
    return " ".join(re.findall(r"\w+", plain)) or " ".join(plain.split())


def _is_mark(char: str) -> bool:
    return unicodedata.category(char) in {"Mn", "Me", "Cf"}
