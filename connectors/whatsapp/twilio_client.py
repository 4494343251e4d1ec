"""Twilio's REST API, as far as WhatsApp needs it, without blocking the event loop."""

from __future__ import annotations

import asyncio
import email.utils
import json
import logging
from collections.abc import AsyncIterator, Collection
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

from connectors.errors import TwilioRejected, TwilioUnavailable
from connectors.settings import Settings
from connectors.whatsapp.outbox import OutgoingMessage
from connectors.whatsapp.twilio_list import (
    CLOCK_SKEW,
    Resource,
    as_form,
    carries,
    created_at,
    has_files,
    is_from_customer,
    is_recent,
)

MAX_RETRY_AFTER = 3600.0
MAX_MEDIA_BYTES = 16 * 1024 * 1024
"""More goes over WhatsApp in no message: https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages"""
MEDIA_SECONDS = 3.0
PAGE_SIZE = 100
TIMEOUT = httpx.Timeout(10.0, connect=3.0)
TYPING_TIMEOUT = httpx.Timeout(3.0)
STATUS_PATH = "/api/whatsapp/status"

# No byte of the request has left this machine.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.LocalProtocolError)

logger = logging.getLogger(__name__)


class TwilioClient:
    """Speaks to Twilio as this account, over connections that stay open until `aclose`.

    Every call is one attempt: what could not be done, and may be done again, is for the caller to repeat.
    """

    def __init__(self, settings: Settings) -> None:
        self._base = settings.twilio_api_base_url
        self._messages_url = f"{self._base}/2010-04-01/Accounts/{settings.twilio_account_sid}/Messages.json"
        self._typing_url = f"{_messaging_base(self._base)}/v2/Indicators/Typing.json"
        self._ours = f"whatsapp:{settings.twilio_phone_number}"
        self._status_callback = settings.public_url + STATUS_PATH
        self._http = httpx.AsyncClient(
            auth=(settings.twilio_account_sid, settings.auth_tokens[0]),
            timeout=TIMEOUT,
            limits=httpx.Limits(max_connections=32, max_keepalive_connections=16),
            trust_env=False,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(self, message: OutgoingMessage, *, use_template: bool = True) -> str:
        """Send a message and return the sid that Twilio gave it.

        Args:
            message: what to send, and to whom.
            use_template: False sends the plain text even where there is a template.

        Raises:
            TwilioRejected: Twilio refuses the message.
            TwilioUnavailable: Twilio did not say that it took it; `may_be_taken` tells whether it may have.
        """
        try:
            response = await self._http.post(self._messages_url, data=self._form(message, use_template=use_template))
        except httpx.HTTPError as exc:
            raise TwilioUnavailable(_silence(exc), may_be_taken=not isinstance(exc, _NEVER_SENT)) from exc
        sid = _content(response).get("sid")
        if not isinstance(sid, str):
            raise TwilioUnavailable("an answer without a sid", may_be_taken=True)
        return sid

    async def find_sent(self, message: OutgoingMessage, since: datetime, known: Collection[str]) -> str | None:
        """Return the sid under which Twilio has a message that may have been taken; None if it has not.

        Args:
            message: what was sent, perhaps.
            since: when sending it began, with a zone.
            known: sids of other messages to the same customer.

        Raises:
            TwilioRejected: Twilio refuses to tell.
            TwilioUnavailable: Twilio could not tell now.
        """
        # Not by DateSent: what is queued was not sent yet.
        async for page in self._pages({"To": message.recipient, "From": self._ours}):
            recent = [resource for resource in page if is_recent(resource, since)]
            for resource in recent:
                if carries(resource, message, known):
                    return str(resource.get("sid"))
            if not recent:
                break
        return None

    @property
    def address(self) -> str:
        """Our own address, `whatsapp:+15005550006`."""
        return self._ours

    async def received(
        self, since: datetime, until: datetime | None = None, known: Collection[str] = ()
    ) -> AsyncIterator[dict[str, str]]:
        """Yield the messages that customers sent us since then, oldest first, as webhooks would have brought them.

        The list knows no profile name, no place, no quotation and not whether a text was tapped.

        Args:
            since: from when on, with a zone; some seconds more come too, because clocks differ.
            until: what was created later is left out.
            known: sids that are left out.

        Raises:
            TwilioRejected: Twilio refuses to tell.
            TwilioUnavailable: Twilio could not tell now.
        """
        # Twilio filters by whole days of GMT only.
        first_day = (since - CLOCK_SKEW).astimezone(timezone.utc).date().isoformat()
        found: list[Resource] = []
        async for page in self._pages({"To": self._ours, "DateSent>": first_day}):
            recent = [resource for resource in page if is_recent(resource, since)]
            ours = (one for one in recent if is_from_customer(one) and one.get("sid") not in known)
            found += [one for one in ours if until is None or created_at(one) <= until]
            if not recent:
                break
        for resource in reversed(found):
            yield as_form(resource, await self._files(resource) if has_files(resource) else [])

    async def media_size(self, url: str) -> int | None:
        """Return how many bytes a customer's file has; None if that cannot be known in a few seconds.

        Only Twilio's API is asked. It redirects to the file, which is not given our credentials.
        """
        if not self._is_twilios(url):
            return None
        try:
            return await asyncio.wait_for(self._measured(url), MEDIA_SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL, asyncio.TimeoutError) as exc:
            logger.debug("size of a file not known: %s", type(exc).__name__)
            return None

    async def show_typing(self, inbound_sid: str) -> None:
        """Show the customer, for up to 25 seconds, that an answer is being written; best effort.

        https://www.twilio.com/docs/whatsapp/api/typing-indicators-resource
        """
        form = {"messageId": inbound_sid, "channel": "whatsapp"}
        try:
            response = await self._http.post(self._typing_url, data=form, timeout=TYPING_TIMEOUT)
        except httpx.HTTPError as exc:
            logger.debug("typing indicator not shown: %s", type(exc).__name__)
        else:
            if response.is_error:
                logger.debug("typing indicator not shown: HTTP %s", response.status_code)

    def _form(self, message: OutgoingMessage, *, use_template: bool) -> dict[str, str]:
        turn_sid, number = message.key
        callback = f"{self._status_callback}?{urlencode({'turn': turn_sid, 'number': number})}"
        form = {"To": message.recipient, "From": self._ours, "StatusCallback": callback}
        if message.template and use_template:
            form["ContentSid"] = message.template.sid
            if variables := {str(n): value for n, value in enumerate(message.template.variables, start=1)}:
                form["ContentVariables"] = json.dumps(variables, ensure_ascii=False)
            return form
        if message.body:
            form["Body"] = message.body
        if message.media_url:
            form["MediaUrl"] = message.media_url
        return form

    async def _pages(self, filters: dict[str, str]) -> AsyncIterator[list[Resource]]:
        """Yield the pages of the list of messages, newest first."""
        url: str | None = f"{self._messages_url}?{urlencode({**filters, 'PageSize': PAGE_SIZE})}"
        while url:
            content = await self._get(url)
            if not isinstance(messages := content.get("messages"), list):
                raise TwilioUnavailable("an answer without messages")
            yield messages
            following = content.get("next_page_uri")
            url = f"{self._base}{following}" if following else None

    async def _files(self, resource: Resource) -> list[tuple[str, str]]:
        """Return URL and content type of each file of a message; those that were deleted are not there."""
        url = self._messages_url.removesuffix(".json") + f"/{resource.get('sid')}/Media.json"
        try:
            content = await self._get(url)
        except TwilioRejected as exc:
            logger.warning("files of message %s not found: %s", resource.get("sid"), exc)
            return []
        files = content.get("media_list") or []
        return [(f"{self._base}{str(one['uri']).removesuffix('.json')}", str(one["content_type"])) for one in files]

    async def _get(self, url: str) -> dict[str, Any]:
        try:
            return _content(await self._http.get(url))
        except httpx.HTTPError as exc:
            raise TwilioUnavailable(_silence(exc)) from exc

    def _is_twilios(self, url: str) -> bool:
        try:
            theirs, base = httpx.URL(url), httpx.URL(self._base)
        except (httpx.InvalidURL, ValueError):
            return False
        return (theirs.scheme, theirs.host, _port(theirs)) == (base.scheme, base.host, _port(base))

    async def _measured(self, url: str) -> int | None:
        # Not by HEAD: what Twilio redirects to is signed for GET.
        headers = {"Accept-Encoding": "identity"}
        async with self._http.stream("GET", url, headers=headers, follow_redirects=True) as response:
            if not response.is_success:
                return None
            declared = response.headers.get("content-length", "")
            if declared.isascii() and declared.isdigit():
                return int(declared)
            size = 0
            async for chunk in response.aiter_raw():
                size += len(chunk)
                if size > MAX_MEDIA_BYTES:
                    return None
            return size


def _content(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON object that Twilio answered.

    Raises:
        TwilioRejected: it answered with an error of ours.
        TwilioUnavailable: it answered with an error of its own, with too many requests, or with no object.
    """
    try:
        content = response.json()
    except ValueError:
        content = None
    is_object, status = isinstance(content, dict), response.status_code
    if response.is_success:
        if not is_object:
            raise TwilioUnavailable("an answer that cannot be read", may_be_taken=True)
        return dict(content)
    code = content.get("code") if is_object else None
    code = code if isinstance(code, int) else None
    if status == 429 or response.is_server_error:
        may_be_taken = status not in {429, 503}
        raise TwilioUnavailable(f"HTTP {status}", code, _retry_after(response), may_be_taken=may_be_taken)
    raise TwilioRejected(f"HTTP {status}", code)


def _silence(error: httpx.HTTPError) -> str:
    return f"no answer: {type(error).__name__}"


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds of a Retry-After header, which holds seconds or a date (RFC 9110, 10.2.3)."""
    value = response.headers.get("retry-after", "")
    if value.isascii() and value.isdigit():
        return min(float(value), MAX_RETRY_AFTER)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    seconds = (aware - datetime.now(timezone.utc)).total_seconds()
    return min(max(0.0, seconds), MAX_RETRY_AFTER)


def _port(url: httpx.URL) -> int | None:
    return url.port or {"http": 80, "https": 443}.get(url.scheme)


def _messaging_base(api_base: str) -> str:
    return "https://messaging.twilio.com" if urlsplit(api_base).hostname == "api.twilio.com" else api_base
