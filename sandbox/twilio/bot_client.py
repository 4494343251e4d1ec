"""Requests from Twilio to the assistant: signed forms."""

from __future__ import annotations

import time
from urllib.parse import urldefrag, urlencode

import httpx
from twilio.request_validator import RequestValidator

from sandbox.twilio.records import Json, WebhookOutcome, new_sid

# Twilio waits 15 s for a webhook's answer and by default repeats only failed connections, once:
# https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
TIMEOUT_SECONDS = 15.0
MAX_ATTEMPTS = 2
USER_AGENT = "TwilioProxy/1.1"


class BotClient:
    """Posts forms that the assistant can verify with the account's auth token."""

    def __init__(self, auth_token: str) -> None:
        self._validator = RequestValidator(auth_token)
        self._http: httpx.AsyncClient | None = None

    async def post(self, url: str, form: dict[str, str], idempotency_token: str = "") -> WebhookOutcome:
        """Post the form, signed over the exact URL, and return how it was taken.

        A repetition after a failed connection carries the same I-Twilio-Idempotency-Token.
        """
        target, _ = urldefrag(url)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "I-Twilio-Idempotency-Token": idempotency_token or new_idempotency_token(),
            "User-Agent": USER_AGENT,
            "X-Twilio-Signature": self._validator.compute_signature(target, form),
        }
        body = urlencode(form)
        started = time.perf_counter()
        status, error, attempt = None, None, 0
        while attempt < MAX_ATTEMPTS:
            attempt += 1
            try:
                answer = await self._client().post(target, content=body, headers=headers)
                status, error = answer.status_code, None
                break
            except (httpx.ConnectError, httpx.ConnectTimeout):
                error = "connection failed"
            except (httpx.HTTPError, httpx.InvalidURL) as exc:
                error = "no answer in time" if isinstance(exc, httpx.TimeoutException) else "connection broken"
                break
        ms = round((time.perf_counter() - started) * 1000)
        return WebhookOutcome(status, ms, attempt, error)

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            # Sanic closes an idle connection after five seconds, just when a webhook may be on its way.
            limits = httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=3.0)
            self._http = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, limits=limits, trust_env=False)
        return self._http


def new_idempotency_token() -> str:
    """Return a token that Twilio would put on one webhook and all its repetitions."""
    return new_sid("")


def channel_fields(account_sid: str, sid: str, sender: str, recipient: str) -> Json:
    """Return the fields that every form about a WhatsApp message carries."""
    return {
        "AccountSid": account_sid,
        "ApiVersion": "2010-04-01",
        "From": sender,
        "MessageSid": sid,
        "SmsSid": sid,
        "To": recipient,
    }
