"""The admin API on a real Sanic server, with an agent that can be told what to do and neighbours on loopback."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import httpx
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, UserUttered
from sanic import Sanic
from sanic.response import json as json_response
from sqlalchemy import text
from sqlalchemy.engine import Engine

from connectors.database import open_engine
from connectors.orchestrator.api import URL_PREFIX
from connectors.orchestrator.blueprint import orchestrator_blueprint
from connectors.settings import Settings
from tests.integration.connectors.whatsapp_world import serving

with warnings.catch_warnings():
    # It compares versions in a way of yesterday.
    warnings.simplefilter("ignore", DeprecationWarning)
    from sanic_cors import CORS

TOKEN = "a-token-of-sixteen-characters"
OTHER_TOKEN = "another-token-of-an-operator"
ACCOUNT = "AC0123456789abcdef0123456789abcdef"
TWILIO_TOKEN = "a-twilio-token"
ANA = "whatsapp:+5215512345678"
NUMBER = "+5215512345678"
ADMIN, TEST = URL_PREFIX, URL_PREFIX + "/test"
REPORT = {"action": "action_saludo", "ms": 7, "api_calls": [{"path_template": "/v1/business", "status": 200}]}


class Store:
    """Keeps the events of conversations, as a tracker store does."""

    def __init__(self) -> None:
        self.events: dict[str, list[Event]] = {}
        self.waiting = 0
        self.event_broker = SimpleNamespace(backlog=lambda: self.waiting)

    async def retrieve(self, sender_id: str) -> Any:
        return SimpleNamespace(events=self.events[sender_id]) if sender_id in self.events else None


@dataclass
class Agent:
    """Stands where Rasa's agent stands: greets back whatever it hears."""

    action_endpoint: Any = None
    tracker_store: Store = field(default_factory=Store)
    model_id: str = "model-1"
    is_loaded: bool = True
    heard: list[UserMessage] = field(default_factory=list)
    parsed: int = 0
    fails: BaseException | None = None
    report: dict[str, Any] = field(default_factory=lambda: dict(REPORT))

    def is_ready(self) -> bool:
        return self.is_loaded

    async def parse_message(self, text: str) -> dict[str, Any]:
        self.parsed += 1
        return {"text": text, "intent": {"name": "saludo", "confidence": 0.98}}

    async def handle_message(self, message: UserMessage) -> None:
        self.heard.append(message)
        if self.fails:
            raise self.fails
        intent = {"name": "saludo", "confidence": 0.98}
        entity = {"entity": "nombre", "value": "Ana", "start": 0, "end": 3, "extractor": "x"}
        said = UserUttered(
            message.text,
            parse_data={"intent": intent, "intent_ranking": [intent], "entities": [entity]},
            input_channel=message.input_channel,
            message_id=message.message_id,
            metadata={"model_id": self.model_id},
        )
        buttons = {"buttons": [{"title": "Agendar", "payload": "/agendar_cita"}]}
        answer = BotUttered(f"eco: {message.text}", data=buttons, metadata={"turn": self.report})
        events = [said, ActionExecuted("action_saludo"), answer, ActionExecuted("action_listen")]
        self.tracker_store.events.setdefault(message.sender_id, []).extend(events)


@dataclass
class Neighbours:
    """Twilio and the action server, as healthy as they are told to be; `asked` counts by path."""

    url: str = ""
    statuses: dict[str, int] = field(default_factory=dict)
    parts: dict[str, Any] = field(
        default_factory=lambda: {
            "api": {"ok": True, "ms": 3, "error": None},
            "openrouter": {"ok": True, "ms": 0, "error": "not configured"},
        }
    )
    account: dict[str, Any] = field(default_factory=lambda: {"sid": ACCOUNT, "status": "active"})
    asked: list[str] = field(default_factory=list)
    authorization: str = ""

    async def twilio(self, request: Any, account: str) -> Any:
        self.authorization = request.headers.get("authorization", "")
        return self._answer("twilio", self.account)

    async def health(self, request: Any) -> Any:
        return self._answer("actions", {"status": "ok"})

    async def health_parts(self, request: Any) -> Any:
        return self._answer("parts", self.parts)

    def _answer(self, name: str, content: dict[str, Any]) -> Any:
        self.asked.append(name)
        return json_response(content, status=self.statuses.get(name, 200))


@dataclass
class World:
    """All parts of one test."""

    agent: Agent
    neighbours: Neighbours
    http: httpx.AsyncClient
    settings: Settings
    engine: Engine

    async def look(self, action: str = "health", **query: Any) -> httpx.Response:
        """Ask what an operator sees."""
        return await self.http.get(ADMIN, params={"action": action, **query})

    async def data(self, action: str, **query: Any) -> Any:
        """Return what an operator sees."""
        answer = await self.look(action, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def act(self, action: str, **members: Any) -> httpx.Response:
        """Do what an operator does."""
        return await self.http.post(ADMIN, json={"action": action, **members})

    async def counts(self, action: str, **members: Any) -> dict[str, int]:
        """Do what an operator does, and return how much of each kind it was done to."""
        answer = await self.act(action, **members)
        assert answer.status_code == 200, answer.text
        counts: dict[str, int] = answer.json()["data"]["counts"]
        return counts

    async def say(self, message: str, **members: Any) -> httpx.Response:
        """Try a message."""
        return await self.http.post(TEST, json={"message": message, **members})

    def rows(self, query: str) -> list[Any]:
        """Return what the database answers."""
        with self.engine.connect() as connection:
            return list(connection.execute(text(query)))

    def write(self, statement: Any, *rows: Any) -> None:
        """Put something into the database."""
        with self.engine.begin() as connection:
            connection.execute(statement, *rows)


@asynccontextmanager
async def neighbours_serving() -> AsyncIterator[Neighbours]:
    """Serve Twilio and the action server on loopback."""
    neighbours = Neighbours()
    app = Sanic(f"neighbours-{uuid.uuid4().hex}", configure_logging=False)
    app.add_route(neighbours.twilio, "/2010-04-01/Accounts/<account>")
    app.add_route(neighbours.health, "/actions/health")
    app.add_route(neighbours.health_parts, "/actions/health/parts")
    async with serving(app) as url:
        neighbours.url = url
        yield neighbours


@asynccontextmanager
async def orchestrator_world(database_url: str, folder: Any, **settings: Any) -> AsyncIterator[World]:
    """Serve the API below the CORS of Rasa's server at its most generous, on a migrated database."""
    async with neighbours_serving() as neighbours:
        chosen = {
            "database_url": database_url,
            "log_spool_folder": str(folder / "log_spool"),
            "orchestrator_token": f"{TOKEN},maria:{OTHER_TOKEN}",
            "orchestrator_address_limit": "off",
            "twilio_account_sid": ACCOUNT,
            "twilio_auth_token": TWILIO_TOKEN,
            "twilio_api_base_url": neighbours.url,
            "log_key": "a-log-key",
            **settings,
        }
        agent = Agent(SimpleNamespace(url=f"{neighbours.url}/actions/webhook"))
        app = Sanic(f"orchestrator-{uuid.uuid4().hex}", configure_logging=False)
        CORS(app, resources={r"/*": {"origins": "*"}}, automatic_options=True)
        app.ctx.agent = agent
        app.blueprint(orchestrator_blueprint(Settings(**chosen)), url_prefix=URL_PREFIX)
        engine = open_engine(database_url, future=True)
        async with serving(app) as url, httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as http:
            if chosen["orchestrator_token"]:
                http.headers["authorization"] = f"Bearer {TOKEN}"
            try:
                yield World(agent, neighbours, http, Settings(**chosen), engine)
            finally:
                engine.dispose()
