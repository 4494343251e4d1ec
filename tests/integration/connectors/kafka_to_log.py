"""Thirty turns by Rasa's Kafka broker into the log, in a process of its own: prints the numbers that were logged.

librdkafka brings a small Kafka that listens on the loopback; beside others of one process it stops delivering.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import rasa.shared.core.events  # noqa: F401 -- which Rasa's broker uses without importing it
import yaml
from confluent_kafka import Producer
from rasa.core.brokers.kafka import KafkaEventBroker
from sqlalchemy import text

from connectors.conversation_log.broker import ConversationLogBroker
from connectors.conversation_log.consumer import consume
from connectors.database import open_engine
from connectors.event_relay import relayed
from connectors.logs import configure_logging
from connectors.schema import upgrade
from connectors.settings import get_settings
from tests.chaos.log_publisher import events

TURNS = 30


def logged() -> list[int]:
    """Gives the numbers of the turns in the log."""
    engine = open_engine(get_settings().database_url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT message_id FROM conversation_logs")).scalars()
        return sorted(int(sid.removeprefix("SM")) for sid in found)


async def main(folder: Path) -> None:
    """Publishes and consumes."""
    cluster = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "none"})
    (server,) = cluster.list_topics(timeout=10).brokers.values()
    url, options = f"{server.host}:{server.port}", {"topic": "events", "security_protocol": "PLAINTEXT"}
    described = {"type": "kafka", "url": url, "partition_by_sender": True, **options}
    endpoints = folder / "endpoints.yml"
    endpoints.write_text(yaml.safe_dump({"event_broker": described}))
    rasas = KafkaEventBroker(url, partition_by_sender=True, **options)

    relay = relayed(rasas)
    for number in range(TURNS):
        for event in events(number):
            relay.publish(event)
    await relay.close()
    broker, ended = ConversationLogBroker.of(get_settings()), asyncio.Event()
    consuming = asyncio.create_task(consume(endpoints, broker, ended))
    for _ in range(600):
        await asyncio.sleep(0.1)
        if consuming.done() or len(logged()) >= TURNS:
            break
    ended.set()
    await consuming
    await broker.close()
    print("logged:", *logged())  # noqa: T201 -- for the test


if __name__ == "__main__":
    configure_logging()
    upgrade(get_settings().database_url)
    asyncio.run(main(Path(sys.argv[1])))
