from __future__ import annotations

import asyncio

import pytest

from sandbox.twilio import typing_indicator
from sandbox.twilio.background import Background
from sandbox.twilio.events import EventHub
from sandbox.twilio.records import Message
from sandbox.twilio.store import Store

ANA = "+5215512345678"


@pytest.fixture
def store() -> Store:
    return Store(EventHub())


def write(store: Store, number: int) -> Message:
    message = Message(f"SM{number:032x}", ANA, "inbound", "Hola", "received")
    store.add(message)
    return message


async def test_fades_by_itself(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typing_indicator, "LASTS_SECONDS", 0.01)
    typing = typing_indicator.TypingIndicator(store, EventHub(), Background())
    typing.start(write(store, 1))
    assert typing.shows(ANA)

    for _ in range(500):
        await asyncio.sleep(0.01)
        if not typing.shows(ANA):
            return
    pytest.fail("it never faded")


async def test_reads_what_was_written_up_to_the_message_and_no_more(store: Store) -> None:
    background = Background()
    typing = typing_indicator.TypingIndicator(store, EventHub(), background)
    before, answered, after = (write(store, number) for number in range(3))
    typing.start(answered)

    assert [message.status for message in (before, answered, after)] == ["read", "read", "received"]
    await background.stop()


async def test_started_twice_shows_one_indicator(store: Store) -> None:
    background = Background()
    typing = typing_indicator.TypingIndicator(store, EventHub(), background)
    message = write(store, 1)
    typing.start(message)
    typing.start(message)
    typing.stop(ANA)

    assert not typing.shows(ANA)
    await background.stop()
