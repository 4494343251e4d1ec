"""What a customer can send, read from Twilio's form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from connectors.cleaning import MAX_TEXT, clean_message, clean_text
from connectors.errors import MalformedForm

MAX_FIELD = 256
MAX_URL = 2048
MAX_MEDIA = 10
JSON_VERSION = 1

_SID = re.compile(r"[A-Za-z0-9]{8,64}")
_ADDRESS = re.compile(r"whatsapp:\+[1-9]\d{5,14}")
_CONTACT_CARDS = frozenset({"text/vcard", "text/x-vcard", "text/directory"})
_CONTACT_MESSAGES = frozenset({"contact", "contacts"})
# Bidirectional controls (https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters): in a name they
# turn around the words of whoever writes the name into a sentence.
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Kind(str, Enum):
    """What a message is, named as its answers are in `textos.yml`."""

    TEXT = "texto"
    IMAGE = "imagen"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "documento"
    STICKER = "sticker"
    LOCATION = "ubicacion"
    CONTACT = "contacto"
    EMPTY = "vacio"
    TOO_LONG = "demasiado_largo"


@dataclass(frozen=True)
class Media:
    """A file at Twilio; its address asks for the account's credentials."""

    url: str
    type: str


@dataclass(frozen=True)
class Location:
    """A place that the customer shared."""

    latitude: float
    longitude: float
    label: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class Choice:
    """A button or list row that was tapped: the id we gave it and the title it showed."""

    id: str
    title: str


@dataclass(frozen=True)
class InboundMessage:
    """One message of a customer, cleaned.

    Attributes:
        sid: Twilio's MessageSid, which makes the turn and all its effects unique.
        sender: Twilio's address of the customer, `whatsapp:+5215512345678`.
        recipient: our own address.
        text: what was typed, or the caption of a file.
        too_long: whether `text` was cut because WhatsApp could not have sent it.
        reply_to: MessageSid of the earlier message that this one quotes.
    """

    sid: str
    sender: str
    recipient: str
    text: str = ""
    too_long: bool = False
    message_type: str = "text"
    profile_name: str | None = None
    choice: Choice | None = None
    media: tuple[Media, ...] = ()
    location: Location | None = None
    reply_to: str | None = None

    @property
    def kind(self) -> Kind:
        """What the message is first of all; a captioned photo is an image."""
        if self.location:
            return Kind.LOCATION
        if self.media:
            return _media_kind(self.media[0].type, self.message_type)
        if self.message_type in _CONTACT_MESSAGES:
            return Kind.CONTACT
        if self.too_long:
            return Kind.TOO_LONG
        return Kind.TEXT if self.text or self.choice else Kind.EMPTY

    @property
    def metadata(self) -> dict[str, Any]:
        """What the actions and the conversation log get to know besides the text."""
        place = self.location
        return {
            "message_sid": self.sid,
            "profile_name": self.profile_name,
            "media": [{"url": item.url, "type": item.type} for item in self.media],
            "location": place and {"latitude": place.latitude, "longitude": place.longitude},
            "reply_to": self.reply_to,
        }


def read_message(form: Mapping[str, str]) -> InboundMessage:
    """Return the customer's message that a webhook of Twilio describes.

    Fields: https://www.twilio.com/docs/messaging/guides/webhook-request

    Raises:
        MalformedForm: no MessageSid, or the sender is not a WhatsApp address.
    """
    sid, sender = form.get("MessageSid", ""), form.get("From", "")
    if not _SID.fullmatch(sid) or not _ADDRESS.fullmatch(sender):
        raise MalformedForm("not a WhatsApp message")
    text = clean_message(form.get("Body", ""), MAX_TEXT + 1)
    return InboundMessage(
        sid=sid,
        sender=sender,
        recipient=_field(form, "To") or "",
        text=text[:MAX_TEXT],
        too_long=len(text) > MAX_TEXT,
        message_type=(_field(form, "MessageType") or "text").lower(),
        profile_name=_name(form.get("ProfileName", "")),
        choice=_choice(form),
        media=_media(form),
        location=_location(form),
        reply_to=_field(form, "OriginalRepliedMessageSid"),
    )


def message_to_json(message: InboundMessage) -> dict[str, Any]:
    """Return `message` as a plain object for a JSON column, from which `message_from_json` makes its equal."""
    return {"version": JSON_VERSION, **asdict(message), "media": [asdict(item) for item in message.media]}


def message_from_json(content: Mapping[str, Any]) -> InboundMessage:
    """Return the message that `message_to_json` wrote down.

    Raises:
        ValueError: it was written by a later version of this program.
    """
    fields = dict(content)
    if (version := fields.pop("version")) != JSON_VERSION:
        raise ValueError(f"a message of version {version}")
    choice, location = fields["choice"], fields["location"]
    parts = {
        "choice": choice and Choice(**choice),
        "media": tuple(Media(**item) for item in fields["media"]),
        "location": location and Location(**location),
    }
    return InboundMessage(**{**fields, **parts})


def _field(form: Mapping[str, str], name: str) -> str | None:
    return clean_text(form.get(name, ""), MAX_FIELD) or None


def _words(form: Mapping[str, str], name: str) -> str | None:
    """Return what a person wrote beside the message."""
    return clean_message(form.get(name, ""), MAX_FIELD) or None


def _name(raw: str) -> str | None:
    """Return a name on one line, without what would turn the words beside it around."""
    return " ".join(_DIRECTIONS.sub("", clean_message(raw, MAX_FIELD)).split()) or None


def _choice(form: Mapping[str, str]) -> Choice | None:
    for id_field, title_field in (("ButtonPayload", "ButtonText"), ("ListId", "ListTitle")):
        if chosen := _words(form, id_field):
            return Choice(chosen, _words(form, title_field) or _words(form, "Body") or "")
    return None


def _media(form: Mapping[str, str]) -> tuple[Media, ...]:
    declared = form.get("NumMedia", "0")
    count = min(int(declared), MAX_MEDIA) if re.fullmatch(r"[0-9]{1,3}", declared) else 0
    return tuple(
        Media(
            clean_text(form.get(f"MediaUrl{n}", ""), MAX_URL),
            (_field(form, f"MediaContentType{n}") or "").lower(),
        )
        for n in range(count)
    )


def _location(form: Mapping[str, str]) -> Location | None:
    try:
        latitude, longitude = float(form["Latitude"]), float(form["Longitude"])
    except (KeyError, ValueError):
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return Location(latitude, longitude, _words(form, "Label"), _words(form, "Address"))


def _media_kind(content_type: str, message_type: str) -> Kind:
    content_type = content_type.partition(";")[0].rstrip()
    if message_type == "sticker" or content_type == "image/webp":
        return Kind.STICKER
    if content_type in _CONTACT_CARDS or message_type in _CONTACT_MESSAGES:
        return Kind.CONTACT
    families = {"image": Kind.IMAGE, "audio": Kind.AUDIO, "video": Kind.VIDEO}
    return families.get(content_type.partition("/")[0]) or families.get(message_type, Kind.DOCUMENT)
