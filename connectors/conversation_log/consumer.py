"""The conversation log behind RabbitMQ or Kafka: Rasa's own broker publishes, and this writes the same rows.

The broker is described once, in the `event_broker` section of an endpoints file, for Rasa and for the consumer.
"""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

import structlog
from rasa.core.brokers.kafka import KafkaEventBroker
from rasa.core.brokers.pika import PikaEventBroker
from rasa.utils.endpoints import EndpointConfig, read_endpoint_config

from connectors.conversation_log.broker import ConversationLogBroker
from connectors.errors import SettingsError
from connectors.logs import configure_logging
from connectors.settings import Settings

logger = structlog.get_logger(__name__)

R = TypeVar("R")

# Messages of turns that are still going on are not acknowledged, so many of them must be let through.
_UNACKNOWLEDGED = 20_000
_POLL_SECONDS = 0.5
_GROUP = "conversation-log"


class Gathering(Generic[R]):
    """Feeds events to the log and tells which are done with: those whose turn is on disk.

    What is not done with when the consumer dies comes again, and its rows take their own place.
    """

    def __init__(self, broker: ConversationLogBroker) -> None:
        self._broker = broker
        self._pending: dict[str, list[R]] = {}

    def take(self, body: bytes, receipt: R) -> list[R]:
        """Take an event as Rasa serialised it, and return the receipts of what need not come again."""
        try:
            event = json.loads(body)
            sender_id = str(event.get("sender_id") or "")
        except (AttributeError, ValueError) as exc:
            logger.error("conversation_log.unreadable_event", error=type(exc).__name__)
            return [receipt]
        self._broker.publish(event)
        self._pending.setdefault(sender_id, []).append(receipt)
        ended = [sender for sender in self._pending if not self._broker.is_open(sender)]
        if ended:
            self._broker.settle()
        return [done for sender in ended for done in self._pending.pop(sender)]


class Offsets:
    """How far each Kafka partition is done with, while later messages of it may be done before earlier ones."""

    def __init__(self) -> None:
        self._outstanding: dict[int, set[int]] = {}
        self._following: dict[int, int] = {}

    def take(self, partition: int, offset: int) -> None:
        """Note a message that was read."""
        self._outstanding.setdefault(partition, set()).add(offset)
        self._following[partition] = offset + 1

    def finish(self, partition: int, offset: int) -> int:
        """Note that a message is done with; return from which offset on the partition is to be read again."""
        outstanding = self._outstanding[partition]
        outstanding.discard(offset)
        return min(outstanding, default=self._following[partition])


async def run(endpoints: Path, settings: Settings) -> None:
    """Consume until the process is told to end, and write what is left.

    Raises:
        SettingsError: the file names no RabbitMQ and no Kafka.
    """
    configure_logging()
    ended = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, ended.set)
    broker = ConversationLogBroker.of(settings)
    try:
        await consume(endpoints, broker, ended)
    finally:
        await broker.close()


async def consume(endpoints: Path, broker: ConversationLogBroker, ended: asyncio.Event) -> None:
    """Write what Rasa's broker brings until `ended` is set.

    Args:
        endpoints: The file whose `event_broker` says where: `type` is `pika` or `kafka`.
        broker: The log.
        ended: When to stop.

    Raises:
        SettingsError: the file names no RabbitMQ and no Kafka.
    """
    described = await asyncio.to_thread(_described, endpoints)
    kind = described.type if described else None
    if described and kind == "pika":
        await _from_rabbitmq(described, Gathering(broker), ended)
    elif described and kind == "kafka":
        await asyncio.to_thread(_from_kafka, described, Gathering(broker), ended.is_set)
    else:
        raise SettingsError(f"{endpoints}: its event_broker must be of the type pika or kafka, not {kind}")


def _described(endpoints: Path) -> EndpointConfig | None:
    return read_endpoint_config(str(endpoints), "event_broker") if endpoints.is_file() else None


async def _from_rabbitmq(described: EndpointConfig, gathering: Gathering[Any], ended: asyncio.Event) -> None:
    # Rasa's own declares the exchange and the queues as its server does.
    rasas = PikaEventBroker(described.url, **described.kwargs, event_loop=asyncio.get_running_loop())
    connection = await rasas._connect()
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=_UNACKNOWLEDGED)
        await rasas._set_up_exchange(channel)
        queue = await channel.declare_queue(rasas.queues[0], durable=True)
        # Turns of one conversation would be torn apart among several consumers of a queue.
        arrived: asyncio.Queue[Any] = asyncio.Queue()
        await queue.consume(arrived.put, exclusive=True)
        logger.info("conversation_log.consuming", queue=rasas.queues[0])
        stop = asyncio.ensure_future(ended.wait())
        while not ended.is_set():
            following = asyncio.ensure_future(arrived.get())
            await asyncio.wait({following, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                following.cancel()
                break
            message = following.result()
            for done in await asyncio.to_thread(gathering.take, message.body, message):
                await done.ack()
        stop.cancel()


def _from_kafka(described: EndpointConfig, gathering: Gathering[tuple[int, int]], is_ended: Callable[[], bool]) -> None:
    # Loaded where it is used: RabbitMQ needs no librdkafka.
    from confluent_kafka import Consumer, TopicPartition

    async def rasas() -> KafkaEventBroker:
        return KafkaEventBroker(described.url, **described.kwargs)

    broker = asyncio.run(rasas())
    connection = {
        name: value
        for name, value in broker._get_kafka_config().items()
        if name not in {"error_cb", "queue.buffering.max.messages"} and value is not None
    }
    consumer = Consumer(connection | {"group.id": _GROUP, "enable.auto.commit": False, "auto.offset.reset": "earliest"})
    offsets = Offsets()
    consumer.subscribe([broker.topic])
    logger.info("conversation_log.consuming", topic=broker.topic)
    try:
        while not is_ended():
            message = consumer.poll(_POLL_SECONDS)
            if message is None:
                continue
            if error := message.error():
                logger.warning("conversation_log.kafka", error=error.name())
                continue
            place = int(message.partition() or 0), int(message.offset() or 0)
            offsets.take(*place)
            done = gathering.take(message.value() or b"", place)
            reached = {partition: offsets.finish(partition, offset) for partition, offset in done}
            if reached:
                places = [TopicPartition(broker.topic, partition, offset) for partition, offset in reached.items()]
                consumer.commit(offsets=places, asynchronous=True)
    finally:
        consumer.close()
