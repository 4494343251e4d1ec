"""Reading the conversation log: pages of turns, and what they say together."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import literal, not_, or_, select, tuple_
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement

from connectors.conversation_log import statistics
from connectors.conversation_log.models import conversation_logs
from connectors.errors import MalformedCursor
from connectors.tables import UtcDateTime

LONGEST_PAGE = 500
MOST_DAYS = 36_500

# A moment and an id of 64 characters, in base64.
_LONGEST_CURSOR = 512


@dataclass(frozen=True)
class LogFilter:
    """Which turns are wanted: those that fit all that is given.

    Attributes:
        user_id: the keyed hash of the user (`privacy.user_key`).
        intent: the intent's name.
        since: the earliest moment, aware.
        until: the first moment that is too late, aware.
        success: whether all went well.
        channel: the input channel's name.
        error_type: what the error, if any, was about.
        text: what the message or the response contains, in any case.
        session_id: the session's keyed hash.
    """

    user_id: str | None = None
    intent: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    success: bool | None = None
    channel: str | None = None
    error_type: str | None = None
    text: str | None = None
    session_id: str | None = None


@dataclass(frozen=True)
class Page:
    """Turns, the newest first.

    Attributes:
        rows: the columns of `conversation_logs` as JSON knows them.
        next_cursor: where the next page goes on; None when this is the last one.
    """

    rows: list[dict[str, Any]]
    next_cursor: str | None


def page(connection: Connection, wanted: LogFilter, limit: int, cursor: str | None = None) -> Page:
    """Return a page of the turns that are wanted, the newest first.

    Its cost does not depend on how far back it is. Turns that are added meanwhile neither repeat nor hide
    others on later pages.

    Args:
        connection: The database.
        wanted: Which turns.
        limit: How many at most, from 1 to 500; what is beyond counts as that.
        cursor: The `next_cursor` of the page before; the first page has none.

    Raises:
        MalformedCursor: the cursor is none.
    """
    limit = min(max(limit, 1), LONGEST_PAGE)
    log = conversation_logs.c
    conditions = list(_conditions(connection, wanted))
    if cursor is not None:
        timestamp, row_id = _read_cursor(cursor)
        conditions.append(tuple_(log.timestamp, log.id) < tuple_(literal(timestamp, UtcDateTime), literal(row_id)))
    query = select(conversation_logs).where(*conditions).order_by(log.timestamp.desc(), log.id.desc())
    found = connection.execute(query.limit(limit + 1)).mappings().all()
    rows = found[:limit]
    following = _cursor(rows[-1]["timestamp"], rows[-1]["id"]) if len(found) > limit else None
    return Page([{name: statistics.plain(value) for name, value in row.items()} for row in rows], following)


def stats(connection: Connection, days: int) -> dict[str, Any]:
    """Return what the log's views say, about the last days only.

    Returns:
        `days` and `since`, and lists of rows with the views' columns: `conversation_stats`, `intent_stats`,
        `error_stats`, `latency` and `phrasing`; times in milliseconds, costs in US dollars. JSON knows all of it.
    """
    days, start = _bounded(days)
    return {"days": days, "since": start.isoformat(), **statistics.since(connection, start)}


def user_stats(connection: Connection, user_id: str, days: int) -> dict[str, Any]:
    """Return what `get_user_conversation_stats` says of a user's last days, on any database.

    Returns:
        `user_id`, `days`, `total_messages`, `successful`, `failed`, `success_rate` (0 to 1), `avg_processing_time`
        (milliseconds), `most_common_intent`, `sessions`, `first_message`, `last_message`, `tokens_in`,
        `tokens_out` and `cost` (US dollars). Of somebody without turns rates, times and intent are None.
    """
    days, start = _bounded(days)
    return {"days": days, **statistics.of_user(connection, user_id, start)}


def _bounded(days: int) -> tuple[int, datetime]:
    days = min(max(days, 1), MOST_DAYS)
    return days, datetime.now(timezone.utc) - timedelta(days=days)


def _conditions(connection: Connection, wanted: LogFilter) -> Iterator[ColumnElement]:
    log = conversation_logs.c
    for name in ("user_id", "intent", "channel", "error_type", "session_id"):
        if (value := getattr(wanted, name)) is not None:
            yield log[name] == _storable(value)
    if wanted.since is not None:
        yield log.timestamp >= wanted.since
    if wanted.until is not None:
        yield log.timestamp < wanted.until
    if wanted.success is not None:
        yield log.success if wanted.success else not_(log.success)
    if wanted.text:
        yield or_(*(_contains(connection, column, _storable(wanted.text)) for column in (log.message, log.response)))


def _contains(connection: Connection, column: ColumnElement, text: str) -> ColumnElement:
    """Compare in any case, "Ñ" too: LIKE knows ASCII only on SQLite, and where PostgreSQL's locale is C."""
    if connection.dialect.name == "sqlite":
        return column.op("GLOB")("*" + "".join(_in_any_case(char, _glob_literal) for char in text) + "*")
    return column.op("~")("".join(_in_any_case(char, re.escape) for char in text))


def _in_any_case(char: str, literal: Callable[[str], str]) -> str:
    cases = sorted({case for case in (char, char.lower(), char.upper()) if len(case) == 1})
    return f"[{''.join(cases)}]" if len(cases) > 1 else literal(char)


def _glob_literal(char: str) -> str:
    return f"[{char}]" if char in "*?[" else char


def _storable(text: str) -> str:
    # PostgreSQL takes no NUL, and no database takes half a surrogate pair.
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _cursor(timestamp: datetime, row_id: str) -> str:
    position = json.dumps([timestamp.isoformat(), row_id], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        if len(cursor) > _LONGEST_CURSOR:
            raise ValueError("too long")
        position = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        written, row_id = json.loads(position)
        timestamp = datetime.fromisoformat(written)
        if timestamp.utcoffset() != timedelta(0) or not isinstance(row_id, str) or row_id != _storable(row_id):
            raise ValueError("not one of ours")
    except (TypeError, ValueError, RecursionError) as exc:
        # The error's own words would quote the cursor.
        raise MalformedCursor("this is no cursor of a page of the log") from exc
    return timestamp, row_id
