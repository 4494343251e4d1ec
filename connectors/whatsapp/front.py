"""The WhatsApp channel: takes in what comes, and finds what no webhook brought."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from connectors.database import open_writer_engine
from connectors.group_commit import GroupCommit
from connectors.right_of_way import RightOfWay
from connectors.settings import Settings
from connectors.whatsapp.limiting import Limits
from connectors.whatsapp.reception import Reception
from connectors.whatsapp.reconciliation import Reconciliation
from connectors.whatsapp.texts import load_texts
from connectors.whatsapp.twilio_client import TwilioClient
from connectors.whatsapp.work import inbox_of, outbox_of


class Front:
    """Stands at the HTTP server's event loop, from `start` to `stop`; what it takes in is worked on elsewhere.

    Args:
        settings: The channel's settings.
        expect: Called with each contact who has a message to be answered.
        wake_sends: Called when there is something to send.
        right_of_way: Entered while a webhook's message is kept.
    """

    def __init__(
        self,
        settings: Settings,
        expect: Callable[[str], None],
        wake_sends: Callable[[], None],
        right_of_way: RightOfWay,
    ) -> None:
        # What comes in is kept on a connection of its own: it does not wait for what is being worked on.
        self._arrivals = GroupCommit(open_writer_engine(settings.database_url), urgent=True)
        self._commit = GroupCommit(open_writer_engine(settings.database_url), right_of_way=right_of_way)
        self._client = TwilioClient(settings)
        self._period = settings.whatsapp_reconcile_seconds
        self.limits = Limits(settings)
        inbox = inbox_of(settings)
        self.reception = Reception(
            self.limits,
            self._arrivals,
            self._commit,
            inbox,
            outbox_of(settings),
            load_texts(),
            expect,
            wake_sends,
            right_of_way,
        )
        self._reconciliation = Reconciliation(self._client, self._commit, inbox, self.reception)
        self._reconciling: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for what no webhook brought; needs a running event loop."""
        if self._period:
            work = self._reconciliation.repeat(self._period)
            self._reconciling = asyncio.create_task(work, name="whatsapp-reconciliation")

    def close(self) -> None:
        """Take nothing more in."""
        self.reception.close()

    async def stop(self) -> None:
        """End what was begun."""
        self.close()
        if self._reconciling:
            self._reconciling.cancel()
            await asyncio.gather(self._reconciling, return_exceptions=True)
        await self.limits.aclose()
        await self._client.aclose()
        await self._arrivals.close()
        await self._commit.close()
