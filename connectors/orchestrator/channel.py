"""The admin API as an input channel of Rasa; `credentials.yml` names it by its class."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic

from connectors.logs import configure_logging
from connectors.orchestrator.api import URL_PREFIX
from connectors.orchestrator.blueprint import NAME, orchestrator_blueprint
from connectors.remote_actions import mend_remote_actions
from connectors.settings import Settings, get_settings
from connectors.tracker_store import fail_loudly


class OrchestratorInput(InputChannel):
    """Shows operators how the assistant is, has them do what there is to do, and tries messages."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @classmethod
    def name(cls) -> str:
        """Return the channel's name."""
        return NAME

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, Any] | None) -> OrchestratorInput:
        """Return the channel as the environment configures it; `credentials.yml` holds no secret."""
        return cls(get_settings())

    def url_prefix(self) -> str:
        """Return where the API lives, from the root and not below `/webhooks/`."""
        return URL_PREFIX

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes, and what starts and stops with their server."""
        configure_logging()

        async def start(app: Sanic, loop: Any) -> None:
            if agent := getattr(app.ctx, "agent", None):
                fail_loudly(agent)
                mend_remote_actions()

        blueprint = orchestrator_blueprint(self._settings)
        blueprint.listener(start, "after_server_start")
        return blueprint
