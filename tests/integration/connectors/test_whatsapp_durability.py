"""What the channel has taken in survives: stops, crashes in the middle of a turn, a database that is away."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from connectors.database import open_writer_engine
from connectors.schema import upgrade
from connectors.whatsapp import turns
from connectors.whatsapp.inbound import InboundMessage
from connectors.whatsapp.inbox import Arrival, Inbox
from connectors.whatsapp.leases import Leases
from connectors.whatsapp.texts import load_texts
from tests.integration.connectors.databases import database, migrate
from tests.integration.connectors.whatsapp_world import (
    ANA,
    Assistant,
    Gate,
    Twilio,
    World,
    answering,
    eventually,
    form_of,
    serving_channel,
    whatsapp_world,
)
from tests.servers import PostgreSQL, Unavailable

TEXTS = load_texts()
ALL = "SELECT message_sid, turn_sid, status, attempts FROM inbox ORDER BY position"


class Conversations:
    """A tracker store that holds what a test says."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        return DialogueStateTracker.from_events(sender_id, self.events) if self.events else None


async def test_what_was_not_answered_when_the_server_stopped_is_answered_by_the_next(
    twilio: Twilio, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.whatsapp.work.STOP_SECONDS", 0.2)
    stuck = Assistant()
    stuck.reply = lambda message: Gate().opened()
    async with serving_channel(twilio, stuck, database_url) as first:
        for text in ("uno", "dos"):
            assert (await first.write(text)).status_code == 204
        await eventually(lambda: stuck.running == 1)
    assert twilio.sent == []

    async with serving_channel(twilio, None, database_url):
        await eventually(lambda: len(twilio.sent) == 2)
    assert twilio.bodies() == ["eco: uno", "eco: dos"]


async def test_a_turn_that_was_stored_is_not_done_again_and_its_answers_are_given(
    twilio: Twilio, database_url: str
) -> None:
    assistant = Assistant(tracker_store=Conversations())

    async def reply(message: UserMessage) -> None:
        buttons = {"buttons": [{"title": "Sí", "payload": "/afirmar"}, {"title": "No", "payload": "/negar"}]}
        assistant.tracker_store.events = [
            UserUttered("antes", input_channel="whatsapp", message_id="SMbefore00"),
            BotUttered("esto no"),
            UserUttered(message.text, input_channel="whatsapp", message_id=message.message_id),
            ActionExecuted("action_agendar_cita"),
            BotUttered("¿Reservo?", data=buttons),
            ActionExecuted("action_listen"),
        ]
        raise ConnectionError("the process is gone")

    assistant.reply = reply
    async with serving_channel(twilio, assistant, database_url) as world:
        await world.write("reserva")
        await eventually(lambda: twilio.sent)
        await world.write("1")
        await eventually(lambda: len(assistant.heard) == 2)
    assert twilio.bodies()[0] == "¿Reservo?\n\n1. Sí\n2. No"
    assert assistant.texts == ["reserva", "/afirmar"]


async def test_a_webhook_is_not_acknowledged_while_the_database_is_away() -> None:
    try:
        server = PostgreSQL()
    except Unavailable as reason:
        pytest.skip(str(reason))
    with server:
        await asyncio.to_thread(upgrade, server.url)
        async with whatsapp_world(database_url=server.url) as world:
            await asyncio.to_thread(server.stop)
            form = form_of("hola")
            assert (await world.post("/api/whatsapp/webhook", form)).status_code == 503
            await asyncio.to_thread(server.start)
            await eventually_taken(world, form)
            await eventually(lambda: world.twilio.sent)
            assert world.twilio.bodies() == ["eco: hola"]


async def eventually_taken(world: World, form: dict[str, str]) -> None:
    for _ in range(100):
        if (await world.post("/api/whatsapp/webhook", form)).status_code == 204:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("never taken")


async def test_a_webhook_is_not_acknowledged_while_the_database_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.whatsapp.reception.COMMIT_SECONDS", 0.2)
    with database("sqlite", tmp_path, monkeypatch) as url:
        migrate()
        async with whatsapp_world(database_url=url) as world:
            form = form_of("hola")
            other = open_writer_engine(url)
            with other.begin():
                assert (await world.post("/api/whatsapp/webhook", form)).status_code == 503
            other.dispose()

            assert (await world.post("/api/whatsapp/webhook", form)).status_code == 204
            await eventually(lambda: len(world.twilio.sent) == 1)


async def test_a_burst_is_one_turn_whose_messages_are_all_kept() -> None:
    async with whatsapp_world(whatsapp_burst_seconds=0.5) as world:
        forms = [form_of(text) for text in ("hola", "quiero una cita", "mañana")]
        for form in forms:
            await world.post("/api/whatsapp/webhook", form)
        await eventually(lambda: world.twilio.sent)
        (heard,) = world.assistant.heard
        sids = [form["MessageSid"] for form in forms]
        assert heard.text == "hola\nquiero una cita\nmañana"
        assert (heard.message_id, heard.metadata["message_sids"]) == (sids[0], sids)
        await eventually(lambda: world.twilio.sent)
        assert await world.rows(ALL) == [(sid, sids[0], "answered", 1) for sid in sids]


async def test_who_says_baja_gets_no_more_until_alta() -> None:
    async with whatsapp_world() as world:
        for text in ("hola", " Baja! ", "¿siguen ahí?", "ALTA", "hola otra vez"):
            await world.write(text)
        await eventually(lambda: len(world.twilio.sent) == 4)
        assert world.twilio.bodies() == ["eco: hola", TEXTS.opted_out, TEXTS.opted_in, "eco: hola otra vez"]
        statuses = await world.rows("SELECT status FROM inbox ORDER BY position")
        assert [row.status for row in statuses] == ["answered", "answered", "ignored", "answered", "answered"]


async def test_who_writes_too_much_is_asked_once_to_wait_and_nothing_is_lost() -> None:
    async with whatsapp_world(whatsapp_contact_limit="3/minute") as world:
        for n in range(6):
            assert (await world.write(f"{n}")).status_code == 204
        await world.write("yo", sender="whatsapp:+5215587654321")
        await eventually(lambda: len(world.twilio.sent) == 5)
        assert sorted(world.twilio.bodies()) == sorted(["eco: 0", "eco: 1", "eco: 2", TEXTS.too_many])
        counted = await world.rows("SELECT status, count(*) FROM inbox GROUP BY status ORDER BY status")
        assert counted == [("answered", 4), ("limited", 3)]


async def test_who_is_asked_to_wait_does_not_wait_for_their_own_right_of_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.right_of_way.LONGEST_SECONDS", 60.0)
    async with whatsapp_world(whatsapp_contact_limit="1/minute") as world:
        await world.write("hola")
        assert (await asyncio.wait_for(world.write("hola?"), 10)).status_code == 204


async def test_nobody_is_asked_to_wait_while_a_person_looks_after_them() -> None:
    async with whatsapp_world(whatsapp_contact_limit="2/minute") as world:

        async def calling(message: UserMessage) -> None:
            await message.output_channel.send_response(message.sender_id, {"text": "ya aviso", "hands_over": True})

        world.assistant.reply = calling  # type: ignore[method-assign]
        await world.write("una persona")
        await eventually(lambda: world.twilio.sent)
        for text in ("hola?", "hay alguien?", "uf"):
            await world.write(text)
        await asyncio.sleep(0.5)
        assert world.twilio.bodies() == ["ya aviso"]


async def test_a_webhook_that_comes_again_is_counted_once() -> None:
    async with whatsapp_world(whatsapp_contact_limit="2/minute") as world:
        choices = [{"title": "Sí", "payload": "/afirmar"}, {"title": "No", "payload": "/negar"}]
        world.assistant.reply = answering({"text": "¿Reservo?", "buttons": choices})
        form = form_of("reserva")
        for _ in range(4):
            await world.post("/api/whatsapp/webhook", form)
        await eventually(lambda: world.twilio.sent)
        await world.write("1")
        await eventually(lambda: len(world.assistant.heard) == 2)
        assert world.assistant.texts == ["reserva", "/afirmar"]


async def test_who_was_offered_buttons_and_asked_to_wait_can_still_choose() -> None:
    async with whatsapp_world(whatsapp_contact_limit="1/second") as world:
        choices = [{"title": "Sí", "payload": "/afirmar"}, {"title": "No", "payload": "/negar"}]
        world.assistant.reply = answering({"text": "¿Reservo?", "buttons": choices})
        await asyncio.gather(*(world.write(text) for text in ("reserva", "ya", "ya ya")))
        await eventually(lambda: TEXTS.too_many in world.twilio.bodies())
        await asyncio.sleep(1.1)
        await world.write("1")
        await eventually(lambda: "/afirmar" in world.assistant.texts)


async def test_baja_is_confirmed_once_and_nothing_follows_it_not_even_a_plea() -> None:
    async with whatsapp_world(whatsapp_contact_limit="1/minute") as world:
        for text in ("BAJA", "baja", "stop", "hola", "¿hola?", "oye", "ALTA", "ALTA"):
            await world.write(text)
        await eventually(lambda: len(world.twilio.sent) == 3)
        assert world.twilio.bodies() == [TEXTS.opted_out, TEXTS.opted_in, "eco: ALTA"]


async def test_a_message_is_answered_though_its_process_died_before_it_told_anybody(
    twilio: Twilio, database_url: str
) -> None:
    engine = open_writer_engine(database_url)
    with engine.begin() as connection:
        inbox = Inbox(Leases("turn", 2), burst_seconds=0)
        inbox.add(connection, [Arrival(InboundMessage("SM1", ANA, "whatsapp:+15005550006", "hola"))])
    engine.dispose()
    async with serving_channel(twilio, database_url=database_url):
        await eventually(lambda: twilio.bodies() == ["eco: hola"])


async def test_a_turn_is_not_begun_while_no_model_is_loaded() -> None:
    async with whatsapp_world() as world:
        world.assistant.is_ready = lambda: False  # type: ignore[method-assign]
        await world.write("hola")
        await asyncio.sleep(0.5)
        world.assistant.is_ready = lambda: True  # type: ignore[method-assign]
        await eventually(lambda: world.twilio.sent)
        assert world.twilio.bodies() == ["eco: hola"]


async def test_a_forger_is_told_less_and_less_and_twilio_is_still_let_in() -> None:
    async with whatsapp_world(whatsapp_address_limit="3/minute") as world:
        form = form_of()
        forged = [await world.post("/api/whatsapp/webhook", form, token="not-ours") for _ in range(5)]
        assert [answer.status_code for answer in forged] == [403, 403, 403, 429, 429]
        assert (await world.post("/api/whatsapp/webhook", form)).status_code == 204


async def test_the_start_says_so_when_the_tables_are_missing() -> None:
    try:
        server = PostgreSQL()
    except Unavailable as reason:
        pytest.skip(str(reason))
    with server, pytest.raises(Exception, match="make migrate"):
        async with whatsapp_world(database_url=server.url):
            pass


async def test_a_turn_that_kills_its_process_is_parked_in_the_end(
    twilio: Twilio, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns.Turns, "run", lambda *_: asyncio.Event().wait())
    monkeypatch.setattr("connectors.whatsapp.work.STOP_SECONDS", 0.05)
    monkeypatch.setattr("connectors.whatsapp.inbox.Inbox.give_back", lambda *_: None)
    for beginning in range(5):
        async with serving_channel(
            twilio, None, database_url, whatsapp_turn_attempts=1, whatsapp_lease_seconds=0.05
        ) as world:
            if beginning == 0:
                await world.write("mortal")
            await asyncio.sleep(0.3)
    assert twilio.bodies() == [TEXTS.parked]
    assert ANA not in str(await world.rows("SELECT error FROM inbox"))
