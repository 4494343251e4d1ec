"""Twilio's REST API, as far as WhatsApp needs it, without blocking the event loop."""

from __future__ import annotations

import email.utils
import json
import logging
from datetime import datetime, timezone
from urllib.parse import urlsplit

import httpx
import stamina

from connectors.errors import TwilioRejected, TwilioUnavailable
from connectors.settings import Settings
from connectors.whatsapp.outbox import OutgoingMessage

ATTEMPTS = 6
MAX_SECONDS = 60.0
MAX_RETRY_AFTER = 30.0
TIMEOUT = httpx.Timeout(10.0, connect=3.0)
TYPING_TIMEOUT = httpx.Timeout(3.0)
STATUS_PATH = "/api/whatsapp/status"

logger = logging.getLogger(__name__)


class TwilioClient:
    """Sends messages as this account, over connections that stay open until `aclose`.

    What Twilio refuses is not tried again; what it could not take (429, 5xx, a broken connection) is,
    a few times. A POST whose answer got lost may have been taken: trying it again can show a customer
    the same message twice, which is better than never, and Twilio has no key to prevent it.
    """

    def __init__(self, settings: Settings) -> None:
        account = f"{settings.twilio_api_base_url}/2010-04-01/Accounts/{settings.twilio_account_sid}"
        self._messages_url = f"{account}/Messages.json"
        self._typing_url = f"{_messaging_base(settings.twilio_api_base_url)}/v2/Indicators/Typing.json"
        self._from = f"whatsapp:{settings.twilio_phone_number}"
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
            TwilioUnavailable: Twilio could not take it, several times.
        """
        form = self._form(message, use_template=use_template)
        retries = stamina.retry_context(
            on=retry_delay, attempts=ATTEMPTS, timeout=MAX_SECONDS, wait_initial=0.5, wait_max=8.0
        )
        async for attempt in retries:
            with attempt:
                return await self._post(form)
        raise AssertionError("unreachable")

    async def show_typing(self, inbound_sid: str) -> None:
        """Show the customer, for up to 25 seconds, that an answer is being written; best effort.

        https://www.twilio.com/docs/whatsapp/api/typing-indicators-resource
        """
        form = {"messageId": inbound_sid, "channel": "whatsapp"}
        try:
            response = await self._http.post(self._typing_url, data=form, timeout=TYPING_TIMEOUT)
        except httpx.TransportError as exc:
            logger.debug("typing indicator not shown: %s", type(exc).__name__)
        else:
            if response.is_error:
                logger.debug("typing indicator not shown: HTTP %s", response.status_code)

    def _form(self, message: OutgoingMessage, *, use_template: bool) -> dict[str, str]:
        form = {"To": message.recipient, "From": self._from, "StatusCallback": self._status_callback}
        if message.template and use_template:
            variables = {str(n): value for n, value in enumerate(message.template.variables, start=1)}
            return {
                **form,
                "ContentSid": message.template.sid,
                "ContentVariables": json.dumps(variables, ensure_ascii=False),
            }
        if message.body:
            form["Body"] = message.body
        if message.media_url:
            form["MediaUrl"] = message.media_url
        return form

    async def _post(self, form: dict[str, str]) -> str:
        try:
            response = await self._http.post(self._messages_url, data=form)
        except httpx.TransportError as exc:
            raise TwilioUnavailable(f"no answer: {type(exc).__name__}") from exc
        content = _json_object(response)
        code = content.get("code")
        code = code if isinstance(code, int) else None
        if response.status_code == 429 or response.is_server_error:
            raise TwilioUnavailable(f"HTTP {response.status_code}", code, _retry_after(response))
        if not response.is_success:
            raise TwilioRejected(f"HTTP {response.status_code}", code)
        sid = content.get("sid")
        if not isinstance(sid, str):
            raise TwilioRejected("an answer without a sid")
        return sid


def retry_delay(error: Exception) -> bool | float:
    """Return whether to try again after `error`, or after how many seconds if Twilio said so."""
    if not isinstance(error, TwilioUnavailable):
        return False
    return True if error.retry_after is None else min(error.retry_after, MAX_RETRY_AFTER)


def _json_object(response: httpx.Response) -> dict[str, object]:
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds of a Retry-After header, which holds seconds or a date (RFC 9110, 10.2.3)."""
    value = response.headers.get("retry-after", "")
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return max(0.0, (aware - datetime.now(timezone.utc)).total_seconds())


def _messaging_base(api_base: str) -> str:
    return "https://messaging.twilio.com" if urlsplit(api_base).hostname == "api.twilio.com" else api_base
