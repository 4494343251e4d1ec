"""Two Rasa processes on one PostgreSQL share the work, and each does the other's when it is gone."""

from __future__ import annotations

import asyncio

import pytest

from tests.chaos.conftest import Scene
from tests.chaos.databases import SqliteFile
from tests.chaos.verdict import assert_all_is_answered_once

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_two_processes_share_the_work_and_one_takes_over_what_the_other_left(scene: Scene) -> None:
    if isinstance(scene.database, SqliteFile):
        pytest.skip("SQLite is for one process")
    first, second = scene.world.replicas[0], await scene.world.replica()
    crowd, before = scene.crowd(), [replica.actions.passed_on for replica in (first, second)]

    async with crowd:
        await asyncio.sleep(scene.length.phase + scene.dice.uniform(2.0, 6.0))
        shares = [replica.actions.passed_on - seen for replica, seen in zip((first, second), before, strict=True)]
        await second.kill()
        await asyncio.sleep(scene.length.phase)

    await assert_all_is_answered_once(scene.world, crowd, scene.records)
    assert all(shares), f"the processes asked for {shares} actions"
