"""WhatsApp as an input channel of Rasa; `credentials.yml` names it by its class."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from multidict import MultiDict
from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty
from sanic.response import json as json_response

from connectors.errors import Refused
from connectors.logs import configure_logging
from connectors.settings import Settings, get_settings
from connectors.tracker_store import fail_loudly
from connectors.whatsapp.door import Knock, check_size
from connectors.whatsapp.service import WhatsAppService
from connectors.whatsapp.turns import CHANNEL_NAME, OnNewMessage

URL_PREFIX = "/api/whatsapp"

Handler = Callable[[Request], Awaitable[HTTPResponse]]

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
        service = WhatsAppService(self._settings, on_new_message)

        async def health(request: Request) -> HTTPResponse:
            return json_response({"status": "ok"})

        async def webhook(request: Request) -> HTTPResponse:
            await service.receive(await _admitted_form(service, request))
            return empty()

        async def status(request: Request) -> HTTPResponse:
            await service.record(await _admitted_form(service, request))
            return empty()

        async def start(app: Sanic, loop: Any) -> None:
            if agent := getattr(app.ctx, "agent", None):
                fail_loudly(agent)
            service.start()

        async def stop(app: Sanic, loop: Any) -> None:
            await service.stop()

        blueprint = Blueprint(CHANNEL_NAME)
        blueprint.add_route(health, "/", methods=["GET"])
        # Streamed, so that a body too large is refused before it is in memory.
        blueprint.add_route(_answering_refusals(webhook), "/webhook", methods=["POST"], stream=True)
        blueprint.add_route(_answering_refusals(status), "/status", methods=["POST"], stream=True)
        blueprint.listener(start, "after_server_start")
        blueprint.listener(stop, "before_server_stop")
        return blueprint


def _answering_refusals(handler: Handler) -> Handler:
    """Answer what is refused with its status and nothing else: a forger learns nothing."""

    @functools.wraps(handler)
    async def guarded(request: Request) -> HTTPResponse:
        try:
            return await handler(request)
        except Refused as refusal:
            logger.warning("%s refused with %d: %s", request.path, refusal.status, refusal.reason)
            return empty(status=refusal.status)

    return guarded


async def _admitted_form(service: WhatsAppService, request: Request) -> MultiDict[str]:
    declared = request.headers.get("content-length", "")
    check_size(int(declared) if declared.isdecimal() else 0)
    body = bytearray()
    async for chunk in request.stream:
        body += chunk
        check_size(len(body))
    target = request.raw_url.decode("latin-1")
    return service.door.admit(Knock(target, request.headers, request.ip, bytes(body)))
