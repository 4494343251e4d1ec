"""The reception: what has passed the door is on disk before Twilio hears that it was taken."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from sqlalchemy.engine import Connection

from connectors.errors import DatabaseUnavailable, MalformedForm, Refused, StorageError
from connectors.group_commit import GroupCommit
from connectors.metrics import get_metrics
from connectors.right_of_way import RightOfWay
from connectors.whatsapp.delivery import TOLD_AT_ONCE, read_receipt
from connectors.whatsapp.handovers import is_handed_over
from connectors.whatsapp.inbound import InboundMessage, read_message
from connectors.whatsapp.inbox import Arrival, Inbox, InboxStatus, Source
from connectors.whatsapp.keywords import keyword
from connectors.whatsapp.limiting import Limits, Verdict
from connectors.whatsapp.outbox import PLEA, Outbox, OutgoingMessage
from connectors.whatsapp.texts import Texts

# Twilio waits for fifteen: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
COMMIT_SECONDS = 10.0
REMEMBERED_SIDS = 10_000

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Reception:
    """Takes in customers' messages and delivery receipts until it closes.

    Args:
        limits: How much of one contact is answered.
        arrivals: Transactions in which messages are kept, and nothing else, so that none waits for a lock.
        commit: All other transactions.
        inbox: Where messages are kept.
        outbox: Where receipts are kept.
        texts: What the channel itself says.
        expect: Called with each contact who has a message to be answered.
        wake_sends: Called when there is something to send.
        right_of_way: Entered while a message is kept; whoever can wait does.
    """

    def __init__(
        self,
        limits: Limits,
        arrivals: GroupCommit,
        commit: GroupCommit,
        inbox: Inbox,
        outbox: Outbox,
        texts: Texts,
        expect: Callable[[str], None],
        wake_sends: Callable[[], None],
        right_of_way: RightOfWay | None = None,
    ) -> None:
        self._limits = limits
        self._arrivals = arrivals
        self._commit = commit
        self._inbox = inbox
        self._outbox = outbox
        self._texts = texts
        self._expect = expect
        self._wake_sends = wake_sends
        self._right_of_way = right_of_way or RightOfWay()
        self._judged: OrderedDict[str, Verdict] = OrderedDict()
        self.is_open = True

    def close(self) -> None:
        """Take nothing more in."""
        self.is_open = False

    async def receive(self, form: Mapping[str, str], source: Source = Source.WEBHOOK) -> bool:
        """Keep a customer's message; return False if it was kept before.

        Raises:
            Refused: 400 if the form holds no message, 503 if it cannot be kept now.
        """
        self._refuse_if_closed()
        with self._right_of_way.entered():
            try:
                message = read_message(form)
            except MalformedForm as exc:
                raise Refused(400, str(exc)) from exc
            verdict = await self._verdict(message, source)
            status = InboxStatus.WAITING if verdict is Verdict.ALLOWED else InboxStatus.LIMITED
            arrival = Arrival(message, source, status)
            is_new = await self._committed(self._arrivals.run_with_others(self._inbox.add, arrival))
        if is_new and status is InboxStatus.LIMITED:
            get_metrics().turn("whatsapp", None, status.value)
        if verdict is Verdict.ALLOWED:
            self._expect(message.sender)
        elif verdict is Verdict.NOTICE:
            await self._committed(self._commit.run(partial(self._plead, message=message), order=message.sender))
            self._wake_sends()
        if not is_new and source is Source.WEBHOOK:
            logger.info("message %s came again", message.sid)
        return is_new

    async def record(self, form: Mapping[str, str], query: str = "") -> None:
        """Keep a delivery receipt.

        Raises:
            Refused: 400 if the form holds no receipt, 503 if it cannot be kept now.
        """
        self._refuse_if_closed()
        try:
            receipt = read_receipt(form, query)
        except MalformedForm as exc:
            raise Refused(400, str(exc)) from exc
        if receipt is None:
            return
        record = partial(self._outbox.record, receipt=receipt)
        # In the order in which sends are noted, which write to the same rows at the same moments.
        if not await self._committed(self._commit.run(record, order=form.get("To", ""))):
            logger.info("a receipt of %s, which is not known here", receipt.twilio_sid)
        elif receipt.status not in TOLD_AT_ONCE:
            get_metrics().delivery(receipt.status.value, receipt.error_code)
        if receipt.error_code:
            self._wake_sends()

    def _plead(self, connection: Connection, message: InboundMessage) -> None:
        """Ask somebody to wait who wrote too much, unless they asked to be left alone, or for a person."""
        if not self._inbox.is_leaving(connection, message.sender) and not is_handed_over(connection, message.sender):
            plea = OutgoingMessage(message.sid, PLEA, message.sender, self._texts.too_many)
            self._outbox.add(connection, [plea])

    async def _verdict(self, message: InboundMessage, source: Source) -> Verdict:
        """Judge a message once, however often it is delivered."""
        # Who has had enough must get through, however much they wrote; and what is found later comes all at once.
        if keyword(message.text) or source is Source.RECONCILIATION:
            return Verdict.ALLOWED
        verdict = self._judged.get(message.sid)
        if verdict is None:
            verdict = self._judged[message.sid] = await self._limits.contact(message.sender)
            if len(self._judged) > REMEMBERED_SIDS:
                self._judged.popitem(last=False)
        return verdict

    def _refuse_if_closed(self) -> None:
        if not self.is_open:
            raise Refused(503, "shutting down")

    async def _committed(self, committing: asyncio.Future[T]) -> T:
        # Not by `wait_for`, which can lose a cancellation on Python 3.10; and what was begun is done, though
        # whoever asked for it may have gone away.
        patience = asyncio.get_running_loop().call_later(COMMIT_SECONDS, _give_up, committing)
        try:
            return await asyncio.shield(committing)
        except StorageError as exc:
            raise Refused(503, f"the database does not take it: {exc}") from exc
        finally:
            patience.cancel()


def _give_up(committing: asyncio.Future[T]) -> None:
    if not committing.done():
        committing.set_exception(DatabaseUnavailable(f"nothing for {COMMIT_SECONDS:.0f} s"))
