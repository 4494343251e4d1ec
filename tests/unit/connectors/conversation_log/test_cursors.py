"""What a page goes on from is what a page gave, and nothing else."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection

from connectors.conversation_log.models import conversation_logs
from connectors.conversation_log.queries import LogFilter, page
from connectors.errors import MalformedCursor

MOMENT = "2026-11-24T12:00:00+00:00"


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://", future=True)
    conversation_logs.create(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def encoded(position: Any) -> str:
    written = position if isinstance(position, bytes) else json.dumps(position).encode()
    return base64.urlsafe_b64encode(written).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "a b",
        "\x00",
        encoded(b"\xff\xfe"),
        encoded(b"[" * 180),
        encoded([]),
        encoded(1),
        encoded(None),
        encoded([MOMENT]),
        encoded([MOMENT, "conv_1", "more"]),
        encoded({MOMENT: 1, "conv_1": 2, "more": 3}),
        encoded([MOMENT, 1]),
        encoded([MOMENT, "\x00"]),
        encoded([MOMENT, "\ud83d"]),
        encoded([1764000000, "conv_1"]),
        encoded(["2026-11-24T12:00:00", "conv_1"]),
        encoded(["2026-11-24T12:00:00-06:00", "conv_1"]),
        encoded(["0001-01-01T00:00:00+14:00", "conv_1"]),
        encoded(["yesterday", "conv_1"]),
        encoded([MOMENT, "conv_1" * 80]),
    ],
)
def test_what_is_no_cursor_is_refused_without_being_quoted(connection: Connection, cursor: str) -> None:
    with pytest.raises(MalformedCursor) as refused:
        page(connection, LogFilter(), 10, cursor)

    assert str(refused.value) == "this is no cursor of a page of the log"


def test_a_cursor_fits_into_an_address_as_it_is(connection: Connection) -> None:
    fixed = {"entities": [], "api_calls": [], "message": "m", "rasa_response": "{}", "processing_time": 1}
    moment = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
    rows = [
        {**fixed, "id": f"{n:04}>?~" + 57 * "ñ", "user_id": "u", "success": True, "timestamp": moment}
        for n in range(60)
    ]
    connection.execute(conversation_logs.insert(), rows)

    cursor, seen = None, 0
    while True:
        found = page(connection, LogFilter(), 1, cursor)
        seen, cursor = seen + len(found.rows), found.next_cursor
        if cursor is None:
            break
        assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert seen == 60
