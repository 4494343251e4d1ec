"""The way to the webhook: Slack's, or any other that takes the same."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

import httpx
import stamina

from connectors.alerts.messages import Payload, trial_payload
from connectors.errors import AlertNotTaken
from connectors.settings import Settings

TIMEOUT = httpx.Timeout(5.0, connect=3.0)
ATTEMPTS = 4
SECONDS = 30.0
"""How long one message may take with all its attempts."""
MAX_RETRY_AFTER = 3600.0

_FIRST_DELAY, _LONGEST_DELAY = 0.5, 8.0

logger = logging.getLogger(__name__)


class Notifier:
    """Hands messages to the webhook of the settings, until `aclose`; without one they are in the log only.

    Args:
        settings: The settings.
        first_delay: Seconds before the second attempt, where the webhook does not say how long to wait.
        clock: Tells the seconds that pass.
    """

    def __init__(
        self, settings: Settings, first_delay: float = _FIRST_DELAY, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = settings.alert_webhook_url
        self._first_delay = first_delay
        self._clock = clock
        self._not_before = 0.0
        self._http = httpx.AsyncClient(timeout=TIMEOUT, trust_env=False)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    @property
    def has_webhook(self) -> bool:
        """Whether messages go anywhere but into the log."""
        return self._url is not None

    async def send(self, message: Payload) -> str | None:
        """Have a message taken, and return why it was not; None if it was, or if there is no webhook. Never raises."""
        if self._url is None:
            return None
        if self._clock() < self._not_before:
            return "the webhook asked for a pause"
        try:
            await asyncio.wait_for(self._insist(self._url, message), SECONDS)
        except asyncio.TimeoutError:
            return f"not taken within {SECONDS:.0f} s"
        except AlertNotTaken as exc:
            if exc.retry_after:
                self._not_before = self._clock() + exc.retry_after
            return str(exc)
        return None

    async def _insist(self, url: str, message: Payload) -> None:
        patience = stamina.retry_context(
            on=_again,
            attempts=ATTEMPTS,
            timeout=SECONDS,
            wait_initial=self._first_delay,
            wait_max=_LONGEST_DELAY,
            wait_jitter=self._first_delay,
        )
        async for attempt in patience:
            with attempt:
                await self._send_once(url, message)

    async def _send_once(self, url: str, message: Payload) -> None:
        # The words of httpx's errors hold the address, which is a secret.
        try:
            answer = await self._http.post(url, json=message)
        except httpx.TransportError as exc:
            raise AlertNotTaken(f"no answer: {type(exc).__name__}", may_pass=True) from None
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            raise AlertNotTaken(type(exc).__name__) from None
        if not answer.is_success:
            may_pass = answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error
            raise AlertNotTaken(f"HTTP {answer.status_code}", _retry_after(answer), may_pass=may_pass)


async def send_test(settings: Settings) -> dict[str, int]:
    """Send a message that says that nothing is wrong, and return how many were sent.

    Raises:
        AlertNotTaken: there is no webhook, or it did not take the message; the error says why.
    """
    notifier = Notifier(settings)
    try:
        if not notifier.has_webhook:
            raise AlertNotTaken("ALERT_WEBHOOK_URL is not set: alerts are in the log only")
        if reason := await notifier.send(trial_payload()):
            raise AlertNotTaken(reason)
    finally:
        await notifier.aclose()
    return {"sent": 1}


def _again(error: Exception) -> bool | float:
    """Tell stamina whether to try again, and after how many seconds where the webhook said so."""
    if not isinstance(error, AlertNotTaken) or not error.may_pass:
        return False
    if error.retry_after is None:
        return True
    return False if error.retry_after > _LONGEST_DELAY else error.retry_after


def _retry_after(answer: httpx.Response) -> float | None:
    """Return the seconds of a Retry-After header; Slack gives seconds: https://docs.slack.dev/apis/web-api/rate-limits."""
    value = answer.headers.get("retry-after", "")
    return min(float(value), MAX_RETRY_AFTER) if value.isascii() and value.isdigit() else None
