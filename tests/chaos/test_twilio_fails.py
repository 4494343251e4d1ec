"""Whatever Twilio does with our answers and with its webhooks, each message is answered once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from tests.chaos.conftest import FULL, Scene
from tests.chaos.verdict import assert_all_is_answered_once

pytestmark = pytest.mark.asyncio(loop_scope="session")

Faults = Sequence[dict[str, Any]]

ANSWERS: Faults = ({"status": 500}, {"status": 429, "retry_after": 2}, {"lose_answers": 0.5})
WEBHOOKS: Faults = ({"duplicate_webhooks": 2}, {"lose_webhooks": 0.4}, {"reorder_webhooks": True})
BOTH: Faults = [answer | webhook for answer, webhook in zip(ANSWERS, WEBHOOKS, strict=True)]
CASES = {"answers": ANSWERS, "webhooks": WEBHOOKS} if FULL else {"answers and webhooks": BOTH}


@pytest.mark.parametrize("faults", CASES.values(), ids=CASES.keys())
async def test_answers_every_message_once_though_twilio_fails_in_every_way_it_has(scene: Scene, faults: Faults) -> None:
    crowd = scene.crowd()

    async with crowd:
        await asyncio.sleep(1.0)
        for fault in faults:
            if "reorder_webhooks" in fault:
                crowd.expect_disorder()
            await scene.world.faults(twilio=fault)
            if "lose_answers" in fault:
                scene.world.lose_receipts()
            await asyncio.sleep(scene.length.phase)
        await scene.world.faults()

    await assert_all_is_answered_once(scene.world, crowd, scene.records)
