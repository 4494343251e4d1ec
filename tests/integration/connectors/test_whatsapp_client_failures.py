"""The client of Twilio's API when Twilio fails, and when files are elsewhere."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors.errors import TwilioUnavailable
from connectors.settings import Settings
from connectors.whatsapp import twilio_client
from connectors.whatsapp.outbox import OutgoingMessage
from connectors.whatsapp.twilio_client import TwilioClient
from tests.integration.connectors.scripted_server import Scripted, scripted

MESSAGE = OutgoingMessage("SM" + "1" * 32, 0, "whatsapp:+5215512345678", "Hola")
MINUTE = timedelta(minutes=1)


def now() -> datetime:
    return datetime.now(timezone.utc)


def client_of(url: str) -> TwilioClient:
    return TwilioClient(Settings(twilio_api_base_url=url))


async def refusal_of(url: str, call: Callable[[TwilioClient], object] | None = None) -> TwilioUnavailable:
    client = client_of(url)
    try:
        with pytest.raises(TwilioUnavailable) as caught:
            await (call(client) if call else client.send(MESSAGE))
    finally:
        await client.aclose()
    return caught.value


@pytest.mark.parametrize(
    ("status", "may_be_taken"), [(429, False), (503, False), (500, True), (502, True), (504, True), (520, True)]
)
async def test_tries_once_and_says_whether_twilio_may_have_taken_it(status: int, may_be_taken: bool) -> None:
    with scripted(status=status, body=b'{"code": 20429}', headers={"Retry-After": "7"}) as twilio:
        error = await refusal_of(twilio.url)

    assert (error.may_be_taken, error.retry_after, error.code) == (may_be_taken, 7.0, 20429)
    assert len(twilio.requests) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"sid": null}'])
async def test_an_answer_without_a_sid_may_mean_that_it_was_taken(body: bytes) -> None:
    with scripted(status=201, body=body) as twilio:
        assert (await refusal_of(twilio.url)).may_be_taken
    assert len(twilio.requests) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}"])
async def test_a_list_that_cannot_be_read_does_not_say_that_nothing_was_taken(body: bytes) -> None:
    with scripted(body=body) as twilio:
        await refusal_of(twilio.url, lambda client: client.find_sent(MESSAGE, now(), known=[]))


@pytest.mark.parametrize(
    ("direction", "found"), [("outbound-api", "SM1"), ("outbound-reply", "SM1"), ("inbound", None)]
)
async def test_only_what_went_out_is_taken_for_ours(direction: str, found: str | None) -> None:
    message = {"sid": "SM1", "direction": direction, "body": "Hola", "date_created": format_datetime(now())}
    with scripted(body=json.dumps({"messages": [message]}).encode()) as twilio:
        client = client_of(twilio.url)
        assert await client.find_sent(MESSAGE, now(), known=[]) == found
        await client.aclose()


async def test_without_a_connection_nothing_was_taken() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        error = await refusal_of(url)
        client = client_of(url)
        await client.show_typing("SM" + "0" * 32)
        await client.aclose()
    assert not error.may_be_taken


async def test_an_answer_that_does_not_come_in_time_may_mean_that_it_was_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(twilio_client, "TIMEOUT", httpx.Timeout(0.1))
    with scripted(delay=1.0) as twilio:
        assert (await refusal_of(twilio.url)).may_be_taken
    assert len(twilio.requests) == 1


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("7", 7, 7),
        ("9" * 400, 3600, 3600),
        (30 * MINUTE, 1700, 1800),
        (-MINUTE, 0, 0),
    ],
)
async def test_waits_as_long_as_twilio_asks_within_bounds(value: str | timedelta, least: float, most: float) -> None:
    value = format_datetime(now() + value) if isinstance(value, timedelta) else value
    with scripted(status=503, headers={"Retry-After": value}) as twilio:
        error = await refusal_of(twilio.url)
    assert error.retry_after is not None
    assert least <= error.retry_after <= most


@pytest.mark.parametrize("value", ["", "soon", "-1", "7.5", "٣"])
async def test_a_retry_after_that_cannot_be_read_is_none(value: str) -> None:
    with scripted(status=429, headers={"Retry-After": value.encode().decode("latin-1")}) as twilio:
        assert (await refusal_of(twilio.url)).retry_after is None


async def test_asks_for_received_messages_by_whole_days_of_gmt() -> None:
    since = datetime(2026, 1, 16, 2, 0, 10, tzinfo=timezone(timedelta(hours=2)))
    messages = [
        {"sid": f"SM{direction}", "direction": direction, "date_created": format_datetime(since)}
        for direction in ("inbound", "outbound-api", "outbound-reply", "outbound-call")
    ]
    with scripted(body=json.dumps({"messages": messages}).encode()) as twilio:
        client = client_of(twilio.url)
        assert [form["MessageSid"] async for form in client.received(since)] == ["SMinbound"]
        await client.aclose()

    query = parse_qs(urlsplit(twilio.requests[0].path).query)
    assert (query["DateSent>"], query["To"]) == (["2026-01-15"], ["whatsapp:+15005550006"])


async def size_at(twilio: Scripted, url: str) -> int | None:
    client = client_of(twilio.url)
    try:
        return await client.media_size(url)
    finally:
        await client.aclose()


async def test_a_file_is_fetched_where_twilio_points_but_without_the_credentials() -> None:
    with scripted(body=b"12345") as store, scripted(status=307, headers={"Location": f"{store.url}/x"}) as twilio:
        assert await size_at(twilio, f"{twilio.url}/Media/ME1") == 5

    assert twilio.requests[0].authorization is not None
    assert [(request.path, request.authorization) for request in store.requests] == [("/x", None)]


async def test_nobody_but_twilio_is_asked_for_a_file() -> None:
    with scripted() as twilio, scripted(body=b"12345") as other:
        port = urlsplit(other.url).port
        for url in (
            f"{other.url}/Media/ME1",
            f"http://127.0.0.1@localhost:{port}/x",
            f"https{twilio.url[4:]}/x",
            "file:///etc/passwd",
            "u",
            "",
            "http://[",
        ):
            assert await size_at(twilio, url) is None
    assert (twilio.requests, other.requests) == ([], [])


async def test_a_size_that_is_not_told_is_counted_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(body=b"x" * 100_000, is_length_told=False) as twilio:
        assert await size_at(twilio, f"{twilio.url}/x") == 100_000
        monkeypatch.setattr(twilio_client, "MAX_MEDIA_BYTES", 99_999)
        assert await size_at(twilio, f"{twilio.url}/x") is None


async def test_a_size_that_is_told_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio_client, "MAX_MEDIA_BYTES", 1)
    with scripted(body=b"x" * 100_000) as twilio:
        assert await size_at(twilio, f"{twilio.url}/x") == 100_000


@pytest.mark.parametrize("status", [401, 404, 500])
async def test_the_size_of_a_file_that_is_not_given_is_not_known(status: int) -> None:
    with scripted(status=status, body=b"12345") as twilio:
        assert await size_at(twilio, f"{twilio.url}/x") is None


async def test_a_slow_or_broken_server_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio_client, "MEDIA_SECONDS", 0.1)
    with scripted(is_length_told=False, delay=1.0) as twilio:
        assert await size_at(twilio, f"{twilio.url}/x") is None
    assert await size_at(twilio, f"{twilio.url}/x") is None, "nobody answers any more"
