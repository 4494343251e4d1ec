"""The emulated Twilio on a real port, and an assistant that only remembers what reached it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import httpx
import uvicorn
from fastapi import FastAPI, Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from sandbox import mail, twilio
from sandbox.settings import Settings
from sandbox.twilio.emulator import Emulator, emulator_of

ACCOUNT = "AC" + "0" * 32
TOKEN = "sandbox-auth-token"
BUSINESS = "whatsapp:+15005550006"
ANA = "+5215512345678"
LUIS = "+573001234567"
PATIENCE = 10.0

T = TypeVar("T")


def eventually(look: Callable[[], T]) -> T:
    """Returns what is looked for as soon as it is there; fails when it does not come."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert found, "it never came"
    return found


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    form: dict[str, str]


@dataclass
class Bot:
    """An assistant that checks signatures as Twilio's SDK does, and notes a request when it answers."""

    server: ThreadingHTTPServer
    status: int = 204
    delay: float = 0.0
    requests: list[Request] = field(default_factory=list)
    forged: list[Request] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def webhooks(self) -> list[Request]:
        return [request for request in self.requests if request.path == "/api/whatsapp/webhook"]

    def texts(self) -> list[str]:
        return [request.form["Body"] for request in self.webhooks()]

    def receipts(self, sid: str) -> list[dict[str, str]]:
        return [
            request.form
            for request in self.requests
            if request.path == "/api/whatsapp/status" and request.form["MessageSid"] == sid
        ]

    def take(self, path: str, headers: dict[str, str], body: str) -> int:
        form = dict(parse_qsl(body, keep_blank_values=True, strict_parsing=True))
        request = Request(path, headers, form)
        signature = headers.get("x-twilio-signature", "")
        signed = RequestValidator(TOKEN).validate(self.url + path, form, signature)
        time.sleep(self.delay)
        (self.requests if signed else self.forged).append(request)
        return self.status


@contextmanager
def running_bot() -> Iterator[Bot]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(bot.take(self.path, headers, body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    bot = Bot(server)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield bot
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class World:
    bot: Bot
    http: httpx.Client
    client: Client
    emulator: Emulator
    done: list[dict[str, Any]]

    def write(self, phone: str = ANA, **message: Any) -> dict[str, Any]:
        """Writes as a customer."""
        response = self.http.post(f"/sandbox/contacts/{phone}/messages", json=message)
        assert response.status_code in (200, 201), response.text
        written: dict[str, Any] = response.json()
        return written

    def chat(self, phone: str = ANA, **query: str) -> list[dict[str, Any]]:
        """Returns both sides of a contact's chat."""
        shown: list[dict[str, Any]] = self.http.get(f"/sandbox/contacts/{phone}/messages", params=query).json()[
            "messages"
        ]
        return shown

    def send(self, phone: str = ANA, **message: Any) -> Any:
        """Sends as the assistant does, by Twilio's own client."""
        return self.client.messages.create(to=f"whatsapp:{phone}", from_=BUSINESS, **message)

    def faults(self, **faults: Any) -> None:
        """Puts faults in force."""
        self.http.put("/sandbox/faults", json=faults).raise_for_status()

    def look(self, phone: str = ANA) -> None:
        """Looks at a contact's phone."""
        self.http.post(f"/sandbox/contacts/{phone}/read").raise_for_status()


@contextmanager
def running_app(app: FastAPI) -> Iterator[str]:
    """Serves the application on a free port and yields its address."""
    # The WebSocket support that uvicorn would pick needs a newer package than Rasa allows.
    config = uvicorn.Config(app, port=0, ws="none", log_level="critical", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        eventually(lambda: server.started)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def twilio_world() -> Iterator[World]:
    app = FastAPI()

    @app.get("/v1/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    app.state.done = []

    @app.post("/v1/echo", status_code=201)
    async def echo(body: dict[str, Any], response: Response) -> dict[str, Any]:
        app.state.done.append(body)
        response.headers["X-Kept"] = "yes"
        return body

    with running_bot() as bot:
        mail.install(app)
        twilio.install(app, Settings(public_url=bot.url))
        with running_app(app) as address, httpx.Client(base_url=address, trust_env=False) as http:
            client = Client(ACCOUNT, TOKEN)
            client.api.base_url = address
            try:
                yield World(bot, http, client, emulator_of(app), app.state.done)
            finally:
                client.http_client.session.close()
