"""Whatever moment the Rasa process is killed at, no message is lost and none is answered twice."""

from __future__ import annotations

import asyncio

import pytest

from tests.chaos.conftest import Scene
from tests.chaos.verdict import assert_all_is_answered_once

# At any moment there are answers of which only Twilio's list tells whether it took them.
DOUBTS = {"lose_answers": 0.3}

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_answers_every_message_once_though_it_is_killed_again_and_again(scene: Scene) -> None:
    replica, crowd = scene.world.replicas[0], scene.crowd()

    await scene.world.faults(twilio=DOUBTS)
    scene.world.lose_receipts()
    async with crowd:
        for _ in range(scene.length.kills):
            await asyncio.sleep(scene.dice.uniform(0.5, 6.0))
            await replica.kill()
            await replica.start()
        await asyncio.sleep(scene.dice.uniform(0.5, 3.0))
        await scene.world.faults()

    await assert_all_is_answered_once(scene.world, crowd, scene.records)
