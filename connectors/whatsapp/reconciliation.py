"""Reconciliation: what no webhook brought is found in Twilio's list of messages, and answered.

Twilio does not repeat a webhook that timed out, unless its address asks for it.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from connectors.errors import ConnectorError, Refused
from connectors.group_commit import GroupCommit
from connectors.whatsapp.inbox import Inbox, Source
from connectors.whatsapp.leases import moment
from connectors.whatsapp.reception import Reception
from connectors.whatsapp.twilio_client import TwilioClient

# A message may show up in the list, or come by its webhook, after others that were sent later.
OVERLAP = timedelta(minutes=10)
# WhatsApp lets a business answer for so long: https://www.twilio.com/docs/whatsapp/key-concepts
LONGEST = timedelta(hours=24)
# What is younger may still come by its webhook, which says more than the list.
WEBHOOK_TIME = timedelta(seconds=15)

logger = logging.getLogger(__name__)


class Reconciliation:
    """Feeds the inbox what it should have got."""

    def __init__(self, client: TwilioClient, commit: GroupCommit, inbox: Inbox, reception: Reception) -> None:
        self._client = client
        self._commit = commit
        self._inbox = inbox
        self._reception = reception
        self._earliest: datetime | None = None

    async def run(self, since: datetime) -> int:
        """Take in what Twilio received for us since then and the inbox does not have; return how many.

        Raises:
            TwilioError: Twilio does not give its list.
            DatabaseUnavailable: the inbox cannot be asked.
            Refused: a message cannot be kept now.
        """
        found = 0
        now, known = await self._commit.run(
            lambda connection: (moment(connection), self._inbox.known(connection, since - OVERLAP))
        )
        async for form in self._client.received(since, now - WEBHOOK_TIME, known):
            try:
                found += await self._reception.receive(form, Source.RECONCILIATION)
            except Refused as refusal:
                if refusal.status >= 500:
                    raise
                logger.warning("message %s of Twilio's list is left out: %s", form.get("MessageSid"), refusal.reason)
        if found:
            logger.warning("%d messages were found that no webhook had brought", found)
        return found

    async def repeat(self, period: float) -> None:
        """Run every `period` seconds until the reception closes, beginning with what came while nobody was there."""
        while self._reception.is_open:
            # Whatever goes wrong this time, there is a next time.
            (outcome,) = await asyncio.gather(self._look(), return_exceptions=True)
            if isinstance(outcome, Exception):
                trace = None if isinstance(outcome, ConnectorError) else outcome
                logger.warning("reconciliation with Twilio's list is put off: %s", outcome, exc_info=trace)
            await asyncio.sleep(period)

    async def _look(self) -> None:
        # By the one clock that all servers share: one that is ahead would have all of them miss what comes next.
        began, since = await self._commit.run(self._missing_since)
        self._earliest = min(self._earliest or since, began)
        await self.run(max(since, self._earliest))
        await self._commit.run(lambda connection: self._inbox.note_look(connection, self._client.address, began))

    def _missing_since(self, connection: Connection) -> tuple[datetime, datetime]:
        """Return the present time, and since when messages may be missing; who was never here before misses none."""
        now = moment(connection)
        until = self._inbox.looked_until(connection, self._client.address)
        # What was noted lies ahead where that clock was set back.
        return now, now if until is None else max(min(until, now) - OVERLAP, now - LONGEST)
