"""A real Sanic server with the channel, an assistant that can be told what to do, and a Twilio on loopback."""

from __future__ import annotations

import asyncio
import itertools
import socket
import tempfile
import threading
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
from rasa.core.channels.channel import InputChannel, UserMessage, register
from sanic import Sanic
from sanic.response import json as json_response
from sqlalchemy import text
from twilio.request_validator import RequestValidator

from connectors.database import open_engine
from connectors.settings import Settings
from connectors.whatsapp.channel import WhatsAppInput

TOKEN = "a-token-of-ours"
ACCOUNT = "AC0123456789abcdef0123456789abcdef"
PUBLIC_URL = "https://bot.example.com"
ANA = "whatsapp:+5215512345678"

_numbers = itertools.count(1)


class NoConversations:
    """A tracker store in which nothing was stored."""

    async def retrieve(self, sender_id: str) -> None:
        return None


@dataclass
class Assistant:
    """Stands where Rasa's agent stands: answers by `reply`, and remembers what it was told."""

    tracker_store: Any = field(default_factory=lambda: NoConversations())
    processor: object = None
    heard: list[UserMessage] = field(default_factory=list)
    running: int = 0
    most_running: int = 0

    def is_ready(self) -> bool:
        return True

    async def reply(self, message: UserMessage) -> None:
        await message.output_channel.send_response(message.sender_id, {"text": f"eco: {message.text}"})

    async def handle_message(self, message: UserMessage) -> None:
        self.heard.append(message)
        self.running += 1
        self.most_running = max(self.running, self.most_running)
        try:
            await self.reply(message)
        finally:
            self.running -= 1

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.heard]


@dataclass
class Twilio:
    """A Twilio that takes messages, after the refusals it was told to give."""

    url: str = ""
    sent: list[dict[str, str]] = field(default_factory=list)
    attempts: list[dict[str, str]] = field(default_factory=list)
    typing: list[dict[str, str]] = field(default_factory=list)
    refusals: list[tuple[int, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    refuse: Callable[[dict[str, str]], int | None] = lambda form: None
    received: list[dict[str, Any]] = field(default_factory=list)
    list_status: int = 200
    listings: int = 0
    before_answer: Callable[[str, dict[str, str]], Awaitable[None]] | None = None

    def bodies(self, recipient: str = ANA) -> list[str]:
        return [form["Body"] for form in self.sent if form["To"] == recipient]

    async def take(self, request: Any, account: str) -> Any:
        form = {name: values[0] for name, values in request.form.items()}
        self.attempts.append({**form, "authorization": request.headers["authorization"]})
        if self.refusals:
            status, body, headers = self.refusals.pop(0)
            return json_response(body, status=status, headers=headers)
        if code := self.refuse(form):
            return json_response({"code": code, "message": "no"}, status=400)
        sid = f"SM{len(self.sent):032x}"
        self.sent.append({**form, "sid": sid})
        if self.before_answer:
            await self.before_answer(sid, form)
        return json_response({"sid": sid, "status": "queued"}, status=201)

    async def list_received(self, request: Any, account: str) -> Any:
        if self.list_status != 200:
            return json_response({"code": 20500}, status=self.list_status)
        self.listings += 1
        return json_response({"messages": list(reversed(self.received)), "next_page_uri": None})

    async def show_typing(self, request: Any) -> Any:
        self.typing.append({name: values[0] for name, values in request.form.items()})
        return json_response({"success": True})


class Gate:
    """Holds up coroutines until it is opened, from whatever event loop or thread."""

    def __init__(self) -> None:
        self._is_open = threading.Event()

    def open(self) -> None:
        self._is_open.set()

    async def opened(self) -> None:
        while not self._is_open.is_set():  # noqa: ASYNC110 -- an asyncio.Event belongs to one loop
            await asyncio.sleep(0.005)


@dataclass
class World:
    """All parts of one test, and the ways to knock at the channel's door."""

    assistant: Assistant
    twilio: Twilio
    http: httpx.AsyncClient
    settings: Settings

    async def rows(self, query: str) -> list[Any]:
        """Return what the channel's database answers."""

        def ask() -> list[Any]:
            engine = open_engine(self.settings.database_url, future=True)
            try:
                with engine.begin() as connection:
                    return list(connection.execute(text(query)))
            finally:
                engine.dispose()

        return await asyncio.to_thread(ask)

    async def write(self, body: str | None = "hola", sender: str = ANA, **fields: str) -> httpx.Response:
        """Post a signed message."""
        return await self.post("/api/whatsapp/webhook", form_of(body, sender, **fields))

    async def post(
        self,
        path: str,
        form: Mapping[str, str],
        *,
        token: str = TOKEN,
        signature: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Post a form, signed with `token` unless another signature is given."""
        signed = signature if signature is not None else sign(path, form, token)
        content_type = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        return await self.http.post(
            path,
            content=urlencode(form),
            headers={**content_type, "x-twilio-signature": signed, **(headers or {})},
        )


def form_of(body: str | None = "hola", sender: str = ANA, **fields: str) -> dict[str, str]:
    """Return the form of a message as Twilio sends it."""
    return {
        "MessageSid": f"SM{next(_numbers):032x}",
        "AccountSid": ACCOUNT,
        "From": sender,
        "To": "whatsapp:+15005550006",
        "Body": body or "",
        "NumMedia": "0",
        "ProfileName": "Ana",
        "MessageType": "text",
        **fields,
    }


def sign(path: str, form: Mapping[str, str], token: str = TOKEN) -> str:
    """Return Twilio's signature of a form posted to a path of our public URL."""
    return str(RequestValidator(token).compute_signature(PUBLIC_URL + path, dict(form)))


def answering(*messages: dict[str, Any]) -> Callable[[UserMessage], Awaitable[None]]:
    """Return a reply that says the same whatever it hears."""

    async def reply(message: UserMessage) -> None:
        for content in messages:
            await message.output_channel.send_response(message.sender_id, dict(content))

    return reply


async def eventually(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until `condition` holds; fail when it never does."""
    for _ in range(int(seconds / 0.01)):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to pass")


@asynccontextmanager
async def serving(app: Sanic) -> AsyncIterator[str]:
    """Serve an app on a free port, with its start and stop listeners, and give its address."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        app.config.USE_UVLOOP = False
        # Otherwise Sanic rewrites its own methods at each start, which works once a process.
        Sanic.test_mode = True
        server = await app.create_server(sock=sock, return_asyncio_server=True, access_log=False)
        try:
            await server.startup()
            await server.before_start()
            await server.after_start()
            yield f"http://127.0.0.1:{sock.getsockname()[1]}"
        finally:
            await server.before_stop()
            server.close()
            await server.wait_closed()
            await server.after_stop()


@asynccontextmanager
async def twilio_serving() -> AsyncIterator[Twilio]:
    """Serve a Twilio on loopback."""
    twilio = Twilio()
    app = Sanic(f"twilio-{uuid.uuid4().hex}", configure_logging=False)
    app.add_route(twilio.take, "/2010-04-01/Accounts/<account>/Messages.json", methods=["POST"])
    app.add_route(twilio.list_received, "/2010-04-01/Accounts/<account>/Messages.json", methods=["GET"], name="list")
    app.add_route(twilio.show_typing, "/v2/Indicators/Typing.json", methods=["POST"])
    async with serving(app) as url:
        twilio.url = url
        yield twilio


@asynccontextmanager
async def whatsapp_world(**settings: Any) -> AsyncIterator[World]:
    """Serve the channel as Rasa does, with the assistant for an agent, on a database of its own."""
    async with twilio_serving() as twilio, serving_channel(twilio, **settings) as world:
        yield world


@asynccontextmanager
async def serving_channel(
    twilio: Twilio,
    assistant: Assistant | None = None,
    database_url: str | None = None,
    beside: Callable[[Settings], Sequence[InputChannel]] = lambda settings: (),
    **settings: Any,
) -> AsyncIterator[World]:
    """Serve the channel against a Twilio that may have seen others; on a fresh SQLite file unless told otherwise.

    Args:
        twilio: The Twilio.
        assistant: What stands in Rasa's place.
        database_url: An empty or migrated database.
        beside: Makes the channels that the server has besides.
        settings: What is not as usual.
    """
    with tempfile.TemporaryDirectory() as folder:
        chosen = {
            "twilio_account_sid": ACCOUNT,
            "twilio_auth_token": TOKEN,
            "twilio_api_base_url": twilio.url,
            "public_url": PUBLIC_URL,
            "database_url": database_url or f"sqlite:///{folder}/channel.db",
            "whatsapp_burst_seconds": 0,
            "whatsapp_reconcile_seconds": 0,
            "whatsapp_lease_seconds": 2,
            **settings,
        }
        world_settings = Settings(**chosen)
        assistant = assistant or Assistant()
        app = Sanic(f"bot-{uuid.uuid4().hex}", configure_logging=False)
        app.ctx.agent = assistant
        register([WhatsAppInput(world_settings), *beside(world_settings)], app, route="/webhooks/")
        async with serving(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:
            yield World(assistant, twilio, http, world_settings)
