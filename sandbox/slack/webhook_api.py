"""POST /slack/{channel}: takes messages as an incoming webhook does; GET shows the last of them."""

from __future__ import annotations

import json
from collections import deque
from datetime import datetime, timezone
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse

from sandbox.settings import Settings

MAX_MESSAGES = 50
MAX_BYTES = 64 * 1024

Json = dict[str, Any]

router = APIRouter(prefix="/slack", tags=["slack"])


class Received:
    """The last messages of all channels, gone with the process."""

    def __init__(self) -> None:
        self._messages: deque[Json] = deque(maxlen=MAX_MESSAGES)

    def add(self, channel: str, message: Json) -> None:
        """Keep a message; past the bound, the oldest one goes."""
        at = datetime.now(timezone.utc).isoformat(timespec="seconds")
        self._messages.append({"at": at, "channel": channel, "message": message})

    def of(self, channel: str) -> list[Json]:
        """Return the messages of a channel, the newest first."""
        return [one for one in reversed(self._messages) if one["channel"] == channel]


def _received(request: Request) -> Received:
    received: Received = request.app.state.slack
    return received


@router.post("/{channel}")
async def take(channel: str, request: Request, received: Annotated[Received, Depends(_received)]) -> PlainTextResponse:
    """Take a message, or refuse it as Slack does: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks."""
    try:
        body = await request.body()
        message = json.loads(body) if len(body) <= MAX_BYTES else None
    except ValueError:
        message = None
    if not isinstance(message, dict):
        return PlainTextResponse("invalid_payload", 400)
    if not isinstance(text := message.get("text"), str) or not text.strip():
        return PlainTextResponse("no_text", 400)
    if not isinstance(message.get("blocks", []), list):
        return PlainTextResponse("invalid_blocks", 400)
    received.add(channel, message)
    return PlainTextResponse("ok")


@router.get("/{channel}")
async def show(channel: str, received: Annotated[Received, Depends(_received)]) -> Json:
    """Return the last messages of a channel, the newest first."""
    return {"messages": received.of(channel)}


def install(app: FastAPI, settings: Settings) -> None:
    """Add the webhooks to the application."""
    app.state.slack = Received()
    app.include_router(router)
