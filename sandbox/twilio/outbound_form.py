"""What the assistant asks Twilio to send, checked as Twilio checks it."""

from __future__ import annotations

import mimetypes
from urllib.parse import urlsplit

from starlette.datastructures import FormData

from sandbox.twilio.content_templates import RenderedContent, render
from sandbox.twilio.errors import TwilioError
from sandbox.twilio.phones import WHATSAPP, InvalidPhoneError, address, normalise
from sandbox.twilio.records import Json, Message, new_sid

MAX_BODY = 1_600
MAX_MEDIA = 10


def read_outbound(form: FormData, business_phone: str) -> Message:
    """Return the message that the form describes.

    Raises:
        TwilioError: Twilio would refuse it at once.
    """
    phone = _recipient(form, business_phone)
    media = _media(form)
    content_sid = _field(form, "ContentSid")
    content = RenderedContent(_field(form, "Body"))
    if content_sid:
        content = render(content_sid, _field(form, "ContentVariables"))
    if not content.body and not media:
        raise TwilioError(21602)
    if len(content.body) > MAX_BODY:
        raise TwilioError(21617)
    callback = _field(form, "StatusCallback")
    if callback and not _is_web_url(callback):
        raise TwilioError(21609, detail=callback)
    return Message(
        sid=new_sid("MM" if media or content_sid else "SM"),
        phone=phone,
        direction="outbound",
        text=content.body,
        status="accepted",
        buttons=content.buttons,
        rows=content.rows,
        media=media,
        approved=content.approved,
        status_callback=callback or None,
        messaging_service_sid=_field(form, "MessagingServiceSid") or None,
    )


def _recipient(form: FormData, business_phone: str) -> str:
    recipient, sender = _field(form, "To"), _field(form, "From")
    if not recipient:
        raise TwilioError(21604)
    if not sender and not _field(form, "MessagingServiceSid"):
        raise TwilioError(21603)
    if sender and sender.startswith(WHATSAPP) != recipient.startswith(WHATSAPP):
        raise TwilioError(21910)
    if sender and sender != address(business_phone):
        raise TwilioError(63007)
    try:
        return normalise(recipient)
    except InvalidPhoneError as exc:
        raise TwilioError(21211, detail=recipient) from exc


def _media(form: FormData) -> list[Json]:
    urls = [str(url) for url in form.getlist("MediaUrl") if url]
    if len(urls) > MAX_MEDIA or not all(_is_web_url(url) for url in urls):
        raise TwilioError(21620)
    return [{"url": url, "content_type": _content_type(url)} for url in urls]


def _content_type(url: str) -> str:
    return mimetypes.guess_type(urlsplit(url).path)[0] or "application/octet-stream"


def _is_web_url(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _field(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
