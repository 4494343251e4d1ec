"""Messages that come shortly after one another are answered together, once, whatever happens in between.

This file is the first by name of those that share a system, which is started as it needs it: every other way costs a
restart.
"""

from __future__ import annotations

import asyncio

import pytest

from tests.chaos.conftest import Scene
from tests.chaos.verdict import assert_all_is_answered_once

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_answers_bursts_once_though_it_is_killed_among_them(scene_with_bursts: Scene) -> None:
    scene = scene_with_bursts
    replica, crowd = scene.world.replicas[0], scene.hasty_crowd()

    async with crowd:
        await asyncio.sleep(scene.dice.uniform(3.0, 8.0))
        await replica.kill()
        await replica.start()  # from now on each message is a turn: a burst begun before must not fall apart
        await asyncio.sleep(2.0)

    await assert_all_is_answered_once(scene.world, crowd, scene.records)
    turns = [await scene.records.turns(customer.number) for customer in crowd.customers]
    assert any(len(sids) > 1 for of_one in turns for sids in of_one), "no two messages were answered together"
