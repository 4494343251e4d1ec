"""A turn's id is on all its lines: the channel's, Rasa's, the action server's and the business system's."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from rasa.core.channels.channel import UserMessage

from connectors.rest import RestInput
from tests.integration.actions.conftest import free_port, running
from tests.integration.actions.conversation import Conversation
from tests.integration.connectors.whatsapp_world import ANA, Assistant, Twilio, World, eventually, serving_channel

WORDS = "hola, soy Ana Pérez, ana.perez@example.com"
PERSONAL = ("soy Ana", "Pérez", "ana.perez", "5512345678")

rasas = structlog.get_logger("rasa.core.processor")
of_rasa = logging.getLogger("rasa.core.lock_store")


class Servers:
    """The action server, and the sandbox behind it, with what they have written."""

    def __init__(self, url: str, logs: list[Path]) -> None:
        self.url = url
        self._logs = logs

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for log in self._logs for line in log.read_text().splitlines()]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder, ports = tmp_path_factory.mktemp("turns"), (free_port(), free_port())
    business, url = (f"http://127.0.0.1:{port}" for port in ports)
    of_sandbox = {"SANDBOX_PORT": str(ports[0]), "SANDBOX_DATABASE_URL": f"sqlite:///{folder / 'sandbox.db'}"}
    of_server = {"SANIC_HOST": "127.0.0.1", "INTERNAL_API_URL": business}
    server = [sys.executable, "-m", "actions.server", "--port", str(ports[1])]
    with (
        running([sys.executable, "-m", "sandbox"], f"{business}/health", folder / "sandbox.log", **of_sandbox),
        running(server, f"{url}/health", folder / "actions.log", **of_server),
    ):
        yield Servers(url, [folder / "sandbox.log", folder / "actions.log"])


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What this process logs, from a handler that was there before the channel; the level is Rasa's."""
    stream, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


class Rasa(Assistant):
    """Logs as Rasa does, in both of its ways, and has the action server answer."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    async def reply(self, message: UserMessage) -> None:
        rasas.info("processor.message.parse", parse_data_text=message.text, sender=message.sender_id)
        await asyncio.to_thread(of_rasa.info, "took the lock of %s", message.sender_id)
        conversation = Conversation(sender=message.sender_id).user(message.text, "consultar_paquetes")
        conversation.message.update(message_id=message.message_id, metadata=message.metadata)
        async with httpx.AsyncClient(trust_env=False) as http:
            call = conversation.call("action_consultar_paquetes")
            (await http.post(f"{self._url}/webhook", json=call)).raise_for_status()
        await super().reply(message)


@pytest.fixture
async def world(twilio: Twilio, servers: Servers, written: io.StringIO) -> AsyncIterator[World]:
    beside = lambda settings: [RestInput()]  # noqa: E731
    async with serving_channel(twilio, Rasa(servers.url), beside=beside) as world:
        yield world


def lines_of(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


async def test_a_whole_turns_lines_carry_its_id_in_every_process(
    world: World, servers: Servers, written: io.StringIO
) -> None:
    await world.write(WORDS)
    await eventually(lambda: world.twilio.sent)
    sid = world.assistant.heard[0].message_id

    here = {line["event"] for line in lines_of(written) if line.get("turn_id") == sid}
    there = {line["event"] for line in servers.lines() if line.get("turn_id") == sid}

    assert {"processor.message.parse", "took the lock of whatsapp:…", "turn.over"} <= here
    assert there == {"action.done", "api.call"}


async def test_no_line_of_a_turn_lacks_its_id_or_has_anothers(world: World, written: io.StringIO) -> None:
    people = [ANA, "whatsapp:+5215587654321"]
    await asyncio.gather(*(world.write(WORDS, sender=person) for person in people))
    await eventually(lambda: len(world.twilio.sent) == len(people))
    sids = {message.message_id for message in world.assistant.heard}

    for event in ("processor.message.parse", "turn.over"):
        assert {line.get("turn_id") for line in lines_of(written) if line["event"] == event} == sids


async def test_a_failed_answer_names_its_turn(world: World, written: io.StringIO) -> None:
    world.twilio.refuse = lambda form: 21211
    await world.write(WORDS)
    await eventually(lambda: [line for line in lines_of(written) if "not sent" in line["event"]])

    (line,) = (line for line in lines_of(written) if "not sent" in line["event"])

    assert line["turn_id"] == world.assistant.heard[0].message_id


async def test_a_turn_by_rest_has_rasas_own_id(world: World, servers: Servers, written: io.StringIO) -> None:
    await world.http.post("/webhooks/rest/webhook", json={"sender": "x", "message": "qué paquetes hay"})
    message_id = world.assistant.heard[0].message_id

    assert message_id
    assert "processor.message.parse" in {x["event"] for x in lines_of(written) if x.get("turn_id") == message_id}
    assert message_id in {line.get("turn_id") for line in servers.lines() if line["event"] == "api.call"}


async def test_nothing_personal_comes_through(world: World, servers: Servers, written: io.StringIO) -> None:
    await world.write(WORDS)
    await eventually(lambda: world.twilio.sent)

    shown = written.getvalue() + json.dumps(servers.lines(), ensure_ascii=False)

    assert "turn.over" in shown
    assert not [word for word in PERSONAL if word in shown]
