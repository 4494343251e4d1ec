"""What an operator does with the channel at a terminal, while it runs and while it does not."""

from __future__ import annotations

import asyncio
import sys

from rasa.core.channels.channel import UserMessage

from connectors.whatsapp.texts import load_texts
from tests.integration.connectors.databases import ROOT
from tests.integration.connectors.whatsapp_world import (
    ANA,
    Assistant,
    Twilio,
    eventually,
    serving_channel,
)

TEXTS = load_texts()
BETO = "whatsapp:+5215587654321"


async def command(database_url: str, *arguments: str) -> str:
    """Does what an operator does at a terminal, and gives what is printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-m", "connectors.whatsapp", *arguments),
        cwd=ROOT,
        env={"DATABASE_URL": database_url, "PATH": "", "SQLALCHEMY_SILENCE_UBER_WARNING": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode() + output.decode()
    return output.decode()


async def test_failed_messages_are_listed_and_retried_by_command(twilio: Twilio, database_url: str) -> None:
    assistant = Assistant()
    assistant.reply = lambda message: 1 / 0  # type: ignore[assignment,return-value]
    async with serving_channel(twilio, assistant, database_url, whatsapp_turn_attempts=1) as world:
        await world.write("hola")
        await eventually(lambda: twilio.sent)
    assert "1 failed messages." in await command(database_url, "failed")
    assert "1 messages will be answered." in await command(database_url, "retry", "--all")
    async with serving_channel(twilio, None, database_url):
        await eventually(lambda: len(twilio.sent) == 2)
    assert twilio.bodies() == [TEXTS.parked, "eco: hola"]


async def test_who_was_handed_over_to_a_person_hears_nothing_until_released(twilio: Twilio, database_url: str) -> None:
    async def calling(message: UserMessage) -> None:
        said = {"text": f"eco: {message.text}"} | ({"hands_over": True} if message.text == "una persona" else {})
        await message.output_channel.send_response(message.sender_id, said)
        if message.text == "una persona":
            # As a form does that was open, and is asked by nobody any more.
            await message.output_channel.send_response(message.sender_id, {"text": "¿Para qué día?"})

    assistant = Assistant()
    assistant.reply = calling  # type: ignore[method-assign]
    async with serving_channel(twilio, assistant, database_url) as world:
        for text in ("una persona", "hola?", "hay alguien?"):
            await world.write(text)
        await world.write("hola", sender=BETO)
        await eventually(lambda: len(twilio.sent) == 2)
        await asyncio.sleep(0.3)
        assert (twilio.bodies(), twilio.bodies(BETO)) == (["eco: una persona"], ["eco: hola"])
        assert assistant.texts.count("hola?") == 0
        statuses = await world.rows(f"SELECT status FROM inbox WHERE contact = '{ANA}' ORDER BY position")
        assert [row.status for row in statuses] == ["answered", "handed_over", "handed_over"]

        number = ANA.removeprefix("whatsapp:")
        assert number in await command(database_url, "handed-over")
        assert "1 customers are answered" in await command(database_url, "release", number)
        assert "0 customers are looked after" in await command(database_url, "handed-over")
        await world.write("gracias")
        await eventually(lambda: twilio.bodies()[-1] == "eco: gracias")
