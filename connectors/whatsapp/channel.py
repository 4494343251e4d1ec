"""WhatsApp as an input channel of Rasa; `credentials.yml` names it by its class."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty
from sanic.response import json as json_response

from connectors.alerts.recent import get_refusals
from connectors.bodies import read_body
from connectors.courtesy import give_way_between_components
from connectors.errors import Refused, TurnFailed
from connectors.logs import configure_logging
from connectors.metrics import get_metrics
from connectors.remote_actions import mend_remote_actions
from connectors.schema import prepare, require
from connectors.settings import Settings, get_settings
from connectors.tracker_store import fail_loudly
from connectors.turn_loop import turn_loop_of, whole
from connectors.whatsapp.door import Door, Knock, check_size
from connectors.whatsapp.front import Front
from connectors.whatsapp.turns import CHANNEL_NAME, Assistant
from connectors.whatsapp.work import Work

URL_PREFIX = "/api/whatsapp"

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]
Take = Callable[[Front, Request, Mapping[str, str]], Awaitable[None]]

logger = logging.getLogger(__name__)


class WhatsAppInput(InputChannel):
    """Receives Twilio's WhatsApp webhooks and answers them by Twilio's REST API."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @classmethod
    def name(cls) -> str:
        """Return the channel's name."""
        return CHANNEL_NAME

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, Any] | None) -> WhatsAppInput:
        """Return the channel as the environment configures it; `credentials.yml` holds no secret."""
        return cls(get_settings())

    def url_prefix(self) -> str:
        """Return where the channel lives, from the root and not below `/webhooks/`."""
        return URL_PREFIX

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Return the routes, and the background work that starts and stops with their server."""
        configure_logging()
        door = Door(self._settings)
        front: Front | None = None
        work: Work | None = None

        async def health(request: Request) -> HTTPResponse:
            return json_response({"status": "ok"})

        async def webhook(request: Request) -> HTTPResponse:
            return await _counted("message", _admit(request, door, front, _receive))

        async def status(request: Request) -> HTTPResponse:
            return await _counted("receipt", _admit(request, door, front, _record))

        async def start(app: Sanic, loop: Any) -> None:
            nonlocal front, work
            await asyncio.to_thread(prepare, self._settings.database_url)
            await asyncio.to_thread(require, self._settings.database_url)
            if agent := getattr(app.ctx, "agent", None):
                fail_loudly(agent)
                mend_remote_actions()
            turn_loop = turn_loop_of(app)
            give_way_between_components(turn_loop.right_of_way)
            work = Work(self._settings, _assistant(app, on_new_message), turn_loop.right_of_way)
            await turn_loop.run(work.start)
            front = Front(self._settings, work.expect, work.wake_sends, turn_loop.right_of_way)
            front.start()
            # Nobody reads the access log (see `connectors.logs`), and each of its lines would be made all the same.
            app.config.ACCESS_LOG = False
            # Rasa and the model stay as they are: looking for garbage among them would stop everything for a
            # fifth of a second, again and again.
            gc.collect()
            gc.freeze()

        async def stop(app: Sanic, loop: Any) -> None:
            if front and work:
                front.close()
                await turn_loop_of(app).run(work.stop)
                await front.stop()
            turn_loop_of(app).stop()

        blueprint = Blueprint(CHANNEL_NAME)
        blueprint.add_route(health, "/", methods=["GET"])
        # Streamed, so that a body too large is refused before it is in memory.
        blueprint.add_route(webhook, "/webhook", methods=["POST"], stream=True)
        blueprint.add_route(status, "/status", methods=["POST"], stream=True)
        blueprint.listener(start, "after_server_start")
        blueprint.listener(stop, "before_server_stop")
        return blueprint


async def _receive(front: Front, request: Request, form: Mapping[str, str]) -> None:
    await front.reception.receive(form)


async def _record(front: Front, request: Request, form: Mapping[str, str]) -> None:
    await front.reception.record(form, request.query_string)


async def _counted(kind: str, answering: Awaitable[HTTPResponse]) -> HTTPResponse:
    metrics = get_metrics()
    with metrics.timed("acknowledging"):
        response = await answering
    metrics.webhook(kind, response.status)
    return response


async def _admit(request: Request, door: Door, front: Front | None, take: Take) -> HTTPResponse:
    """Let a request in and take what it brings; who is refused gets a status and learns nothing else."""
    if front is None:
        return empty(status=503)
    # No browser comes here: what Rasa's server would add for browsers is not for these answers.
    request.ctx._sanic_cors_e = "1"
    knock = Knock(request.raw_url.decode("latin-1"), request.headers, request.ip)
    form = None
    try:
        body = await read_body(request, check_size)
        form = door.admit(replace(knock, body=body))
        await take(front, request, form)
    except Refused as refusal:
        if form is None and refusal.status == HTTPStatus.FORBIDDEN:
            get_refusals().add()
        # Only strangers are counted: what Twilio signed is let in, however much it is.
        if form is None and await front.limits.note_refusal(door.client_address(knock)):
            return empty(status=429)
        logger.warning("%s refused with %d: %s", request.path, refusal.status, refusal.reason)
        return empty(status=refusal.status)
    return empty()


def _assistant(app: Sanic, on_new_message: OnNewMessage) -> Assistant:
    """Return Rasa, to be asked on the turn loop."""

    async def handle(message: UserMessage) -> None:
        if not app.ctx.agent.is_ready():
            # Rasa would ignore the message.
            raise TurnFailed("no model is loaded")
        await whole(on_new_message(message))

    async def tracker(sender_id: str) -> DialogueStateTracker | None:
        conversation: DialogueStateTracker | None = await app.ctx.agent.tracker_store.retrieve(sender_id)
        return conversation

    def publish(event: dict[str, Any]) -> None:
        # Rasa's own, and none where LOGGING_ENABLED is off.
        if broker := getattr(app.ctx.agent.tracker_store, "event_broker", None):
            broker.publish(event)

    return Assistant(handle, tracker, publish)
