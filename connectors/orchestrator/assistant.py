"""Rasa, as the admin API needs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from connectors.turn_loop import TurnLoop


class Agent(Protocol):
    """What is used of Rasa's agent."""

    @property
    def model_id(self) -> str | None:
        """The model that is loaded."""

    @property
    def action_endpoint(self) -> Any:
        """Where the action server is, with its address as `url`."""

    @property
    def tracker_store(self) -> Any:
        """Where conversations are kept, with its `event_broker`."""

    def is_ready(self) -> bool:
        """Tell whether it can answer."""

    async def parse_message(self, message_data: str) -> dict[str, Any]:
        """Understand a message, without keeping it."""

    async def handle_message(self, message: Any) -> Any:
        """Answer a message, by its output channel."""


@dataclass(frozen=True)
class Assistant:
    """The agent of a running server, which may load another one meanwhile.

    Attributes:
        find: gives the agent, None while there is none.
        turn_loop: where the agent is worked on.
    """

    find: Callable[[], Agent | None]
    turn_loop: TurnLoop

    @property
    def agent(self) -> Agent | None:
        """The agent if it can answer."""
        agent = self.find()
        return agent if agent is not None and agent.is_ready() else None

    @property
    def model_id(self) -> str | None:
        """The model that is loaded."""
        return self.agent.model_id if self.agent else None

    @property
    def action_server(self) -> str | None:
        """The address of the action server, without its `/webhook`."""
        agent = self.find()
        url = getattr(getattr(agent, "action_endpoint", None), "url", None)
        return str(url).rstrip("/").removesuffix("/webhook") if url else None

    @property
    def broker(self) -> Any:
        """What takes the events for the conversation log; None where there is nothing."""
        agent = self.find()
        return getattr(getattr(agent, "tracker_store", None), "event_broker", None)
