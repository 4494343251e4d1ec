"""What the admin API tells of the log, of failed messages, and of customers whom a person looks after."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import date, datetime, time, timezone
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from connectors.conversation_log import queries
from connectors.conversation_log.forgetting import sender_of
from connectors.database import open_engine
from connectors.errors import MalformedCursor, Problem
from connectors.orchestrator import audit
from connectors.settings import Settings
from connectors.whatsapp.handovers import handed_over
from connectors.whatsapp.work import inbox_of
from privacy import user_key

DEFAULT_LIMIT = 50
DEFAULT_DAYS = 30

_HASH = re.compile(r"user_[0-9a-f]{20}")

T = TypeVar("T")


class Reading:
    """Answers from the database, beside the event loop that asks, on threads of its own until `close`."""

    def __init__(self, settings: Settings) -> None:
        self.engine = open_engine(settings.database_url, future=True)
        self._threads = ThreadPoolExecutor(2, "orchestrator")
        self._key = settings.log_key
        self._zone = ZoneInfo(settings.business_timezone)
        self._inbox = inbox_of(settings)

    def close(self) -> None:
        """Close the connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self.engine.dispose()

    async def work(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, done on one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def logs(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return a page of turns, the newest first: `entries` by the seed's names, and `next_cursor`."""
        wanted = queries.LogFilter(
            user_id=self._user(query),
            since=self._moment(query, "since"),
            until=self._moment(query, "until"),
            session_id=query.get("session"),
            **{name: query.get(name) for name in ("intent", "success", "channel", "error_type", "text")},
        )
        limit, cursor = query.get("limit", DEFAULT_LIMIT), query.get("cursor")
        try:
            page = await self._ask(lambda connection: queries.page(connection, wanted, limit, cursor))
        except MalformedCursor as exc:
            raise Problem(400, "cursor_invalid", "`cursor` is none that an answer gave as `next_cursor`.") from exc
        return {"entries": [_seeds_names(row) for row in page.rows], "next_cursor": page.next_cursor}

    async def stats(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the log's views say about the last days, of all users or of one."""
        days, user = query.get("days", DEFAULT_DAYS), self._user(query)
        if user is not None:
            return await self._ask(lambda connection: queries.user_stats(connection, user, days))
        return await self._ask(lambda connection: queries.stats(connection, days))

    async def failed(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return the messages whose turns failed too often, oldest first, and how many there are."""
        parked = await self._ask(self._inbox.parked)
        return {"messages": [asdict(one) for one in parked[: query.get("limit", DEFAULT_LIMIT)]], "total": len(parked)}

    async def handed_over(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return the customers whom a person looks after, the longest first, and how many there are."""
        found = await self._ask(handed_over)
        shown = list(found.items())[: query.get("limit", DEFAULT_LIMIT)]
        customers = [
            {"number": address.partition(":")[2], "user": user_key(address, self._key), "since": since}
            for address, since in shown
        ]
        return {"customers": customers, "total": len(found)}

    async def audit(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return a page of the audit, the latest first: `entries`, and `next_cursor`."""
        limit = query.get("limit", DEFAULT_LIMIT)
        cursor = query.get("cursor")
        if cursor is not None and not re.fullmatch(r"[0-9]{1,18}", cursor):
            raise Problem(400, "cursor_invalid", "`cursor` is none that an answer gave as `next_cursor`.")
        before = None if cursor is None else int(cursor)
        found = await self._ask(lambda connection: audit.notes(connection, limit + 1, before))
        more = str(found[limit - 1]["id"]) if len(found) > limit else None
        return {"entries": found[:limit], "next_cursor": more}

    async def _ask(self, question: Callable[[Connection], T]) -> T:
        def ask() -> T:
            with self.engine.connect() as connection:
                return question(connection)

        return await self.work(ask)

    def _user(self, query: Mapping[str, Any]) -> str | None:
        user: str | None = query.get("user")
        if user is None or is_hash(user):
            return user
        return user_key(sender_of(user), self._key)

    def _moment(self, query: Mapping[str, Any], name: str) -> datetime | None:
        """Read a moment with its offset, or a day or a moment in the business's time zone."""
        text = query.get(name)
        if text is None:
            return None
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
                moment = datetime.combine(date.fromisoformat(text), time())
            else:
                moment = datetime.fromisoformat(re.sub("[zZ]$", "+00:00", text))
            return (moment if moment.tzinfo else moment.replace(tzinfo=self._zone)).astimezone(timezone.utc)
        except (ValueError, OverflowError) as exc:
            detail = f"`{name}` is to be a day or a moment, 2026-11-24 or 2026-11-24T15:00:00-06:00."
            raise Problem(400, "moment_invalid", detail) from exc


def is_hash(user: str) -> bool:
    """Tell whether a user is named as the log names them."""
    return bool(_HASH.fullmatch(user))


def _seeds_names(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of the log under the names of the seed's JSON: `user_id` is `userId` there."""
    return {re.sub("_([a-z])", lambda found: found[1].upper(), name): value for name, value in row.items()}
