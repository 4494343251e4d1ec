"""What the conversation log adds to a turn: storing turns with our broker beside storing them without one.

Both write to databases of their own on the same disk, in turns: milliseconds until a turn's tracker is stored, and how
long of that the event loop's own thread computed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from connectors.conversation_log.broker import ConversationLogBroker
from connectors.schema import upgrade
from connectors.settings import Settings, get_settings
from connectors.tracker_store import TrackerStore
from tests.servers import PostgreSQL

TURNS = 300
DOMAIN = Domain.empty()


def main(arguments: Sequence[str]) -> None:
    """Prints a table: with the log beside without."""
    logging.disable(logging.INFO)
    sys.stdout.write(f"{'':<14}{'with log':>10}{'without':>10}{'added':>10}  ms{'loop':>12}{'without':>10}  ms\n")
    for name in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder, _databases(name, Path(folder)) as urls:
            logged, bare = asyncio.run(_compare(urls, Path(folder)))
        (mine, held), (theirs, held_bare) = (
            [statistics.median(one) for one in zip(*times, strict=True)] for times in (logged, bare)
        )
        added = statistics.median(a[0] - b[0] for a, b in zip(logged, bare, strict=True))
        figures = f"{mine:>10.2f}{theirs:>10.2f}{added:>10.2f}    {held:>12.2f}{held_bare:>10.2f}"
        sys.stdout.write(f"{name:<14}{figures}\n")


@contextmanager
def _databases(name: str, folder: Path) -> Iterator[tuple[str, str]]:
    if name == "sqlite":
        yield f"sqlite:///{folder}/with.db", f"sqlite:///{folder}/without.db"
        return
    with PostgreSQL(durable=True) as server:
        yield server.create_database(), server.create_database()


async def _compare(urls: tuple[str, str], folder: Path) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    os.environ["LOG_SPOOL_FOLDER"] = str(folder / "log_spool")
    for url in urls:
        await asyncio.to_thread(upgrade, url)
    get_settings.cache_clear()
    broker = ConversationLogBroker.of(Settings(database_url=urls[0]))
    stores = [TrackerStore(DOMAIN, urls[0], broker), TrackerStore(DOMAIN, urls[1])]
    times: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    for number in range(TURNS):
        for store, measured in zip(stores, times, strict=True):
            measured.append(await _turn(store, number))
            await asyncio.sleep(0.002)
    await broker.close()
    return times


async def _turn(store: TrackerStore, number: int) -> tuple[float, float]:
    tracker = DialogueStateTracker.from_events(f"whatsapp:+5215512{number:06}", [])
    tracker.update_with_events(_events(number), DOMAIN)
    computed, started = time.thread_time(), time.perf_counter()
    await store.save(tracker)
    return (time.perf_counter() - started) * 1000, (time.thread_time() - computed) * 1000


def _events(number: int) -> list[Event]:
    text = "hola, quiero una cita el viernes a las 3pm, soy ana.perez@gmail.com y mi cel es 55 1234 5678"
    intent = {"name": "agendar_cita", "confidence": 0.97}
    entities = [{"entity": name, "value": value} for name, value in (("fecha", "viernes"), ("hora", "3pm"))]
    metadata = {"message_sid": f"SM{number:032}", "profile_name": "Ana Pérez"}
    call = {"method": "GET", "path_template": "/v1/slots", "status": 200, "ms": 12, "success": True, "error": None}
    answer = "Tengo libre el viernes 4 de diciembre a las 15:00. ¿Te la reservo?"
    return [
        UserUttered(text, intent, entities, input_channel="whatsapp", metadata=metadata),
        ActionExecuted("agendar_cita_form"),
        *(SlotSet(name, "viernes") for name in ("fecha", "hora", "email", "operacion")),
        BotUttered(answer, metadata={"turn": {"action": "agendar_cita_form", "api_calls": [call], "ms": 20}}),
        ActionExecuted("action_listen"),
    ]


if __name__ == "__main__":
    main(())
