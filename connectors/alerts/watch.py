"""The watch: looks at everything again and again for as long as the server runs, and tells what is wrong."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from connectors.alerts import local
from connectors.alerts.conditions import Condition, Look
from connectors.alerts.episodes import Notice, Telling
from connectors.alerts.ledger import DatabaseLedger, MemoryLedger
from connectors.alerts.local import Part
from connectors.alerts.messages import payload
from connectors.alerts.notifier import Notifier
from connectors.alerts.queries import database_conditions
from connectors.alerts.recent import Recent, get_refusals
from connectors.settings import Settings

STATEMENT_SECONDS = 5.0
WORK_SECONDS = 15.0
HEALTH_SECONDS = 10.0
STOP_SECONDS = 5.0

CheckHealth = Callable[[], Awaitable[Mapping[str, Part]]]
T = TypeVar("T")

_OF_HEALTH = frozenset({local.PART_DOWN, local.OPENROUTER})
_LEVELS = {Telling.BEGINS: logging.ERROR, Telling.LASTS: logging.ERROR, Telling.ENDS: logging.WARNING}

logger = logging.getLogger(__name__)


class Watch:
    """Looks as often as the settings say, from `start` to `stop`, and tells what begins, lasts and ends.

    Of several servers on one database only one tells. Nothing that goes wrong in here gets out: a database that
    does not answer is itself something to tell, by each server for itself.

    Args:
        settings: The settings.
        check_health: Tells how each part is.
        log_backlog: Tells how many rows of the conversation log wait, None where there is no log; it may read files.
        log_dropped: Tells how many of its rows this process has lost.
        refusals: Counts requests that were not signed as Twilio signs; the process's own by default.
        notifier: Where messages go.
    """

    def __init__(
        self,
        settings: Settings,
        check_health: CheckHealth,
        *,
        log_backlog: Callable[[], int | None] = lambda: None,
        log_dropped: Callable[[], int] = lambda: 0,
        refusals: Recent | None = None,
        notifier: Notifier | None = None,
    ) -> None:
        self._settings = settings
        self._check_health = check_health
        self._log_backlog = log_backlog
        self._log_dropped = log_dropped
        self._dropped_before = 0
        self._dropped = Recent()
        self._refusals = refusals or get_refusals()
        self._notifier = notifier or Notifier(settings)
        self._ledger = DatabaseLedger(settings.database_url, settings.alert_seconds, STATEMENT_SECONDS)
        self._memory = MemoryLedger(settings.alert_seconds)
        # A thread of its own: one that hangs holds up nobody else.
        self._thread = ThreadPoolExecutor(1, "alerts")
        self._working: asyncio.Future[object] | None = None
        # What was told, or could not be, while the database did not take a note of it.
        self._unsettled: list[tuple[Notice, bool]] = []
        self._stopping = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look, the first time after one interval."""
        self._watching = asyncio.create_task(self._watch(), name="alerts")

    async def stop(self) -> None:
        """End, after what is just being told."""
        self._stopping.set()
        if self._watching is not None:
            await asyncio.wait({self._watching}, timeout=STOP_SECONDS)
            self._watching.cancel()
            await asyncio.wait({self._watching})
        self._thread.shutdown(wait=False, cancel_futures=True)
        await self._notifier.aclose()
        await asyncio.to_thread(self._ledger.close)

    async def look(self) -> None:
        """Look once, and tell what is to be told."""
        health = await self._health()
        told, query_error = await self._of_database()
        found = [*told.found.values(), *self._of_this_server(health or {}), *await self._of_log()]
        unknown = told.unknown | (frozenset() if health is not None else _OF_HEALTH)
        if query_error is None:
            query_error = await self._record(Look.of(found, unknown))
        if health is not None or query_error:
            await self._remember(Look.of(local.database_down(health or {}, query_error)))

    async def _watch(self) -> None:
        while not await self._is_over():
            looking = asyncio.ensure_future(self.look())
            try:
                await asyncio.wait({looking})
            except asyncio.CancelledError:
                looking.cancel()
                await asyncio.wait({looking})
                raise
            if error := looking.exception():
                # Its words may quote what nobody foresaw.
                logger.error("alerts: a look broke off: %s", type(error).__name__)

    async def _is_over(self) -> bool:
        try:
            await asyncio.wait_for(self._stopping.wait(), self._settings.alert_seconds)
        except asyncio.TimeoutError:
            return False
        return True

    async def _health(self) -> Mapping[str, Part] | None:
        checking = asyncio.ensure_future(self._check_health())
        checking.add_done_callback(_look_at_error)
        await asyncio.wait({checking}, timeout=HEALTH_SECONDS)
        if not checking.done() or checking.exception():
            checking.cancel()
            logger.error("alerts: the health of the parts is not told")
            return None
        return checking.result()

    async def _of_database(self) -> tuple[Look, str | None]:
        try:
            return await self._work(self._query), None
        except (SQLAlchemyError, asyncio.TimeoutError) as exc:
            return Look.of(()), type(exc).__name__

    def _query(self) -> Look:
        with self._ledger.reader.connect() as connection:
            self._ledger.prepare(connection)
            return database_conditions(connection, self._settings)

    def _of_this_server(self, health: Mapping[str, Part]) -> list[Condition]:
        refused = local.refused_signatures(self._refusals.count(), self._settings.alert_refused_signatures)
        return [*local.parts_down(health), *local.openrouter(health), *refused]

    async def _of_log(self) -> list[Condition]:
        dropped = self._log_dropped()
        if dropped > self._dropped_before:
            self._dropped.add(dropped - self._dropped_before)
        self._dropped_before = dropped
        lost = local.log_lost(self._dropped.count())
        try:
            waiting = await self._work(self._log_backlog)
        except asyncio.TimeoutError:
            return lost
        return [*lost, *local.log_behind(waiting, self._settings.log_spool_rows)]

    async def _record(self, look: Look) -> str | None:
        """Keep what was found, tell what is to be told, and return how the database failed, if it did."""
        try:
            await self._settle_late()
            notices = await self._work(lambda: self._ledger.record(look))
        except (SQLAlchemyError, asyncio.TimeoutError) as exc:
            return type(exc).__name__
        told = await self._tell(notices)
        self._unsettled += told
        try:
            await self._settle_late()
        except (SQLAlchemyError, asyncio.TimeoutError) as exc:
            return type(exc).__name__
        return None

    async def _settle_late(self) -> None:
        while self._unsettled:
            notice, is_told = self._unsettled[0]
            await self._work(lambda: self._ledger.settle(notice, is_told=is_told))  # noqa: B023 -- done at once
            self._unsettled.pop(0)

    async def _remember(self, look: Look) -> None:
        notices = self._memory.record(look, datetime.now(timezone.utc))
        for notice, is_told in await self._tell(notices):
            self._memory.settle(notice, datetime.now(timezone.utc), is_told=is_told)

    async def _tell(self, notices: Sequence[Notice]) -> list[tuple[Notice, bool]]:
        """Tell what is to be told, and return of each notice whether it was; after one that was not none is tried."""
        told: list[tuple[Notice, bool]] = []
        reason = None
        for notice in notices:
            if reason is None:
                reason = await self._tell_one(notice)
            told.append((notice, reason is None))
        return told

    async def _tell_one(self, notice: Notice) -> str | None:
        telling, alert = notice.telling, notice.alert
        message = payload(telling, alert)
        logger.log(_LEVELS[telling], "alert %s %s: %s", alert.condition.key, telling.value, _as_line(message["text"]))
        reason = await self._notifier.send(message)
        if reason is not None:
            logger.error("alert %s not told, it is tried again: %s", alert.condition.key, reason)
        return reason

    async def _work(self, work: Callable[[], T]) -> T:
        """Return what `work` returns on the watch's thread.

        Raises:
            TimeoutError: it takes too long, or what was begun before still does.
        """
        if self._working is not None and not self._working.done():
            raise asyncio.TimeoutError
        working = asyncio.get_running_loop().run_in_executor(self._thread, work)
        working.add_done_callback(_look_at_error)
        self._working = working  # type: ignore[assignment]
        done, _ = await asyncio.wait({working}, timeout=WORK_SECONDS)
        if not done:
            raise asyncio.TimeoutError
        return working.result()


def watch_over(settings: Settings, check_health: CheckHealth, broker: Callable[[], Any]) -> Watch:
    """Return the watch of a running server.

    Args:
        settings: The settings.
        check_health: Tells how each part is.
        broker: Gives what takes the events for the conversation log; None where there is nothing, and a broker of
            Rasa's own where something else writes the log.
    """

    def backlog() -> int | None:
        waiting: Callable[[], int] | None = getattr(broker(), "backlog", None)
        return waiting() if waiting else None

    def dropped() -> int:
        lost: int = getattr(broker(), "dropped", 0)
        return lost

    return Watch(settings, check_health, log_backlog=backlog, log_dropped=dropped)


def _look_at_error(working: asyncio.Future[T]) -> None:
    """Have nobody told of an error that comes when nobody waits any more."""
    if not working.cancelled():
        working.exception()


def _as_line(text: str) -> str:
    return "; ".join(text.splitlines())
