"""Sending what waits in the outbox."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy.engine import Connection

from connectors.errors import TwilioError, TwilioRejected, TwilioUnavailable
from connectors.group_commit import GroupCommit
from connectors.metrics import get_metrics
from connectors.whatsapp.delivery import DeliveryStatus
from connectors.whatsapp.outbox import LOOK_UP_AFTER, PATIENCE, PLEA, REMINDER, WINDOW_TEMPLATE, ClaimedSend, Outbox
from connectors.whatsapp.pacing import Pacer
from connectors.whatsapp.twilio_client import TwilioClient
from privacy.logs import within_turn

FIRST_DELAY = 0.5
MAX_DELAY = 60.0
MAX_RETRY_AFTER = 3600.0
CLOCKS_APART = timedelta(minutes=2)
# With these no turn is over.
_NO_ANSWERS = frozenset({PATIENCE, PLEA, REMINDER, WINDOW_TEMPLATE})

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Sender:
    """Hands claimed messages to Twilio, one contact's in their order, each exactly once as far as can be known.

    Args:
        client: Twilio's API.
        commit: Transactions on the outbox.
        outbox: Where the messages wait.
        pacer: Keeps to the sender's rate.
        give_up_after: What could not be sent for so long is given up.
    """

    def __init__(
        self, client: TwilioClient, commit: GroupCommit, outbox: Outbox, pacer: Pacer, give_up_after: timedelta
    ) -> None:
        self._client = client
        self._commit = commit
        self._outbox = outbox
        self._pacer = pacer
        self._give_up_after = give_up_after

    async def deliver(self, send: ClaimedSend) -> None:
        """Send a claimed message, and those of its contact that wait behind it."""
        following: ClaimedSend | None = send
        while following:
            with within_turn(following.message.turn_sid):
                following = await self._deliver_one(following)

    async def _deliver_one(self, send: ClaimedSend) -> ClaimedSend | None:
        began = time.monotonic()
        try:
            twilio_sid = await self._send(send)
        except TwilioUnavailable as exc:
            if send.age < self._give_up_after:
                await self._postpone(send, exc)
                return None
            return await self._give_up(send, exc)
        except TwilioRejected as exc:
            return await self._give_up(send, exc)
        following = await self._noted(send, lambda c: self._outbox.sent(c, send, twilio_sid))
        _report(send, time.monotonic() - began, following)
        return following

    async def _send(self, send: ClaimedSend) -> str:
        message = send.message
        if send.doubtful_since and (twilio_sid := await self._find(send, send.doubtful_since)):
            return twilio_sid
        await self._pacer.turn()
        try:
            return await self._client.send(message)
        except TwilioRejected as exc:
            if not message.template or not message.body:
                raise
            logger.warning("template %s refused, its text is sent: %s", message.template.sid, exc)
        await self._pacer.turn()
        return await self._client.send(message, use_template=False)

    async def _find(self, send: ClaimedSend, since: datetime) -> str | None:
        """Return the sid of a message that an earlier attempt may have sent, if it did."""
        told, known = await self._noted(send, lambda c: self._outbox.known_sids(c, send, since - CLOCKS_APART))
        if told:
            return told
        try:
            return await self._client.find_sent(send.message, since, known)
        except TwilioRejected as exc:
            # Whether it was taken stays unknown, and a customer must not get it twice.
            raise TwilioUnavailable(str(exc), exc.code, may_be_taken=True) from exc

    async def _postpone(self, send: ClaimedSend, error: TwilioUnavailable) -> None:
        delay = max(backoff(send.attempt), min(error.retry_after or 0.0, MAX_RETRY_AFTER))
        if error.retry_after:
            self._pacer.pause(min(error.retry_after, MAX_RETRY_AFTER))
        if error.may_be_taken:
            delay = max(delay, LOOK_UP_AFTER)
        logger.warning("answer %s/%d is tried again in %.1f s: %s", *send.message.key, delay, error)
        get_metrics().delivery("postponed", error.code)
        await self._noted(send, lambda c: self._outbox.postpone(c, send, delay, in_doubt=error.may_be_taken))

    async def _give_up(self, send: ClaimedSend, error: TwilioError) -> ClaimedSend | None:
        logger.error("answer %s/%d not sent: %s", *send.message.key, error)
        get_metrics().delivery(DeliveryStatus.FAILED.value, error.code)
        return await self._noted(send, lambda c: self._outbox.failed(c, send, error.code))

    async def _noted(self, send: ClaimedSend, note: Callable[[Connection], T]) -> T:
        return await self._commit.insist(note, order=send.message.recipient)


def _report(send: ClaimedSend, seconds: float, following: ClaimedSend | None) -> None:
    """Tell the metrics that Twilio has taken an answer, and with the last one of a turn how long all of it took."""
    metrics = get_metrics()
    metrics.delivery(DeliveryStatus.QUEUED.value)
    metrics.took("sending", send.age.total_seconds() + seconds)
    is_last = not following or following.message.turn_sid != send.message.turn_sid
    if is_last and send.message.number not in _NO_ANSWERS:
        metrics.took("whole", send.turn_age.total_seconds() + seconds)


def backoff(attempt: int) -> float:
    """Return how many seconds to wait after so many attempts: twice as long each time, never all at once."""
    longest = min(MAX_DELAY, FIRST_DELAY * 2.0 ** min(attempt - 1, 10))
    return longest * random.uniform(0.75, 1.0)  # noqa: S311 -- nobody gains by guessing it
