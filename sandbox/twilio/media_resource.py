"""The Media subresource of a message and the files it stands for, as Twilio's API gives them.

https://www.twilio.com/docs/messaging/api/media-resource
"""

from __future__ import annotations

import hashlib

from sandbox.twilio.records import Json, Message, rfc2822

PAGE_SIZE = 50
FILE_BYTES = 2_048


def media_path(account_sid: str, message: Message, number: int) -> str:
    """Return where a message's file is served, the first one being number 0."""
    return f"{_folder(account_sid, message)}/{_sid(message, number)}"


def media_page(account_sid: str, message: Message) -> Json:
    """Return the one page that lists a message's files."""
    uri = f"{_folder(account_sid, message)}.json"
    first = f"{uri}?PageSize={PAGE_SIZE}&Page=0"
    shown = [_resource(account_sid, message, number) for number in range(len(message.media))]
    return {
        "media_list": shown,
        "page": 0,
        "page_size": PAGE_SIZE,
        "start": 0,
        "end": max(len(shown) - 1, 0),
        "uri": first,
        "first_page_uri": first,
        "next_page_uri": None,
        "previous_page_uri": None,
    }


def file_of(message: Message, media_sid: str) -> tuple[bytes, str] | None:
    """Return the made-up content and the type of one of a message's files; None if it has no such file."""
    for number, medium in enumerate(message.media):
        if _sid(message, number) == media_sid:
            seed = hashlib.sha256(media_sid.encode()).digest()
            return seed * (FILE_BYTES // len(seed)), str(medium["content_type"])
    return None


def _resource(account_sid: str, message: Message, number: int) -> Json:
    created = rfc2822(message.at)
    return {
        "account_sid": account_sid,
        "content_type": message.media[number]["content_type"],
        "date_created": created,
        "date_updated": created,
        "parent_sid": message.sid,
        "sid": _sid(message, number),
        "uri": f"{media_path(account_sid, message, number)}.json",
    }


def _folder(account_sid: str, message: Message) -> str:
    return f"/2010-04-01/Accounts/{account_sid}/Messages/{message.sid}/Media"


def _sid(message: Message, number: int) -> str:
    # Derived, so that a repeated webhook names the same files.
    return "ME" + hashlib.sha256(f"{message.sid}/{number}".encode()).hexdigest()[:32]
