"""The customers' side over HTTP: who they are, what they write and what reaches their phones."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import BaseModel, Extra, Field, root_validator

from sandbox.twilio.emulator import Emulated, api_url
from sandbox.twilio.phones import InvalidPhoneError, normalise
from sandbox.twilio.records import Contact, Json, Message, new_sid, now

# How long writing a message waits for the assistant's acknowledgement before it answers "pending".
OUTCOME_SECONDS = 1.0

router = APIRouter(prefix="/sandbox/contacts", tags=["customers"])


class _Strict(BaseModel):
    class Config:
        extra = Extra.forbid


class TappedButton(_Strict):
    """The quick reply that the customer tapped."""

    text: str = Field(min_length=1, max_length=256)
    payload: str = Field(default="", max_length=1_024)


class ListItem(_Strict):
    """The line of a list that the customer chose."""

    id: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=24)
    description: str = Field(default="", max_length=72)


class Medium(_Strict):
    """A picture, a voice note or any other file."""

    url: str = Field(min_length=1, max_length=2_000)
    content_type: str = Field(regex=r"^[\w.+-]+/[\w.+-]+$", max_length=100)


class Location(_Strict):
    """A place on the map."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    address: str | None = Field(default=None, max_length=500)
    label: str | None = Field(default=None, max_length=200)


class CustomerMessage(_Strict):
    """What a customer writes; a tapped button or a chosen line is its own text."""

    text: str | None = Field(default=None, max_length=65_536)
    button: TappedButton | None = None
    list_item: ListItem | None = None
    media: list[Medium] = Field(default_factory=list, max_items=10)
    location: Location | None = None
    reply_to: str | None = Field(default=None, regex=r"^(SM|MM)[0-9a-f]{32}$")
    profile_name: str | None = Field(default=None, max_length=100)
    sid: str | None = Field(default=None, regex=r"^(SM|MM)[0-9a-f]{32}$")

    @root_validator
    def _says_something(cls, values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805
        if not any(values.get(part) for part in ("text", "button", "list_item", "media", "location")):
            raise ValueError("a message needs a text, button, list_item, media or location")
        return values

    def to_message(self, phone: str) -> Message:
        """Return the message as received from that number."""
        choice = self.button.text if self.button else self.list_item.title if self.list_item else ""
        return Message(
            sid=self.sid or new_sid("MM" if self.media else "SM"),
            phone=phone,
            direction="inbound",
            text=choice if self.text is None else self.text,
            status="received",
            media=[medium.dict() for medium in self.media],
            location=self.location.dict() if self.location else None,
            button=self.button.dict() if self.button else None,
            list_item=self.list_item.dict() if self.list_item else None,
            reply_to=self.reply_to,
            profile_name=self.profile_name,
        )


class ContactDetails(_Strict):
    """How a contact is called here, and by WhatsApp if that differs."""

    name: str = Field(min_length=1, max_length=100)
    profile_name: str | None = Field(default=None, max_length=100)


class Window(_Strict):
    """How many hours ago the contact last wrote; after 24 the assistant may only send approved templates."""

    hours_ago: float = Field(ge=0, le=24 * 365)


def _phone(phone: str) -> str:
    try:
        return normalise(unquote(phone))
    except InvalidPhoneError as exc:
        raise HTTPException(422, f"not a telephone number: {phone!r}") from exc


Phone = Annotated[str, Depends(_phone)]


@router.get("")
async def list_contacts(emulator: Emulated) -> Json:
    """Return the contacts, each with its latest message, and the business's own number."""
    contacts = [
        emulator.store.contact_json(contact) | {"typing": emulator.typing.shows(contact.phone)}
        for contact in emulator.store.contacts()
    ]
    return {"business_phone": emulator.business_phone, "contacts": contacts}


@router.put("/{phone}")
async def save_contact(phone: Phone, details: ContactDetails, emulator: Emulated, response: Response) -> Json:
    """Add a contact or rename one."""
    known = emulator.store.contact(phone)
    profile_name = details.name if details.profile_name is None else details.profile_name
    contact = Contact(phone, details.name, profile_name or None, known.last_wrote_at if known else None)
    emulator.store.save_contact(contact)
    response.status_code = 200 if known else 201
    return emulator.store.contact_json(contact)


@router.put("/{phone}/window")
async def move_window(phone: Phone, window: Window, emulator: Emulated) -> Json:
    """Pretend that the contact last wrote some hours ago, until the contact writes again."""
    contact = emulator.store.contact_or_new(phone)
    contact.last_wrote_at = now() - timedelta(hours=window.hours_ago)
    emulator.store.announce_contact(contact)
    return emulator.store.contact_json(contact)


@router.get("/{phone}/messages")
async def list_messages(phone: Phone, emulator: Emulated, after: str | None = None) -> Json:
    """Return both sides of a contact's chat in order, or what came after a message of it."""
    thread = emulator.store.thread(phone)
    if after is not None:
        sids = [message.sid for message in thread]
        if after not in sids:
            raise HTTPException(404, f"this chat has no message {after!r}")
        thread = thread[sids.index(after) + 1 :]
    return {"messages": [message.as_json() for message in thread]}


@router.post("/{phone}/messages", status_code=201)
async def write_message(
    phone: Phone, written: CustomerMessage, emulator: Emulated, request: Request, response: Response
) -> Json:
    """Write to the assistant as that customer.

    A sid given twice with the same content is the same message, delivered to the assistant once more.
    """
    message = written.to_message(phone)
    emulator.webhooks.api_url = emulator.webhooks.api_url or api_url(request)
    known = emulator.store.message(message.sid)
    if known is not None:
        if known.direction != "inbound" or known.content() != message.content():
            raise HTTPException(409, f"{message.sid} is another message")
        message, response.status_code = known, 200
        delivery = emulator.webhooks.send(known)
    else:
        delivery = emulator.send_to_bot(message)
    await asyncio.wait([delivery], timeout=OUTCOME_SECONDS)
    return message.as_json()


@router.post("/{phone}/messages/{sid}/webhook", status_code=202)
async def deliver_again(phone: Phone, sid: str, emulator: Emulated) -> Json:
    """Deliver a customer's message to the assistant once more."""
    message = emulator.store.message(sid)
    if message is None or message.phone != phone or message.direction != "inbound":
        raise HTTPException(404, f"the customer wrote no message {sid!r}")
    delivery = emulator.webhooks.send(message)
    emulator.store.announce(message)
    await asyncio.wait([delivery], timeout=OUTCOME_SECONDS)
    return message.as_json()


@router.post("/{phone}/read", status_code=204)
async def look_at_chat(phone: Phone, emulator: Emulated) -> None:
    """Let the customer read what has arrived."""
    emulator.receipts.look_at(phone)


@router.delete("/{phone}/messages", status_code=204)
async def clear_chat(phone: Phone, emulator: Emulated) -> None:
    """Forget a contact's messages, here only: the assistant keeps its own memory."""
    emulator.store.clear(phone)
