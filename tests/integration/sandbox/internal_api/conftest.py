"""The internal API over HTTP, on SQLite and on PostgreSQL, at a known moment."""

import re
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import time_machine
import uvicorn
from fastapi import FastAPI

from sandbox import internal_api, mail
from sandbox.internal_api.seed import seed
from sandbox.settings import Settings
from tests.servers.shared import DIALECTS, postgresql_database

ZONE = "America/Mexico_City"
MONDAY_MORNING = "2026-11-23T09:00:00-06:00"
TOKEN = "the-token"

Call = Callable[..., httpx.Response]
ASK_FOR_CODE = "/v1/verifications"


@pytest.fixture(scope="session", params=DIALECTS)
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('sandbox')}/sandbox.db"
        return
    with postgresql_database() as url:
        yield url


@pytest.fixture(scope="session")
def settings(database_url: str) -> Settings:
    return Settings(sandbox_database_url=database_url, business_timezone=ZONE, internal_api_token=TOKEN)


@pytest.fixture(scope="session")
def url(settings: Settings) -> Iterator[str]:
    app = FastAPI()
    mail.install(app)
    internal_api.install(app, settings)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY_MORNING) as coordinates:
        yield coordinates


@pytest.fixture
def api(url: str, clock: time_machine.Traveller) -> Iterator[httpx.Client]:
    """The API on Monday at nine, freshly seeded."""
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30) as client:
        response = client.put(
            "/sandbox/business",
            content=seed(ZONE).json(),
            headers={"Content-Type": "application/json"},
        )
        assert response.status_code == 200, response.text
        yield client


def who(email: str, phone: str | None = None) -> dict[str, str]:
    return {"X-Customer-Email": email, **({"X-Contact-Phone": phone} if phone else {})}


@pytest.fixture
def ana() -> dict[str, str]:
    return who("ana@example.com", "+5215512345678")


@pytest.fixture
def luis() -> dict[str, str]:
    return who("luis@example.com", "+573001234567")


@pytest.fixture
def stranger() -> dict[str, str]:
    return who("ana@example.com", "+5210000000000")


@pytest.fixture
def valentina() -> dict[str, str]:
    """A customer without a phone on file, in a conversation of this test's own."""
    return {**who("valentina@example.com", "+12025550123"), "X-Conversation-Id": f"conversation.{uuid.uuid4().hex}"}


@pytest.fixture
def send(api: httpx.Client) -> Call:
    """Send a change under a new Idempotency-Key, or under the one given."""

    def call(
        method: str, path: str, person: dict[str, str], body: dict[str, Any], key: str | None = None
    ) -> httpx.Response:
        headers = {**person, "Idempotency-Key": key or uuid.uuid4().hex}
        return api.request(method, path, headers=headers, json=body)

    return call


@pytest.fixture
def verify(api: httpx.Client, send: Call) -> Callable[[dict[str, str]], dict[str, str]]:
    """Let a person ask for a code, read it in the mail and give it; returns the headers with the token."""

    def call(person: dict[str, str]) -> dict[str, str]:
        asked = send("POST", "/v1/verifications", person, {})
        assert asked.status_code == 202, asked.text
        body = {"code": mailed_code(api, person)}
        checked = send("POST", f"/v1/verifications/{asked.json()['id']}/check", person, body)
        assert checked.status_code == 200, checked.text
        return {**person, "X-Verification": checked.json()["token"]}

    return call


@pytest.fixture
def ask(send: Call) -> Call:
    def call(person: dict[str, str], key: str | None = None) -> httpx.Response:
        return send("POST", ASK_FOR_CODE, person, {}, key)

    return call


@pytest.fixture
def check(send: Call) -> Call:
    def call(person: dict[str, str], asked: httpx.Response, code: str, key: str | None = None) -> httpx.Response:
        return send("POST", f"{ASK_FOR_CODE}/{asked.json()['id']}/check", person, {"code": code}, key)

    return call


def mails(api: httpx.Client, person: dict[str, str]) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = api.get("/sandbox/mails", params={"to": person["X-Customer-Email"]}).json()["mails"]
    return listed


def mailed_code(api: httpx.Client, person: dict[str, str]) -> str:
    (code,) = re.findall(r"\b[0-9]{6}\b", mails(api, person)[0]["text"])
    return code


@pytest.fixture
def book(send: Call, ana: dict[str, str]) -> Call:
    def call(start: str, person: dict[str, str] | None = None, key: str | None = None, **body: Any) -> Any:
        return send("POST", "/v1/appointments", person or ana, {"start": start, **body}, key)

    return call


@pytest.fixture
def pay(send: Call, ana: dict[str, str]) -> Call:
    def call(amount: str, person: dict[str, str] | None = None, key: str | None = None, **body: Any) -> Any:
        return send("POST", "/v1/payments", person or ana, {"amount": amount, "method": "tarjeta", **body}, key)

    return call
