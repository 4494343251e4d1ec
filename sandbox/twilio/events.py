"""Server-Sent Events: what happens in the sandbox, told to every open page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from sandbox.twilio.records import Json

MAX_BACKLOG = 1_000
KEEP_ALIVE_SECONDS = 15.0
RECONNECT_MS = 1_000

Queue = asyncio.Queue["str | None"]


class EventHub:
    """Hands every event to all who listen.

    A listener that falls too far behind is cut off: it reconnects and reads the present state anew,
    which costs less than remembering all it has missed.
    """

    def __init__(self) -> None:
        self._listeners: set[Queue] = set()

    def publish(self, event: str, data: Json) -> None:
        """Queue the event for every listener without waiting for any."""
        frame = _frame(event, data)
        for queue in tuple(self._listeners):
            try:
                queue.put_nowait(frame)
            except asyncio.QueueFull:
                self._cut_off(queue)

    async def listen(self, greeting: Json) -> AsyncIterator[str]:
        """Yield the frames of an event stream, first a "hello" with the greeting, until closed."""
        queue: Queue = asyncio.Queue(MAX_BACKLOG)
        self._listeners.add(queue)
        try:
            yield f"retry: {RECONNECT_MS}\n" + _frame("hello", greeting)
            while (frame := await _next(queue)) is not None:
                yield frame
        finally:
            self._listeners.discard(queue)

    def close(self) -> None:
        """End every stream."""
        for queue in tuple(self._listeners):
            self._cut_off(queue)

    def _cut_off(self, queue: Queue) -> None:
        self._listeners.discard(queue)
        if queue.full():
            queue.get_nowait()
        queue.put_nowait(None)


async def _next(queue: Queue) -> str | None:
    try:
        return await asyncio.wait_for(queue.get(), KEEP_ALIVE_SECONDS)
    except asyncio.TimeoutError:
        return ": still here\n\n"


def _frame(event: str, data: Json) -> str:
    return f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
