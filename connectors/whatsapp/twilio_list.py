"""Reading Twilio's list of messages: which one is ours, and what a webhook would have said.

The resource: https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

import email.utils
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from connectors.whatsapp.outbox import OutgoingMessage

CLOCK_SKEW = timedelta(seconds=30)
"""How far Twilio's clock and ours may be apart."""

Resource = Mapping[str, Any]

_OUTBOUND = frozenset({"outbound-api", "outbound-reply"})


def created_at(resource: Resource) -> datetime:
    """Return when a message was created, with its zone; one that does not say so may be quite new."""
    try:
        moment = email.utils.parsedate_to_datetime(str(resource.get("date_created")))
    except ValueError:
        return datetime.now(timezone.utc)
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def is_recent(resource: Resource, since: datetime) -> bool:
    """Tell whether a message was created at `since` or later, as far as two clocks can tell."""
    # Twilio tells time in whole seconds.
    return created_at(resource) >= since.replace(microsecond=0) - CLOCK_SKEW


def carries(resource: Resource, message: OutgoingMessage, known: Collection[str]) -> bool:
    """Tell whether Twilio's resource is `message`, which may have gone out as its template or as its text.

    How a template is worded is Twilio's to know, so it is told by its variables: shown are the first one, or all.
    One without variables says what we do not know: any message not in `known` is taken for it.
    """
    if resource.get("direction") not in _OUTBOUND or resource.get("sid") in known:
        return False
    shown = _text(resource.get("body"))
    if message.template is None:
        return shown == _text(message.body)
    values = [_text(value) for value in message.template.variables] or [""]
    return shown.startswith(values[0]) or all(value in shown for value in values) or shown == _text(message.body)


def as_form(resource: Resource, files: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return what a webhook would have brought of a customer's message, as far as the list knows it.

    Args:
        resource: The message.
        files: URL and content type of each of its files.
    """
    form = {
        "MessageSid": str(resource.get("sid") or ""),
        "AccountSid": str(resource.get("account_sid") or ""),
        "From": str(resource.get("from") or ""),
        "To": str(resource.get("to") or ""),
        "Body": str(resource.get("body") or ""),
        "NumMedia": str(len(files)),
    }
    for number, (url, content_type) in enumerate(files):
        form |= {f"MediaUrl{number}": url, f"MediaContentType{number}": content_type}
    return form


def is_from_customer(resource: Resource) -> bool:
    """Tell whether a customer sent this message."""
    return resource.get("direction") == "inbound"


def has_files(resource: Resource) -> bool:
    """Tell whether a message has files."""
    return str(resource.get("num_media") or "0") != "0"


def _text(body: object) -> str:
    """Return a body as it can be compared: white space at its ends is not sent everywhere."""
    return str(body or "").replace("\r\n", "\n").strip()
