"""Alerts of a running server: the door feeds them, the admin API tries them, and the watch starts and ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from connectors.alerts.messages import trial_payload
from connectors.alerts.recent import get_refusals
from connectors.alerts.watch import Watch
from connectors.whatsapp.tables import inbox
from tests.integration.connectors.alert_world import Receiver, receiving
from tests.integration.connectors.orchestrator_world import orchestrator_world
from tests.integration.connectors.whatsapp_world import eventually, form_of, whatsapp_world

WEBHOOK = "/api/whatsapp/webhook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(autouse=True)
def no_refusals() -> Iterator[None]:
    get_refusals.cache_clear()
    yield
    get_refusals.cache_clear()


async def test_the_door_counts_what_twilio_did_not_sign_and_nothing_else() -> None:
    async with whatsapp_world(whatsapp_address_limit="2/minute") as world:
        assert (await world.write("hola")).status_code == 204
        assert (await world.write("a" * 70_000)).status_code == 413
        headers = {"x-twilio-signature": "x", "content-type": "text/plain"}
        assert (await world.http.post(WEBHOOK, content="Body=hola", headers=headers)).status_code == 415
        assert get_refusals().count() == 0
        statuses = [(await world.post(WEBHOOK, form_of(), signature="forged")).status_code for _ in range(3)]
    assert set(statuses) <= {403, 429}
    assert 429 in statuses
    assert get_refusals().count() == 3


async def test_the_admin_api_tries_the_way_to_the_webhook(
    database_url: str, tmp_path: Path, receiver: Receiver
) -> None:
    async with orchestrator_world(database_url, tmp_path, alert_webhook_url=receiver.url) as world:
        assert await world.counts("alert_test") == {"sent": 1}
        assert receiver.messages == [trial_payload()]
        receiver.refusals = [(403, {})]
        answer = await world.act("alert_test")
        assert (answer.status_code, answer.json()["code"]) == (502, "alert_not_taken")
        assert answer.json()["detail"] == "Nobody was told: HTTP 403."


async def test_without_a_webhook_the_admin_api_says_so(database_url: str, tmp_path: Path) -> None:
    async with orchestrator_world(database_url, tmp_path) as world:
        answer = await world.act("alert_test")
        assert (answer.status_code, answer.json()["code"]) == (502, "alert_not_taken")
        assert "ALERT_WEBHOOK_URL is not set" in answer.json()["detail"]


async def test_a_running_server_tells_what_is_wrong_by_itself_until_it_ends(
    database_url: str, tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def soon(watch: Watch) -> bool:
        await asyncio.sleep(0.02)
        return watch._stopping.is_set()

    monkeypatch.setattr(Watch, "_is_over", soon)
    message = {"message_sid": "SM1", "contact": "whatsapp:+5215512345678", "content": {}, "source": "webhook"}
    message |= {"status": "failed", "attempts": 5, "received_at": datetime.now(timezone.utc)}
    async with orchestrator_world(database_url, tmp_path, alert_webhook_url=receiver.url) as world:
        world.agent.tracker_store.waiting = 20_000
        world.neighbours.statuses["twilio"] = 503
        world.neighbours.parts["openrouter"] = {"ok": False, "ms": 1, "error": "credit"}
        world.write(inbox.insert(), [message])
        await eventually(lambda: len(receiver.messages) >= 4)
    ended = {task.get_name() for task in asyncio.all_tasks()}

    assert sorted(receiver.titles()) == [
        "🔴 Messages could not be answered",
        "🔴 Twilio does not work",
        "🟠 OpenRouter has no credit left",
        "🟠 The conversation log is behind",
    ]
    assert "alerts" not in ended
