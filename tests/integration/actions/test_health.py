"""How the services are that actions need, asked of real servers on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from actions import health
from actions.health import check_parts
from actions.phrasing.phraser import TemplatesOnly
from actions.services import make_services
from actions.settings import Settings
from tests.integration.actions.conftest import free_port


class Upstream:
    """The internal API and OpenRouter, answering as they are told to."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Any]] = {"/v1/business": (200, {}), "/or/key": (200, {"data": {}})}
        self.asked: dict[str, str | None] = {}
        self.silent = threading.Event()
        self.silent.set()
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()

            def do_GET(self) -> None:
                upstream.asked[self.path] = self.headers.get("Authorization")
                upstream.silent.wait(10)
                status, content = upstream.answers.get(self.path, (404, {}))
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def settings(self, **values: Any) -> Settings:
        chosen = {
            "internal_api_url": self.url,
            "internal_api_token": "our-token",
            "openrouter_base_url": f"{self.url}/or",
            "openrouter_api_key": "our-key",
            **values,
        }
        return Settings(_env_file=None, **chosen)


@contextmanager
def upstream_serving() -> Iterator[Upstream]:
    upstream = Upstream()
    upstream.thread.start()
    try:
        yield upstream
    finally:
        upstream.silent.set()
        upstream.server.shutdown()
        upstream.thread.join()
        upstream.server.server_close()


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with upstream_serving() as upstream:
        yield upstream


class Troubled(TemplatesOnly):
    """A phraser that has met a refusal."""

    def __init__(self, trouble: str | None) -> None:
        self.trouble = trouble


async def test_both_are_asked_with_their_secrets(upstream: Upstream) -> None:
    found = await check_parts(upstream.settings())
    assert {name: (part["ok"], part["error"]) for name, part in found.items()} == {
        "api": (True, None),
        "openrouter": (True, None),
    }
    assert upstream.asked == {"/v1/business": "Bearer our-token", "/or/key": "Bearer our-key"}


async def test_without_a_key_the_language_model_is_not_asked(upstream: Upstream) -> None:
    found = await check_parts(upstream.settings(openrouter_api_key=None))
    assert (found["openrouter"]["ok"], found["openrouter"]["error"]) == (True, "not configured")
    assert list(upstream.asked) == ["/v1/business"]


@pytest.mark.parametrize(
    ("path", "part", "status", "error"),
    [
        ("/v1/business", "api", 401, "token"),
        ("/v1/business", "api", 503, "HTTP 503"),
        ("/or/key", "openrouter", 401, "key"),
        ("/or/key", "openrouter", 402, "credit"),
        ("/or/key", "openrouter", 500, "HTTP 500"),
    ],
)
async def test_a_refusal_is_named(upstream: Upstream, path: str, part: str, status: int, error: str) -> None:
    upstream.answers[path] = (status, {})
    found = await check_parts(upstream.settings())
    assert (found[part]["ok"], found[part]["error"]) == (False, error)
    assert [name for name, health in found.items() if health["ok"]] == [name for name in found if name != part]


@pytest.mark.parametrize(("left", "ok"), [(0, False), (-0.5, False), (0.01, True), (None, True)])
async def test_a_key_with_nothing_left_is_not_well(upstream: Upstream, left: float | None, ok: bool) -> None:
    upstream.answers["/or/key"] = (200, {"data": {"limit_remaining": left}})
    found = await check_parts(upstream.settings())
    assert (found["openrouter"]["ok"], found["openrouter"]["error"]) == (ok, None if ok else "credit")


@pytest.mark.parametrize("trouble", ["key", "credit"])
@pytest.mark.parametrize("status", [200, 500])
async def test_a_refusal_that_the_phraser_has_met_is_told_though_the_key_looks_fine(
    upstream: Upstream, trouble: str, status: int
) -> None:
    upstream.answers["/or/key"] = (status, {"data": {"limit_remaining": 3}})
    phraser = Troubled(trouble)

    found = (await check_parts(upstream.settings(), phraser))["openrouter"]
    assert (found["ok"], found["error"]) == (False, trouble)
    assert isinstance(found["ms"], int)
    assert upstream.asked["/or/key"] == "Bearer our-key"

    phraser.trouble = None
    found = (await check_parts(upstream.settings(), phraser))["openrouter"]
    assert (found["ok"], found["error"]) == ((True, None) if status == 200 else (False, "HTTP 500"))


async def test_what_openrouter_itself_says_of_the_key_comes_before_what_the_phraser_has_met(
    upstream: Upstream,
) -> None:
    upstream.answers["/or/key"] = (401, {})
    found = (await check_parts(upstream.settings(), Troubled("credit")))["openrouter"]
    assert (found["ok"], found["error"]) == (False, "key")


async def test_by_default_the_processs_own_phraser_is_asked(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = replace(make_services(upstream.settings()), phraser=Troubled("credit"))
    monkeypatch.setattr(health, "get_settings", lambda: services.settings)
    monkeypatch.setattr(health, "get_services", lambda: services)
    found = (await check_parts())["openrouter"]
    assert (found["ok"], found["error"]) == (False, "credit")


async def test_what_does_not_answer_is_not_waited_for(upstream: Upstream) -> None:
    upstream.silent.clear()
    found = await check_parts(upstream.settings(), seconds=0.2)
    assert [part["ok"] for part in found.values()] == [False, False]


async def test_what_is_not_there_is_named_without_its_address(upstream: Upstream) -> None:
    found = await check_parts(upstream.settings(internal_api_url=f"http://127.0.0.1:{free_port()}"))
    assert (found["api"]["ok"], found["api"]["error"]) == (False, "ConnectError")


async def test_the_sandbox_is_well_with_its_token_and_not_without(sandbox: httpx.Client) -> None:
    def settings(token: str) -> Settings:
        values = {"openrouter_base_url": f"{sandbox.base_url}/llm/v1", "openrouter_api_key": "any"}
        return Settings(_env_file=None, internal_api_url=str(sandbox.base_url), internal_api_token=token, **values)

    well, unwell = await check_parts(settings("sandbox-api-token")), await check_parts(settings("another"))
    assert [part["ok"] for part in well.values()] == [True, True]
    assert (unwell["api"]["ok"], unwell["api"]["error"]) == (False, "token")
