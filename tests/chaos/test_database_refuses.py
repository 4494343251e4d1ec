"""What the database refuses to keep is not acknowledged, and is answered once the database works again."""

from __future__ import annotations

import asyncio

import pytest

from tests.chaos.conftest import Scene
from tests.chaos.verdict import assert_all_is_answered_once

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_answers_every_message_once_though_the_database_refuses_for_ten_seconds(scene: Scene) -> None:
    crowd = scene.crowd()

    async with crowd:
        await asyncio.sleep(scene.dice.uniform(2.0, 5.0))
        await scene.database.refuse(scene.length.outage)
        await asyncio.sleep(scene.length.phase)

    await assert_all_is_answered_once(scene.world, crowd, scene.records)
