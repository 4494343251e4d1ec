"""Reconciliation: what no webhook brought is found in Twilio's list of messages, and answered.

Twilio does not repeat a webhook that timed out, unless its address asks for it.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta, timezone

from connectors.errors import DatabaseUnavailable, Refused, TwilioError
from connectors.group_commit import GroupCommit
from connectors.whatsapp.inbox import Inbox, Source
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

    async def run(self, since: datetime) -> int:
        """Take in what Twilio received for us since then and the inbox does not have; return how many.

        Raises:
            TwilioError: Twilio does not give its list.
            Refused: a message cannot be kept now.
        """
        found = 0
        until = datetime.now(timezone.utc) - WEBHOOK_TIME
        async for form in self._client.received(since, until):
            found += await self._reception.receive(form, Source.RECONCILIATION)
        if found:
            logger.warning("%d messages were found that no webhook had brought", found)
        return found

    async def repeat(self, period: float) -> None:
        """Run every `period` seconds, beginning with what came while no process was there."""
        earliest: datetime | None = None
        since: datetime | None = None
        while True:
            began = datetime.now(timezone.utc)
            try:
                earliest = earliest or await self._first_look()
                await self.run(since or earliest)
                since = max(earliest, began - OVERLAP)
            except (TwilioError, DatabaseUnavailable, Refused) as exc:
                logger.warning("reconciliation with Twilio's list is put off: %s", exc)
            await asyncio.sleep(period)

    async def _first_look(self) -> datetime:
        """Return since when messages may be missing; with an empty inbox all began just now."""
        now = datetime.now(timezone.utc)
        last = await self._commit.run(self._inbox.last_received)
        return now if last is None else max(last - OVERLAP, now - LONGEST)
