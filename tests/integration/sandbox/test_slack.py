"""The sandbox's Slack, as whoever posts to it sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from sandbox.app import create_app
from sandbox.settings import Settings
from sandbox.slack.webhook_api import MAX_MESSAGES

ALERTS = "/slack/alerts"


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(sandbox_database_url=f"sqlite:///{tmp_path}/sandbox.db")
    transport = httpx.ASGITransport(create_app(settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as http:
        yield http


async def told(http: httpx.AsyncClient, channel: str = ALERTS) -> list[str]:
    return [one["message"]["text"] for one in (await http.get(channel)).json()["messages"]]


async def test_what_is_posted_is_shown_the_newest_first(http: httpx.AsyncClient) -> None:
    message = {"text": "🔴 Twilio does not work", "blocks": [{"type": "section"}]}
    answer = await http.post(ALERTS, json=message)
    await http.post(ALERTS, json={"text": "later"})

    assert (answer.status_code, answer.text) == (200, "ok")
    assert await told(http) == ["later", "🔴 Twilio does not work"]
    (_, first) = (await http.get(ALERTS)).json()["messages"]
    assert first["message"] == message
    assert first["at"].endswith("+00:00")


async def test_each_channel_shows_its_own(http: httpx.AsyncClient) -> None:
    await http.post("/slack/other", json={"text": "hello"})

    assert await told(http) == []
    assert await told(http, "/slack/other") == ["hello"]


async def test_only_the_last_are_kept(http: httpx.AsyncClient) -> None:
    for number in range(MAX_MESSAGES + 1):
        await http.post(ALERTS, json={"text": str(number)})

    assert await told(http) == [str(number) for number in range(MAX_MESSAGES, 0, -1)]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"no JSON", "invalid_payload"),
        (b"[1]", "invalid_payload"),
        (b"\xff", "invalid_payload"),
        (b'{"text": "' + b"x" * 70_000 + b'"}', "invalid_payload"),
        (b"{}", "no_text"),
        (b'{"text": " "}', "no_text"),
        (b'{"text": "a", "blocks": {}}', "invalid_blocks"),
    ],
)
async def test_what_slack_would_not_take_is_refused_alike(http: httpx.AsyncClient, body: bytes, words: str) -> None:
    answer = await http.post(ALERTS, content=body)

    assert (answer.status_code, answer.text) == (400, words)
    assert await told(http) == []
