"""The watch on real databases: who tells what, once, whatever restarts and whatever is away."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import literal, select, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError

from connectors.alerts import ledger as ledger_module
from connectors.alerts import watch as watch_module
from connectors.alerts.conditions import Look
from connectors.alerts.notifier import Notifier
from connectors.alerts.recent import Recent
from connectors.alerts.watch import Watch, watch_over
from connectors.database import open_engine
from connectors.whatsapp.tables import inbox
from tests.integration.connectors.alert_world import Receiver, receiving, settings_of
from tests.integration.connectors.test_alert_notifier import run
from tests.integration.connectors.whatsapp_world import eventually

SECONDS = 30


@dataclass(frozen=True)
class PartHealth:
    ok: bool = True
    vital: bool = True
    ms: int = 1
    error: str | None = None


DOWN = PartHealth(False, error="HTTP 503")


@dataclass
class World:
    """One database, one receiver and what the servers find."""

    url: str
    engine: Engine
    receiver: Receiver
    now: datetime
    health: Mapping[str, PartHealth]

    def later(self, seconds: float = SECONDS) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    async def check(self) -> Mapping[str, PartHealth]:
        return self.health

    @asynccontextmanager
    async def server(self, url: str | None = None, **given: Any) -> AsyncIterator[Watch]:
        """Give a watch that looks only when it is told to."""
        settings = settings_of(url or self.url, alert_webhook_url=self.receiver.url, alert_refused_signatures=3)
        watch = Watch(
            settings,
            given.pop("check_health", self.check),
            refusals=given.pop("refusals", Recent()),
            notifier=Notifier(settings, first_delay=0.01),
            **given,
        )
        try:
            yield watch
        finally:
            await watch.stop()

    async def looks(self, watch: Watch, count: int = 1) -> None:
        for _ in range(count):
            self.later()
            await watch.look()

    def park(self) -> None:
        row = {"message_sid": "SM1", "contact": "whatsapp:+5215512345678", "content": {}, "source": "webhook"}
        row |= {"status": "failed", "attempts": 5, "received_at": datetime.now(timezone.utc)}
        with self.engine.begin() as connection:
            connection.execute(inbox.insert(), [row])

    def unpark(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(inbox.delete())

    def rows(self, query: str) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(query)))


@pytest.fixture
def world(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    engine = open_engine(database_url, future=True)
    with receiving() as receiver:
        world = World(database_url, engine, receiver, datetime.now(timezone.utc), {})

        def clock(connection: Connection) -> datetime:
            # Asked of the database all the same, as the real one is.
            is_server = connection.dialect.name == "postgresql"
            return connection.execute(select(literal(world.now))).scalar_one() if is_server else world.now

        monkeypatch.setattr(ledger_module, "moment", clock)
        yield world
    engine.dispose()


async def test_failed_turns_are_told_once_and_so_is_their_end(world: World) -> None:
    async with world.server() as watch:
        await world.looks(watch)
        assert world.receiver.messages == []
        world.park()
        await world.looks(watch, 3)
        assert world.receiver.titles() == ["🔴 Messages could not be answered"]
        world.unpark()
        await world.looks(watch, 4)
    assert world.receiver.titles()[1:] == ["🟢 Over: Messages could not be answered"]


async def test_of_two_servers_that_look_at_once_only_one_tells(world: World) -> None:
    world.park()
    async with world.server() as one, world.server() as other, world.server() as third:
        for _ in range(3):
            world.later()
            await asyncio.gather(one.look(), other.look(), third.look())
        assert world.receiver.titles() == ["🔴 Messages could not be answered"]
        world.unpark()
        for _ in range(4):
            world.later()
            await asyncio.gather(one.look(), other.look(), third.look())
    assert world.receiver.titles()[1:] == ["🟢 Over: Messages could not be answered"]


async def test_a_restart_tells_nothing_again_and_tells_the_end(world: World) -> None:
    world.park()
    async with world.server() as watch:
        await world.looks(watch)
    async with world.server() as watch:
        await world.looks(watch, 2)
    assert len(world.receiver.messages) == 1
    world.unpark()
    async with world.server() as watch:
        await world.looks(watch, 2)
    assert world.receiver.titles()[1:] == ["🟢 Over: Messages could not be answered"]


async def test_while_it_lasts_there_is_a_reminder_every_hour(world: World) -> None:
    world.park()
    async with world.server() as watch:
        await world.looks(watch, 2)
        world.later(3600)
        await world.looks(watch, 2)
    assert world.receiver.titles() == ["🔴 Messages could not be answered", "🔴 Still: Messages could not be answered"]
    assert "for 1 h 1 min, seen 3 times" in world.receiver.messages[1]["text"]


async def test_a_part_that_is_down_in_two_looks_is_told_with_its_error(world: World) -> None:
    world.health = {"twilio": DOWN, "rasa": PartHealth()}
    async with world.server() as watch:
        await world.looks(watch)
        assert world.receiver.messages == []
        await world.looks(watch)
    assert world.receiver.messages[0]["text"].startswith("🔴 Twilio does not work\nerror: HTTP 503\n")


async def test_what_the_webhook_does_not_take_is_told_as_soon_as_it_does(world: World) -> None:
    world.park()
    world.health = {"twilio": DOWN}
    world.receiver.refusals = [(404, {})] * 2
    async with world.server() as watch:
        await world.looks(watch, 2)
        assert world.receiver.messages == []
        await world.looks(watch, 2)
    assert sorted(world.receiver.titles()) == ["🔴 Messages could not be answered", "🔴 Twilio does not work"]


async def test_signatures_that_were_refused_are_told_in_numbers(world: World) -> None:
    refusals = Recent()
    async with world.server(refusals=refusals) as watch:
        refusals.add(2)
        await world.looks(watch)
        assert world.receiver.messages == []
        refusals.add()
        await world.looks(watch)
    assert "refused in 5 minutes: 3" in world.receiver.messages[0]["text"]


async def test_a_log_that_is_behind_or_loses_rows_is_told(world: World) -> None:
    waiting, lost = [0], [0]
    async with world.server(log_backlog=lambda: waiting[0], log_dropped=lambda: lost[0]) as watch:
        await world.looks(watch)
        waiting[0], lost[0] = 60_000, 7
        await world.looks(watch)
        assert world.receiver.titles() == ["🔴 Rows of the conversation log are lost"]
        await world.looks(watch)
    assert "lost in 5 minutes: 7" in world.receiver.messages[0]["text"]
    assert world.receiver.titles()[1:] == ["🟠 The conversation log is behind"]


async def test_a_health_check_that_breaks_or_hangs_says_nothing_of_the_parts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "HEALTH_SECONDS", 0.05)
    world.health = {"twilio": DOWN}
    calls = [world.check, world.check, _broken, _hanging, _broken, world.check]

    async def check() -> Mapping[str, PartHealth]:
        return await calls.pop(0)()

    world.park()
    async with world.server(check_health=check) as watch:
        await world.looks(watch, 6)
    assert sorted(world.receiver.titles()) == ["🔴 Messages could not be answered", "🔴 Twilio does not work"]


async def _broken() -> Mapping[str, PartHealth]:
    raise LookupError("whatsapp:+5215512345678")


async def _hanging() -> Mapping[str, PartHealth]:
    await asyncio.sleep(60)
    return {}


async def test_a_database_that_is_away_is_told_once_and_so_is_its_return(world: World) -> None:
    broken: list[Exception] = []
    async with world.server() as watch:
        query: Callable[[], Any] = watch._query

        def sometimes() -> Any:
            if broken:
                raise broken[0]
            return query()

        watch._query = sometimes  # type: ignore[method-assign]
        await world.looks(watch)
        broken.append(OperationalError("SELECT '+5215512345678'", {}, Exception("gone")))
        await world.looks(watch, 4)
        assert world.receiver.titles() == ["🔴 The database does not work"]
        assert "error: OperationalError" in world.receiver.messages[0]["text"]
        broken.clear()
        # The clock of the memory is this machine's.
        known = watch._memory._alerts["part_down/database"]
        aged = replace(known, seen_at=known.seen_at - timedelta(minutes=2))
        watch._memory._alerts["part_down/database"] = aged
        await world.looks(watch, 3)
    assert world.receiver.titles()[1:] == ["🟢 Over: The database does not work"]


async def test_without_a_database_nothing_gets_out_of_a_look(world: World) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    async with world.server(nowhere) as watch:
        await world.looks(watch, 3)
    assert world.receiver.titles() == ["🔴 The database does not work"]


async def test_a_database_that_its_check_finds_ill_is_told_too(world: World) -> None:
    world.health = {"database": PartHealth(False, error="its tables are at revision 0003, not 0006")}
    async with world.server() as watch:
        await world.looks(watch, 2)
    assert "error: its tables are at revision 0003, not 0006" in world.receiver.messages[0]["text"]


async def test_a_check_that_breaks_in_between_does_not_call_the_database_well(world: World) -> None:
    world.health = {"database": PartHealth(False, error="its tables are at revision 0003, not 0006")}
    calls = [world.check, _broken, world.check]

    async def check() -> Mapping[str, PartHealth]:
        return await calls.pop(0)()

    async with world.server(check_health=check) as watch:
        await world.looks(watch, 3)
    assert world.receiver.titles() == ["🔴 The database does not work"]


async def test_a_query_that_hangs_is_neither_waited_for_nor_asked_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "WORK_SECONDS", 0.05)
    released, calls = threading.Event(), []

    def hanging() -> Look:
        calls.append(1)
        released.wait(30)
        return Look.of(())

    async with world.server() as watch:
        watch._query = hanging  # type: ignore[method-assign]
        await world.looks(watch, 3)
        released.set()
        await eventually(lambda: watch._working is not None and watch._working.done())
        assert len(calls) == 1
    assert world.receiver.titles() == ["🔴 The database does not work"]


async def test_where_nothing_is_wrong_nothing_is_written(world: World) -> None:
    async with world.server() as watch:

        def no_writing(*arguments: Any) -> None:
            raise AssertionError("written")

        watch._ledger._be_alone = no_writing  # type: ignore[method-assign]
        await world.looks(watch, 3)
    assert world.rows("SELECT key FROM alerts") == []


async def test_the_end_leaves_no_hash_in_the_table(world: World) -> None:
    world.park()
    async with world.server() as watch:
        await world.looks(watch)
        assert world.rows("SELECT key FROM alerts WHERE is_open") == [("failed_turns",)]
        world.unpark()
        await world.looks(watch, 2)
    ((facts, told_at),) = world.rows("SELECT facts, told_at FROM alerts")
    assert facts in ({}, "{}")
    assert told_at is None


async def test_started_it_looks_by_itself_until_it_is_stopped(world: World) -> None:
    world.park()
    settings = settings_of(world.url, alert_webhook_url=world.receiver.url).copy(update={"alert_seconds": 0.01})
    watch = watch_over(settings, world.check, lambda: None)
    watch.start()
    await eventually(lambda: world.receiver.messages)
    await watch.stop()
    looked = world.rows("SELECT sightings FROM alerts")
    await asyncio.sleep(0.1)
    assert world.rows("SELECT sightings FROM alerts") == looked


async def test_a_look_that_breaks_off_is_not_the_last(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = watch_over(settings_of(world.url).copy(update={"alert_seconds": 0.01}), world.check, lambda: None)
    looks: list[int] = []

    async def look() -> None:
        looks.append(1)
        raise LookupError("unforeseen")

    monkeypatch.setattr(watch, "look", look)
    watch.start()
    await eventually(lambda: len(looks) > 2)
    await watch.stop()


async def test_an_operator_sees_at_a_terminal_what_is_open(world: World) -> None:
    assert await run("list", DATABASE_URL=world.url) == (0, "0 alerts are open.\n")
    world.park()
    async with world.server() as watch:
        await world.looks(watch)
    status, said = await run("list", DATABASE_URL=world.url)

    assert status == 0
    assert said.startswith(f"failed_turns  critical  since {world.now:%Y-%m-%d %H:%M:%S}Z  told\n")
    assert "    Messages could not be answered (" in said
    assert said.endswith("1 alerts are open.\n")
    world.unpark()
    async with world.server() as watch:
        await world.looks(watch, 2)
    assert await run("list", DATABASE_URL=world.url) == (0, "0 alerts are open.\n")
