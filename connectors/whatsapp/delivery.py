"""How far a message to a customer has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from urllib.parse import parse_qsl

from connectors.errors import MalformedForm


class DeliveryStatus(str, Enum):
    """Twilio's message states that matter here, and two of ours: `WAITING`, and `POSTING` to Twilio right now.

    What a dead process left `POSTING` may have reached Twilio or not.
    """

    WAITING = "waiting"
    POSTING = "posting"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNDELIVERED = "undelivered"
    DELIVERED = "delivered"
    READ = "read"


UNSENT = (DeliveryStatus.WAITING.value, DeliveryStatus.POSTING.value)

_RANKS = {
    DeliveryStatus.WAITING: 0,
    DeliveryStatus.POSTING: 1,
    DeliveryStatus.QUEUED: 2,
    DeliveryStatus.SENDING: 3,
    DeliveryStatus.SENT: 4,
    DeliveryStatus.FAILED: 5,
    DeliveryStatus.UNDELIVERED: 5,
    DeliveryStatus.DELIVERED: 6,
    DeliveryStatus.READ: 7,
}
TOLD_AT_ONCE = frozenset({DeliveryStatus.QUEUED, DeliveryStatus.SENDING})
"""What a receipt may say that is no news: Twilio said as much when it took the message."""

_ALIASES = {"accepted": "queued", "scheduled": "queued"}


@dataclass(frozen=True)
class Delivery:
    """The state of one outgoing message.

    Attributes:
        twilio_sid: the sid that Twilio gave it, once it took it.
        error_code: why it failed (https://www.twilio.com/docs/api/errors), if Twilio said so.
    """

    status: DeliveryStatus = DeliveryStatus.WAITING
    twilio_sid: str | None = None
    error_code: int | None = None

    def advanced(self, status: DeliveryStatus, error_code: int | None = None) -> Delivery:
        """Return this delivery after a report, which counts only if it tells of something later.

        Receipts come in any order (https://www.twilio.com/docs/messaging/guides/track-outbound-message-status).
        """
        if _RANKS[status] <= _RANKS[self.status]:
            return self
        return replace(self, status=status, error_code=error_code)


@dataclass(frozen=True)
class Receipt:
    """Twilio's report on one message that we sent.

    Attributes:
        key: which message it is about (`turn_sid`, `number`), as we wrote it into the callback's address.
    """

    twilio_sid: str
    status: DeliveryStatus
    error_code: int | None = None
    key: tuple[str, int] | None = None


def read_receipt(form: Mapping[str, str], query: str = "") -> Receipt | None:
    """Return the receipt that a status callback brings; None for a state that says nothing here.

    Args:
        form: What Twilio posted.
        query: The query of the address it was posted to, `turn=SM…&number=0`.

    Raises:
        MalformedForm: no MessageSid or no MessageStatus.
    """
    sid, status = form.get("MessageSid"), form.get("MessageStatus", "").lower()
    if not sid or not status:
        raise MalformedForm("not a receipt")
    code = form.get("ErrorCode", "")
    try:
        known = DeliveryStatus(_ALIASES.get(status, status))
    except ValueError:
        return None
    return Receipt(sid, known, int(code) if code.isascii() and code.isdigit() else None, _key(query))


def _key(query: str) -> tuple[str, int] | None:
    fields = dict(parse_qsl(query))
    turn, number = fields.get("turn"), fields.get("number", "")
    return (turn, int(number)) if turn and number.isascii() and number.isdigit() else None
