"""The Message resource and its list, as Twilio's API writes them.

https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

from itertools import islice
from urllib.parse import urlencode

from sandbox.twilio.emulator import Emulator
from sandbox.twilio.errors import CHANNEL_ERRORS
from sandbox.twilio.phones import address
from sandbox.twilio.records import Json, Message, rfc2822
from sandbox.twilio.segments import count_segments

MAX_PAGE_SIZE = 1_000
TOKEN_PREFIX = "PA"  # noqa: S105


def resource(message: Message, emulator: Emulator) -> Json:
    """Return a message as Twilio's API shows it."""
    customer, business = address(message.phone), address(emulator.business_phone)
    inbound = message.direction == "inbound"
    uri = f"/2010-04-01/Accounts/{emulator.account_sid}/Messages/{message.sid}"
    reason = CHANNEL_ERRORS.get(message.error_code, "Unknown error") if message.error_code else None
    return {
        "account_sid": emulator.account_sid,
        "api_version": "2010-04-01",
        "body": message.text,
        "date_created": rfc2822(message.at),
        "date_sent": rfc2822(message.at if inbound else message.sent_at),
        "date_updated": rfc2822(message.updated_at),
        "direction": "inbound" if inbound else "outbound-api",
        "error_code": message.error_code,
        "error_message": reason,
        "from": customer if inbound else business,
        "messaging_service_sid": message.messaging_service_sid,
        "num_media": str(len(message.media)),
        "num_segments": str(count_segments(message.text)),
        "price": None,
        "price_unit": None,
        "sid": message.sid,
        "status": "received" if inbound else message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": business if inbound else customer,
        "uri": f"{uri}.json",
    }


def page(messages: list[Json], emulator: Emulator, query: Json, start: str | None) -> Json:
    """Return one page of the messages given, which come newest first, with links to its neighbours.

    Args:
        messages: All that match, as resources.
        emulator: Whose account it is.
        query: The request's filters with "PageSize" and "Page".
        start: The last message of the page before.
    """
    size, number = int(query["PageSize"]), int(query["Page"])
    first = _index_after(messages, start) if start else number * size
    shown = list(islice(messages, first, first + size))
    path = f"/2010-04-01/Accounts/{emulator.account_sid}/Messages.json"
    following = None
    if first + size < len(messages):
        following = query | {"Page": number + 1, "PageToken": TOKEN_PREFIX + shown[-1]["sid"]}
    preceding = query | {"Page": number - 1} if number else None
    return {
        "messages": shown,
        "page": number,
        "page_size": size,
        "start": first,
        "end": first + len(shown) - 1 if shown else first,
        "uri": f"{path}?{urlencode(query)}",
        "first_page_uri": f"{path}?{urlencode(query | {'Page': 0})}",
        "next_page_uri": f"{path}?{urlencode(following)}" if following else None,
        "previous_page_uri": f"{path}?{urlencode(preceding)}" if preceding else None,
    }


def _index_after(messages: list[Json], sid: str) -> int:
    # A token of a message since forgotten ends the list instead of beginning it again.
    positions = (place for place, message in enumerate(messages) if message["sid"] == sid)
    return next(positions, len(messages)) + 1
