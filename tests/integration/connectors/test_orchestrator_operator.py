"""What an operator sees and does by the admin API, on a real database, and what the audit keeps of it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from connectors.conversation_log.models import conversation_logs
from connectors.orchestrator.audit import admin_audit
from connectors.whatsapp.tables import contacts, inbox
from privacy import user_key
from tests.integration.connectors.orchestrator_world import (
    ANA,
    NUMBER,
    OTHER_TOKEN,
    World,
    orchestrator_world,
)
from tests.integration.connectors.whatsapp_world import eventually
from tests.unit.connectors.conversation_log.rasa_events import called

KEY = "a-log-key"
ANAS_HASH = user_key(ANA, KEY)
NOON = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
SID = "SM" + "a" * 32


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with orchestrator_world(database_url, tmp_path) as world:
        yield world


def turn(row_id: str, **values: Any) -> dict[str, Any]:
    return {
        "id": row_id,
        "user_id": ANAS_HASH,
        "message": "hola",
        "intent": "saludo",
        "confidence": 0.9,
        "entities": [],
        "action": "action_saludo",
        "rasa_response": "{}",
        "response": "¡Hola!",
        "api_calls": [],
        "processing_time": 10,
        "success": True,
        "error_type": None,
        "timestamp": NOON,
        "channel": "whatsapp",
        **values,
    }


def parked(sid: str = SID, contact: str = ANA) -> dict[str, Any]:
    return {
        "message_sid": sid,
        "contact": contact,
        "content": {},
        "status": "failed",
        "attempts": 5,
        "error": "TurnFailed",
        "source": "webhook",
        "received_at": NOON,
    }


async def audited(world: World) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = (await world.data("audit"))["entries"]
    return entries


async def logged(world: World, **query: Any) -> list[str]:
    return [entry["id"] for entry in (await world.data("logs", **query))["entries"]]


async def test_an_entry_of_the_log_has_the_seeds_names(world: World) -> None:
    world.write(conversation_logs.insert(), [turn("conv_1", llm_response="¡Hola, hola!", llm_calls=[called()])])
    (entry,) = (await world.data("logs"))["entries"]
    seeds = {"id", "userId", "message", "intent", "entities", "action", "rasaResponse", "llmResponse"}
    assert seeds | {"apiCalls", "processingTime", "success", "timestamp"} <= set(entry)
    assert (entry["llmResponse"], entry["timestamp"]) == ("¡Hola, hola!", NOON.isoformat())
    assert entry["llmCalls"] == [called()]


async def test_the_log_is_found_by_every_filter(world: World) -> None:
    world.write(
        conversation_logs.insert(),
        [
            turn("conv_1", user_id="user_" + "0" * 20, timestamp=NOON - timedelta(days=1)),
            turn("conv_2", intent="ayuda", message="¿Cómo funciona?", channel="test"),
            turn("conv_3", success=False, error_type="api", timestamp=NOON + timedelta(hours=6)),
        ],
    )
    assert await logged(world) == ["conv_3", "conv_2", "conv_1"]
    for user in (ANAS_HASH, NUMBER, ANA):
        assert await logged(world, user=user) == ["conv_3", "conv_2"]
    assert await logged(world, intent="ayuda") == ["conv_2"]
    assert await logged(world, success="false") == ["conv_3"]
    assert await logged(world, error_type="api") == ["conv_3"]
    assert await logged(world, channel="test") == ["conv_2"]
    assert await logged(world, text="FUNCIONA") == ["conv_2"]
    assert await logged(world, user=NUMBER, intent="saludo", success="true") == []


async def test_a_number_may_come_with_its_plus_sign_unescaped(world: World) -> None:
    world.write(conversation_logs.insert(), [turn("conv_1")])
    for query in (f"user={NUMBER}", "since=2026-11-24T12:00:00+00:00"):
        answer = await world.http.get(f"/api/orchestrator?action=logs&{query}")
        assert [entry["id"] for entry in answer.json()["data"]["entries"]] == ["conv_1"]


async def test_moments_without_an_offset_are_the_businesss(world: World) -> None:
    # America/Mexico_City is six hours behind UTC.
    world.write(conversation_logs.insert(), [turn("conv_1", timestamp=datetime(2026, 11, 24, 6, tzinfo=timezone.utc))])
    assert await logged(world, since="2026-11-24") == ["conv_1"]
    assert await logged(world, until="2026-11-24") == []
    assert await logged(world, since="2026-11-24T00:00") == ["conv_1"]
    assert await logged(world, since="2026-11-24T00:01") == []
    assert await logged(world, since="2026-11-24T06:00:00Z", until="2026-11-24T06:00:01Z") == ["conv_1"]


async def test_cursors_lead_through_the_whole_log(world: World) -> None:
    world.write(conversation_logs.insert(), [turn(f"conv_{place}") for place in range(5)])
    found, query = [], {}
    while True:
        page = await world.data("logs", limit=2, **query)
        found += [entry["id"] for entry in page["entries"]]
        if page["next_cursor"] is None:
            break
        query = {"cursor": page["next_cursor"]}
    assert found == [f"conv_{place}" for place in (4, 3, 2, 1, 0)]


async def test_statistics_are_of_all_or_of_one(world: World) -> None:
    now = datetime.now(timezone.utc)
    world.write(
        conversation_logs.insert(), [turn("conv_1", timestamp=now), turn("conv_2", user_id="user_x", timestamp=now)]
    )
    everybody = await world.data("stats", days=7)
    assert everybody["days"] == 7
    assert everybody["intent_stats"][0]["occurrences"] == 2
    assert (await world.data("stats", user=NUMBER))["total_messages"] == 1


async def test_pausing_hands_a_customer_over_until_they_are_released(world: World) -> None:
    assert await world.counts("pause", user=NUMBER) == {"handed_over": 1}
    assert await world.counts("pause", user=NUMBER) == {"handed_over": 0}
    (customer,) = (await world.data("handed_over"))["customers"]
    assert (customer["number"], customer["user"]) == (NUMBER, ANAS_HASH)

    assert await world.counts("release", user=NUMBER) == {"released": 1}
    assert (await world.data("handed_over")) == {"customers": [], "total": 0}
    assert await world.counts("release", user=NUMBER) == {"released": 0}


async def test_a_customer_can_be_named_as_the_log_names_them(world: World) -> None:
    world.write(contacts.insert(), [{"address": ANA}, {"address": "whatsapp:+5215587654321"}])
    assert await world.counts("pause", user=ANAS_HASH) == {"handed_over": 1}
    assert [row.address for row in world.rows("SELECT address FROM contacts WHERE handed_over_at IS NOT NULL")] == [ANA]

    unknown = await world.act("pause", user="user_" + "0" * 20)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "user_unknown")


async def test_all_are_released_at_once(world: World) -> None:
    for number in (NUMBER, "+5215587654321"):
        await world.act("pause", user=number)
    assert (await world.data("handed_over", limit=1))["total"] == 2
    assert await world.counts("release", all=True) == {"released": 2}


async def test_failed_messages_are_listed_and_retried(world: World) -> None:
    other = SID[:-1] + "b"
    world.write(inbox.insert(), [parked(), parked(other)])
    failed = await world.data("failed")
    assert [one["sid"] for one in failed["messages"]] == [SID, other]
    assert failed["messages"][0]["attempts"] == 5

    assert await world.counts("retry", sids=[SID]) == {"retried": 1}
    assert (await world.data("failed"))["total"] == 1
    assert await world.counts("retry", all=True) == {"retried": 1}
    assert {row.status for row in world.rows("SELECT status FROM inbox")} == {"waiting"}


async def test_forgetting_counts_first_and_then_empties(world: World) -> None:
    world.write(conversation_logs.insert(), [turn("conv_1"), turn("conv_2", user_id="user_x")])
    world.write(contacts.insert(), [{"address": ANA}])

    dry = await world.counts("forget", user=NUMBER, dry_run=True)
    assert (dry["conversation_logs"], dry["contacts"]) == (1, 1)
    assert len(await logged(world)) == 2
    assert await world.counts("forget", user=NUMBER) == dry
    assert await logged(world) == ["conv_2"]
    assert (await world.counts("forget", user=NUMBER))["conversation_logs"] == 0


async def test_pruning_counts_first_and_then_deletes_what_is_old(world: World) -> None:
    now = datetime.now(timezone.utc)
    world.write(
        conversation_logs.insert(),
        [turn("conv_1", timestamp=now - timedelta(days=40)), turn("conv_2", timestamp=now - timedelta(days=20))],
    )
    assert (await world.counts("prune", days=30, dry_run=True))["conversation_logs"] == 1
    assert len(await logged(world)) == 2
    assert (await world.counts("prune", days=30))["conversation_logs"] == 1
    assert await logged(world) == ["conv_2"]


async def test_the_audit_tells_who_did_what_and_not_to_whom(world: World) -> None:
    await world.act("pause", user=NUMBER)
    headers = {"authorization": f"Bearer {OTHER_TOKEN}"}
    await world.http.post("/api/orchestrator", json={"action": "prune", "days": 9, "dry_run": True}, headers=headers)

    prune, pause = await audited(world)
    assert (pause["token_name"], pause["action"], pause["subject"]) == ("operator", "pause", ANAS_HASH)
    assert (pause["parameters"], pause["outcome"], pause["counts"]) == ({}, "done", {"handed_over": 1})
    assert (prune["token_name"], prune["subject"]) == ("maria", None)
    assert prune["parameters"] == {"days": 9, "dry_run": True}
    assert NUMBER[1:] not in str(world.rows("SELECT * FROM admin_audit"))


async def test_an_action_is_in_the_audit_before_it_is_done(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    async def send_test(settings: Any) -> dict[str, int]:
        seen.extend(row.outcome for row in world.rows("SELECT outcome FROM admin_audit"))
        return {"sent": 1}

    alerts = ModuleType("connectors.alerts")
    alerts.send_test = send_test  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "connectors.alerts", alerts)
    assert await world.counts("alert_test") == {"sent": 1}
    assert seen == ["begun"]


async def test_what_was_begun_is_done_and_noted_also_when_nobody_waits_any_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, gate = asyncio.Event(), asyncio.Event()

    async def send_test(settings: Any) -> dict[str, int]:
        begun.set()
        await gate.wait()
        return {"sent": 1}

    alerts = ModuleType("connectors.alerts")
    alerts.send_test = send_test  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "connectors.alerts", alerts)
    asking = asyncio.create_task(world.act("alert_test"))
    await begun.wait()
    asking.cancel()
    await asyncio.wait({asking})
    # Another request gives the server the time to notice that the first one's connection is closed.
    assert [entry["outcome"] for entry in await audited(world)] == ["begun"]
    gate.set()
    await eventually(lambda: world.rows("SELECT outcome FROM admin_audit") == [("done",)])


async def test_an_action_that_breaks_is_in_the_audit_as_failed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any, **named: Any) -> None:
        raise LookupError("no")

    monkeypatch.setattr("connectors.orchestrator.administration.forget", broken)
    answer = await world.act("forget", user=NUMBER)
    assert (answer.status_code, answer.json()["code"]) == (500, "unexpected")
    (entry,) = await audited(world)
    assert (entry["outcome"], entry["counts"]) == ("failed", None)


async def test_without_alerts_in_this_version_the_test_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "connectors.alerts", None)
    answer = await world.act("alert_test")
    assert (answer.status_code, answer.json()["code"]) == (501, "alerts_missing")
    assert [entry["outcome"] for entry in await audited(world)] == ["refused"]


async def test_cursors_lead_through_the_whole_audit(world: World) -> None:
    row = {"at": NOON, "token_name": "x", "action": "prune", "parameters": {}, "outcome": "done"}
    world.write(admin_audit.insert(), [row] * 3)
    first = await world.data("audit", limit=2)
    second = await world.data("audit", limit=2, cursor=first["next_cursor"])
    ids = [entry["id"] for entry in (*first["entries"], *second["entries"])]
    assert ids == sorted(ids, reverse=True)
    assert (len(ids), second["next_cursor"]) == (3, None)
