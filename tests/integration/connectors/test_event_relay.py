"""Rasa's own brokers, published to by turns that neither wait for them nor fail with them."""

from __future__ import annotations

import asyncio
import threading
import warnings
from typing import Any

import pytest
from structlog.testing import capture_logs

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Rasa's own imports
    from rasa.core.brokers.broker import EventBroker
    from rasa.core.brokers.pika import PikaEventBroker

    from connectors.conversation_log.broker import ConversationLogBroker
    from connectors.event_relay import EventRelay, relayed
from connectors.settings import get_settings


class Blocking(EventBroker):
    """Publishes nothing until it is let, and refuses whatever says so."""

    def __init__(self) -> None:
        self.published: list[Any] = []
        self.may = threading.Event()
        self.closed = False

    def publish(self, event: dict[str, Any]) -> None:
        self.may.wait(10)
        if event.get("refused"):
            raise ValueError("no such topic")
        self.published.append(event["n"])

    async def close(self) -> None:
        self.closed = True


class OnItsLoop(PikaEventBroker):
    """RabbitMQ's, without RabbitMQ: notes on which thread it is asked to publish."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__("nowhere", "user", "password", queues=["q"], event_loop=loop)
        self.heard: list[tuple[int, int]] = []

    async def _publish(self, event: dict[str, Any], headers: Any = None) -> None:
        await asyncio.sleep(0.05)
        self.heard.append((event["n"], threading.get_ident()))


async def test_a_broker_that_hangs_keeps_no_turn_waiting_and_gets_all_in_order() -> None:
    broker = Blocking()
    relay = EventRelay(broker)

    for n in range(100):
        relay.publish({"n": n})

    # The broker has published none yet, and here we are.
    assert broker.published == []
    assert relay.backlog() >= 99
    broker.may.set()
    await relay.close()
    assert broker.published == list(range(100))
    assert broker.closed


async def test_what_a_broker_refuses_costs_that_event_only_and_its_words_are_not_logged() -> None:
    broker = Blocking()
    broker.may.set()
    relay = EventRelay(broker)

    with capture_logs() as logs:
        for event in ({"n": 1}, {"n": 2, "refused": True}, {"n": 3}):
            relay.publish(event)
        await relay.close()

    assert broker.published == [1, 3]
    assert logs == [{"event": "event_relay.not_published", "error": "ValueError", "log_level": "error"}]


async def test_past_its_capacity_events_are_given_up_and_said_to_be() -> None:
    broker = Blocking()
    relay = EventRelay(broker, capacity=5)

    with capture_logs() as logs:
        for n in range(20):
            relay.publish({"n": n})
    broker.may.set()
    await relay.close()

    assert [log["event"] for log in logs] == ["event_relay.full"]
    assert broker.published[:5] == [0, 1, 2, 3, 4]
    assert len(broker.published) <= 6


async def test_rabbitmqs_is_used_on_its_own_loop_whoever_publishes_and_ends_when_all_is_out() -> None:
    broker = OnItsLoop(asyncio.get_running_loop())
    relay = relayed(broker)
    assert isinstance(relay, EventRelay)

    def publish() -> None:
        for n in range(10):
            relay.publish({"n": n})

    await asyncio.to_thread(publish)
    await relay.close()

    assert broker.heard == [(n, threading.get_ident()) for n in range(10)]


async def test_a_broker_that_was_never_published_to_is_closed_too() -> None:
    broker = Blocking()
    await EventRelay(broker).close()

    assert broker.closed


def test_ours_is_published_to_directly(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/log.db")
    monkeypatch.setenv("LOG_SPOOL_FOLDER", str(tmp_path))
    ours = ConversationLogBroker.of(get_settings())

    assert relayed(ours) is ours
    assert relayed(None) is None
