"""What there is at the moment of a scrape, read anew for each: how much waits, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine

from connectors.database import open_engine
from connectors.metrics import Metrics
from connectors.whatsapp.queue_state import QueueState, queue_state
from connectors.writability import prove_writes

# A look that takes longer is left out of the scrape: Prometheus gives up after ten seconds by default.
LOOK_SECONDS = 2.0

T = TypeVar("T")


@dataclass(frozen=True)
class Present:
    """What could be seen; None is what could not.

    The queues are those of all servers on the same database, the rows those of this process.
    """

    queues: QueueState | None
    log_backlog: int | None
    takes_writes: bool

    def families(self) -> Iterator[Metric]:
        """Give what was seen as gauges; what was not is left out, rather than shown as it was before."""
        state = self.queues
        is_up = state is not None and self.takes_writes
        yield _gauge("database_up", "Whether the channel's database answered and took a write just now.", float(is_up))
        counts = {"inbox": state.inbox, "parked": state.parked, "outbox": state.outbox} if state else {}
        yield _gauge_by_queue("queue_messages", "Messages that wait, or are parked.", counts)
        ages = {"inbox": state.inbox_age, "outbox": state.outbox_age} if state else {}
        yield _gauge_by_queue("queue_oldest_seconds", "For how long the oldest message has waited.", ages)
        about = "Contacts whom a person looks after instead of the assistant."
        yield _gauge("contacts_handed_over", about, state.handed_over if state else None)
        yield _gauge("log_backlog_rows", "Rows of the conversation log that wait to be written.", self.log_backlog)


class Observer:
    """Looks at the present without making anybody wait for longer than two seconds; close it at the end."""

    def __init__(self, database_url: str, metrics: Metrics) -> None:
        self._engine = open_engine(database_url, future=True)
        self._queues = _Look(lambda: _queues(self._engine))
        self._writes = _Look(lambda: _takes_writes(self._engine))
        self._backlog = _Look(lambda: metrics.log_backlog() if metrics.log_backlog else None)

    async def look(self) -> Present:
        """Return what can be seen now."""
        queues, backlog, writes = await asyncio.gather(self._queues.now(), self._backlog.now(), self._writes.now())
        return Present(queues, backlog, bool(writes))

    def close(self) -> None:
        """Close the connections; not for an event loop's thread."""
        self._engine.dispose()


class _Look(Generic[T]):
    """Reads something on a thread, one reading at a time: one that hangs is waited for by all who come later."""

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._reading: asyncio.Future[T] | None = None

    async def now(self) -> T | None:
        """Return what is read; None if it cannot be, for whatever reason, or not in time."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.ensure_future(asyncio.to_thread(self._read))
            # One that fails when nobody waits any more is nobody's concern.
            self._reading.add_done_callback(lambda reading: reading.cancelled() or reading.exception())
        await asyncio.wait({self._reading}, timeout=LOOK_SECONDS)
        is_read = self._reading.done() and not self._reading.cancelled() and not self._reading.exception()
        return self._reading.result() if is_read else None


def _queues(engine: Engine) -> QueueState:
    with _reading(engine) as connection:
        return queue_state(connection)


def _takes_writes(engine: Engine) -> bool:
    prove_writes(engine)
    return True


@contextmanager
def _reading(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL statement_timeout = {round(LOOK_SECONDS * 1000)}"))
        yield connection


def _gauge(name: str, about: str, value: float | None) -> Metric:
    gauge = GaugeMetricFamily(f"orquestador_{name}", about)
    if value is not None:
        gauge.add_metric([], value)
    return gauge


def _gauge_by_queue(name: str, about: str, values: Mapping[str, float]) -> Metric:
    gauge = GaugeMetricFamily(f"orquestador_{name}", about, labels=["queue"])
    for queue, value in values.items():
        gauge.add_metric([queue], value)
    return gauge
