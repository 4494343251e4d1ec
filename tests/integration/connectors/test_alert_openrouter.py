"""From a model that refuses us to the alert: the action server as it is started, the admin API and the watch."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from connectors.alerts.watch import Watch
from tests.integration.actions.conftest import free_port, running
from tests.integration.actions.conversation import Conversation
from tests.integration.actions.test_health import Upstream, upstream_serving
from tests.integration.connectors.alert_world import receiving
from tests.integration.connectors.orchestrator_world import orchestrator_world
from tests.integration.connectors.whatsapp_world import eventually

CHAT, KEY = "/or/chat/completions", "/or/key"
TITLE = "🟠 OpenRouter has no credit left"


@contextmanager
def action_server(upstream: Upstream) -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    variables = {
        "SANIC_HOST": "127.0.0.1",
        "INTERNAL_API_URL": upstream.url,
        "OPENROUTER_BASE_URL": f"{upstream.url}/or",
        "OPENROUTER_API_KEY": "our-key",
        "REDIS_URL": "",
    }
    command = [sys.executable, "-m", "actions.server", "--port", str(port)]
    with running(command, f"{url}/health", **variables):
        yield url


def until_refused(http: httpx.Client, upstream: Upstream) -> None:
    """Has an action say something until the model was asked: the first turns may end before it is loaded."""
    for _ in range(20):
        call = Conversation().user("hola", "saludo").call("action_saludo")
        http.post("/webhook", json=call).raise_for_status()
        if CHAT in upstream.asked:
            return
        time.sleep(0.5)
    raise AssertionError("the model was never asked")


async def test_a_model_that_refuses_us_is_told_once_though_the_key_looks_fine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0

    async def soon(watch: Watch) -> bool:
        nonlocal looks
        looks += 1
        # Longer than an answer about health may be old.
        await asyncio.sleep(0.3)
        return watch._stopping.is_set()

    monkeypatch.setattr(Watch, "_is_over", soon)
    with (
        upstream_serving() as upstream,
        receiving() as receiver,
        action_server(upstream) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=60) as http,
    ):
        upstream.answers[CHAT] = (402, {"error": {"code": 402, "message": "Insufficient credits"}})
        before = http.get("/health/parts").json()["openrouter"]
        until_refused(http, upstream)
        database = f"sqlite:///{tmp_path}/test.db"
        async with orchestrator_world(database, tmp_path, alert_webhook_url=receiver.url) as world:
            world.agent.action_endpoint = SimpleNamespace(url=f"{url}/webhook")
            await eventually(lambda: TITLE in receiver.titles())
            seen = looks
            await eventually(lambda: looks >= seen + 5)
            after = (await world.data("health"))["details"]["openrouter"]

    assert (before["ok"], before["error"]) == (True, None)
    assert (after["ok"], after["error"]) == (False, "credit")
    assert upstream.asked[KEY] == "Bearer our-key"
    assert receiver.titles() == [TITLE]
