from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from sandbox.twilio.events import MAX_BACKLOG, EventHub


async def test_every_listener_hears_every_event() -> None:
    hub = EventHub()
    one, other = hub.listen({}), hub.listen({})
    for stream in (one, other):
        assert (await anext_frame(stream)).startswith("retry: ")
    hub.publish("typing", {"phone": "+1", "on": True})

    for stream in (one, other):
        assert await anext_frame(stream) == 'event: typing\ndata: {"phone": "+1", "on": true}\n\n'


async def test_a_listener_too_far_behind_is_cut_off_and_frees_its_place() -> None:
    hub = EventHub()
    stream = hub.listen({})
    await anext_frame(stream)
    for number in range(MAX_BACKLOG + 1):
        hub.publish("message", {"number": number})

    frames = await rest(stream)

    assert len(frames) == MAX_BACKLOG - 1
    again = hub.listen({})
    await anext_frame(again)
    hub.publish("message", {"number": 0})
    assert "message" in await anext_frame(again)


async def test_closing_ends_every_stream() -> None:
    hub = EventHub()
    stream = hub.listen({})
    await anext_frame(stream)
    hub.close()

    assert await rest(stream) == []


async def anext_frame(stream: AsyncIterator[str]) -> str:
    return await stream.__anext__()


async def rest(stream: AsyncIterator[str]) -> list[str]:
    async def collect() -> list[str]:
        return [frame async for frame in stream]

    return await asyncio.wait_for(collect(), 5)
