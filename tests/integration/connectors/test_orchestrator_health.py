"""Health: every part is asked anew, and the answer says which one is not well."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import connectors
from connectors.errors import SpoolUnavailable
from connectors.orchestrator.health import Finding, Health, Part
from tests.integration.connectors.databases import unmigrate
from tests.integration.connectors.orchestrator_world import (
    ACCOUNT,
    TEST,
    TWILIO_TOKEN,
    World,
    orchestrator_world,
)

SEEDS = {"rasa": True, "openrouter": True, "twilio": True, "api": True, "logging": True}


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with orchestrator_world(database_url, tmp_path) as world:
        yield world


async def assert_unwell(world: World, part: str, error: str) -> None:
    answer = await world.look("health")
    body = answer.json()
    assert (answer.status_code, body["success"], body["data"]["overall"]) == (503, False, False)
    assert body["data"]["services"][part] is False
    assert error in body["data"]["details"][part]["error"]


async def test_is_what_the_seed_promises_and_more(world: World) -> None:
    answer = await world.look("health")

    data = answer.json()["data"]
    assert (answer.status_code, answer.json()["success"], data["overall"]) == (200, True, True)
    assert data["services"] == {**SEEDS, "actions": True, "database": True, "redis": True}
    assert list(data["services"])[:5] == list(SEEDS)
    assert data["version"] == {"software": connectors.__version__, "model": "model-1"}
    redis = data["details"]["redis"]
    assert (redis["ok"], redis["vital"], redis["error"]) == (True, False, "not configured")
    assert {name for name, part in data["details"].items() if not part["vital"]} == {"openrouter", "redis"}
    assert data["details"]["api"]["ms"] == 3
    assert (await world.http.get(TEST, params={"type": "health"})).json()["data"]["services"] == data["services"]


async def test_twilio_is_asked_for_the_account_with_its_credentials(world: World) -> None:
    await world.look("health")
    expected = base64.b64encode(f"{ACCOUNT}:{TWILIO_TOKEN}".encode()).decode()
    assert world.neighbours.authorization == f"Basic {expected}"


@pytest.mark.parametrize(
    ("neighbour", "status", "part", "error"),
    [
        ("twilio", 401, "twilio", "credentials"),
        ("twilio", 503, "twilio", "HTTP 503"),
        ("actions", 500, "actions", "HTTP 500"),
        ("parts", 404, "api", "HTTP 404"),
    ],
)
async def test_a_neighbour_that_refuses_is_named(
    world: World, neighbour: str, status: int, part: str, error: str
) -> None:
    world.neighbours.statuses[neighbour] = status
    await assert_unwell(world, part, error)


async def test_a_suspended_account_is_not_well(world: World) -> None:
    world.neighbours.account["status"] = "suspended"
    await assert_unwell(world, "twilio", "suspended")


async def test_what_the_action_server_says_of_the_internal_api_counts(world: World) -> None:
    world.neighbours.parts["api"] = {"ok": False, "ms": 9, "error": "token"}
    await assert_unwell(world, "api", "token")


async def test_an_action_server_that_does_not_answer_is_named_with_all_behind_it(world: World) -> None:
    world.agent.action_endpoint.url = "http://127.0.0.1:9/webhook"
    await assert_unwell(world, "actions", "ConnectError")
    details = (await world.look("health")).json()["data"]["details"]
    assert not details["api"]["ok"]
    assert not details["openrouter"]["ok"]


async def test_without_a_language_model_customers_are_answered_all_the_same(world: World) -> None:
    world.neighbours.parts["openrouter"] = {"ok": False, "ms": 9, "error": "credit"}
    answer = await world.look("health")
    assert (answer.status_code, answer.json()["data"]["services"]["openrouter"]) == (200, False)
    assert answer.json()["data"]["details"]["openrouter"]["error"] == "credit"


async def test_a_server_without_a_model_is_not_well(world: World) -> None:
    world.agent.is_loaded = False
    await assert_unwell(world, "rasa", "no model is loaded")


async def test_a_model_that_breaks_is_named_without_its_words(world: World) -> None:
    async def parse(message: str) -> dict[str, Any]:
        raise LookupError("ana@example.com")

    world.agent.parse_message = parse  # type: ignore[method-assign]
    await assert_unwell(world, "rasa", "LookupError")
    assert "ana@" not in (await world.look("health")).text


async def test_a_log_that_does_not_get_rid_of_its_rows_is_not_well(world: World) -> None:
    world.agent.tracker_store.waiting = world.settings.log_spool_rows
    await assert_unwell(world, "logging", f"{world.settings.log_spool_rows} rows wait")


async def test_a_log_whose_disk_fails_is_not_well(world: World) -> None:
    def backlog() -> int:
        raise SpoolUnavailable("x")

    world.agent.tracker_store.event_broker.backlog = backlog
    await assert_unwell(world, "logging", "disk")


async def test_tables_that_are_behind_are_named(world: World) -> None:
    unmigrate()
    await assert_unwell(world, "database", "make migrate")


async def test_a_database_that_is_away_is_named_and_reads_are_answered_with_a_problem(tmp_path: Path) -> None:
    gone = "postgresql://user:s3cret@127.0.0.1:9/none"
    async with orchestrator_world(gone, tmp_path) as world:
        await assert_unwell(world, "database", "OperationalError")
        answer = await world.look("logs")
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
        changed = await world.act("release", all=True)
        assert (changed.status_code, changed.json()["code"]) == (503, "database_unavailable")
        assert "s3cret" not in answer.text + changed.text


async def test_redis_is_pinged(database_url: str, tmp_path: Path, redis_url: str) -> None:
    async with orchestrator_world(database_url, tmp_path, redis_url=redis_url) as world:
        assert (await world.data("health"))["details"]["redis"]["error"] is None


async def test_without_redis_customers_are_answered_all_the_same(database_url: str, tmp_path: Path) -> None:
    async with orchestrator_world(database_url, tmp_path, redis_url="redis://127.0.0.1:9/0") as world:
        data = await world.data("health")
        assert (data["overall"], data["services"]["redis"]) == (True, False)


async def test_a_flood_of_questions_asks_each_part_once(world: World) -> None:
    answers = await asyncio.gather(*(world.look("health") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert (world.neighbours.asked.count("twilio"), world.neighbours.asked.count("parts")) == (1, 1)
    assert world.agent.parsed == 1


async def test_an_answer_is_kept_for_a_second_and_no_longer() -> None:
    now, asked = 100.0, 0

    async def ask() -> Finding:
        nonlocal asked
        asked += 1
        return Finding()

    health = Health([Part("one", True, ask)], clock=lambda: now)
    await health.check()
    now += 0.9
    await health.check()
    assert asked == 1
    now += 0.2
    await health.check()
    assert asked == 2


async def test_a_part_that_hangs_is_not_waited_for_and_the_others_are_told() -> None:
    async def hang() -> Finding:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                # As some clients do: it does not give up when it is told to.
                await asyncio.sleep(0.3)
                return Finding()

    async def work() -> Finding:
        return Finding()

    found = await Health([Part("hangs", True, hang), Part("works", True, work)], seconds=0.05).check()
    assert (found["hangs"].ok, found["hangs"].error) == (False, "no answer within 0.05 s")
    assert found["works"].ok
