"""Buttons: what we offered, how a customer takes one, how they read as text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.whatsapp.inbound import Choice, InboundMessage

_NUMBER = re.compile(r"(?:(?:la|el)\s+)?(?:(?:opcion|numero|boton)\s*)?(\d{1,2})")


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
    titled = ((str(item.get("title") or "").strip(), item.get("payload")) for item in raw)
    return tuple(Button(title, str(payload or title)) for title, payload in titled if title)


def numbered(text: str, buttons: Sequence[Button]) -> str:
    """Return `text` followed by the buttons' titles, numbered from 1, a line each."""
    lines = "\n".join(f"{number}. {button.title}" for number, button in enumerate(buttons, start=1))
    return f"{text}\n\n{lines}".strip()


def chosen_payload(offer: Offer, message: InboundMessage) -> str | None:
    """Return the payload of the offered button that `message` takes, if it takes one.

    A tapped button must be one of the offer, by message, position and title: the ids of every quick
    reply are "1", "2", "3", so that a button tapped on an old message would otherwise take a new one's
    place. Typed, a button is taken by its number ("2", "2.", "opción 2") or by its title.
    """
    if message.choice:
        is_older = message.reply_to and offer.shown_in and message.reply_to != offer.shown_in
        return None if is_older else _tapped(offer.buttons, message.choice)
    typed = _normalised(message.text)
    if (match := _NUMBER.fullmatch(typed)) and 1 <= int(match[1]) <= len(offer.buttons):
        return offer.buttons[int(match[1]) - 1].payload
    titled = (button.payload for button in offer.buttons if typed and _normalised(button.title) == typed)
    return next(titled, None)


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
