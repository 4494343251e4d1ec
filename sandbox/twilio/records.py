"""What the sandbox remembers: contacts and the messages to and from them."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any, Literal

Direction = Literal["inbound", "outbound"]
Json = dict[str, Any]

# WhatsApp lets a business write freely for 24 hours after the customer last wrote.
WINDOW = timedelta(hours=24)
# What opens a list on the phone, in all templates.
LIST_BUTTON = "Ver opciones"


def now() -> datetime:
    """Return the machine's present time, with its zone."""
    return datetime.now(timezone.utc)


def rfc2822(moment: datetime | None) -> str | None:
    """Return a time as Twilio's API of 2010 writes it."""
    return format_datetime(moment.astimezone(timezone.utc)) if moment else None


def new_sid(prefix: str) -> str:
    """Return a fresh identifier of Twilio's form: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


@dataclass(frozen=True)
class Button:
    """A quick reply under a message, or a line of its list: what it says and what it sends back."""

    title: str
    id: str


@dataclass(frozen=True)
class Receipt:
    """One step on a message's way to the phone."""

    status: str
    at: datetime


@dataclass(frozen=True)
class WebhookOutcome:
    """How the assistant took a webhook; without a status nobody answered, without attempts nobody was asked."""

    status: int | None
    ms: int
    attempts: int
    error: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether the assistant answered with a 2xx."""
        return self.status is not None and 200 <= self.status < 300


@dataclass
class Contact:
    """A customer with a telephone.

    Attributes:
        phone: E.164, with "+".
        name: How the phone page lists the contact.
        profile_name: What WhatsApp tells the business; None tells nothing.
        last_wrote_at: When the contact last wrote, which opens WhatsApp's 24-hour window.
    """

    phone: str
    name: str
    profile_name: str | None = None
    last_wrote_at: datetime | None = None

    @property
    def is_window_open(self) -> bool:
        """Whether the business may write freely."""
        # Who never wrote here may have written to the assistant by another way: the benefit of the doubt.
        return self.last_wrote_at is None or now() - self.last_wrote_at <= WINDOW


@dataclass
class Message:
    """One message; its direction is the assistant's: inbound is what the customer wrote.

    Attributes:
        approved: Whether it may go out at any time, as a template that WhatsApp approved.
    """

    sid: str
    phone: str
    direction: Direction
    text: str
    status: str
    at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)
    sent_at: datetime | None = None
    buttons: list[Button] = field(default_factory=list)
    rows: list[Button] = field(default_factory=list)
    media: list[Json] = field(default_factory=list)
    location: Json | None = None
    button: Json | None = None
    list_item: Json | None = None
    reply_to: str | None = None
    profile_name: str | None = None
    error_code: int | None = None
    receipts: list[Receipt] = field(default_factory=list)
    webhook: WebhookOutcome | None = None
    approved: bool = False
    status_callback: str | None = None
    messaging_service_sid: str | None = None

    def advance(self, status: str) -> None:
        """Move the message to the status and remember when."""
        self.status = status
        self.updated_at = now()
        if status == "sent":
            self.sent_at = self.updated_at
        self.receipts.append(Receipt(status, self.updated_at))

    def content(self) -> tuple[object, ...]:
        """Return what the customer wrote, to tell a repetition from another message."""
        return self.phone, self.text, self.button, self.list_item, self.media, self.location, self.reply_to

    def as_json(self) -> Json:
        """Return the message as the customer's side of the sandbox shows it."""
        shown: Json = {
            "sid": self.sid,
            "direction": self.direction,
            "text": self.text,
            "buttons": [asdict(button) for button in self.buttons],
            "list": {"button": LIST_BUTTON, "items": [asdict(row) for row in self.rows]} if self.rows else None,
            "media": self.media,
            "location": self.location,
            "button": self.button,
            "list_item": self.list_item,
            "reply_to": self.reply_to,
            "at": self.at.isoformat(),
            "status": self.status,
            "error_code": self.error_code,
            "receipts": [{"status": step.status, "at": step.at.isoformat()} for step in self.receipts],
        }
        if self.direction == "inbound":
            shown["webhook"] = webhook_json(self.webhook)
        return shown


def webhook_json(outcome: WebhookOutcome | None) -> Json:
    """Return an outcome as JSON; its state is "pending", "delivered" or "failed"."""
    if outcome is None:
        return {"state": "pending", "status": None, "ms": None, "attempts": 0, "error": None}
    return {
        "state": "delivered" if outcome.accepted else "failed",
        "status": outcome.status,
        "ms": outcome.ms,
        "attempts": outcome.attempts,
        "error": outcome.error,
    }
