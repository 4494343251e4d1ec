"""The sandbox's memory of contacts and messages, bounded and gone with the process."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.twilio.events import EventHub
from sandbox.twilio.records import Contact, Json, Message

MAX_CONTACTS = 10_000
MAX_MESSAGES = 20_000

SEED = (
    Contact("+5215512345678", "Ana", "Ana"),
    Contact("+573001234567", "Luis", "Luis"),
    Contact("+5491123456789", "Sofía", "Sofía"),
    Contact("+34600111222", "María", "María"),
    Contact("+12025550123", "Desconocido"),
)


class Store:
    """Keeps contacts and messages, and announces every change to the hub."""

    def __init__(self, events: EventHub) -> None:
        self._events = events
        self._contacts: dict[str, Contact] = {}
        self._messages: dict[str, Message] = {}
        self._threads: dict[str, dict[str, Message]] = {}
        for contact in SEED:
            self.save_contact(Contact(contact.phone, contact.name, contact.profile_name))

    def contact(self, phone: str) -> Contact | None:
        """Return the contact with that E.164 number."""
        return self._contacts.get(phone)

    def contacts(self) -> list[Contact]:
        """Return all contacts, oldest first."""
        return list(self._contacts.values())

    def save_contact(self, contact: Contact) -> None:
        """Keep a new or changed contact; past the bound, the oldest one goes with its messages."""
        self._contacts[contact.phone] = contact
        self._threads.setdefault(contact.phone, {})
        if len(self._contacts) > MAX_CONTACTS:
            oldest = next(iter(self._contacts))
            self.clear(oldest)
            del self._contacts[oldest], self._threads[oldest]
        self.announce_contact(contact)

    def contact_or_new(self, phone: str, profile_name: str | None = None) -> Contact:
        """Return the contact with that number, made on the spot where there is none."""
        contact = self._contacts.get(phone)
        if contact is None:
            contact = Contact(phone, profile_name or phone, profile_name)
            self.save_contact(contact)
        return contact

    def message(self, sid: str) -> Message | None:
        """Return the message with that identifier."""
        return self._messages.get(sid)

    def messages(self) -> Iterator[Message]:
        """Yield all messages of all contacts, newest first."""
        return reversed(self._messages.values())

    def thread(self, phone: str) -> list[Message]:
        """Return one contact's messages of both sides, in their order."""
        return list(self._threads.get(phone, {}).values())

    def last_message(self, phone: str) -> Message | None:
        """Return the latest message from or to the contact."""
        return next(reversed(self._threads.get(phone, {}).values()), None)

    def add(self, message: Message) -> None:
        """Keep a message; past the bound, the oldest of all is forgotten."""
        self.contact_or_new(message.phone)
        self._messages[message.sid] = message
        self._threads[message.phone][message.sid] = message
        if len(self._messages) > MAX_MESSAGES:
            oldest = self._messages.pop(next(iter(self._messages)))
            self._threads[oldest.phone].pop(oldest.sid, None)
        self.announce(message)

    def clear(self, phone: str) -> None:
        """Forget all messages from and to the contact."""
        for sid in self._threads.get(phone, {}):
            self._messages.pop(sid, None)
        self._threads[phone] = {}
        self._events.publish("cleared", {"phone": phone})

    def announce(self, message: Message) -> None:
        """Tell the open pages that a message is new or has changed, unless it was forgotten."""
        if message.sid in self._messages:
            self._events.publish("message", {"phone": message.phone, "message": message.as_json()})

    def announce_contact(self, contact: Contact) -> None:
        """Tell the open pages that a contact is new or has changed."""
        self._events.publish("contact", self.contact_json(contact))

    def contact_json(self, contact: Contact) -> Json:
        """Return a contact with its latest message."""
        last = self.last_message(contact.phone)
        return {
            "phone": contact.phone,
            "name": contact.name,
            "profile_name": contact.profile_name,
            "last_wrote_at": contact.last_wrote_at.isoformat() if contact.last_wrote_at else None,
            "window_open": contact.is_window_open,
            "last_message": last.as_json() if last else None,
        }
