"""Webhooks go first: what works on turns waits for them, but not for ever."""

from __future__ import annotations

import asyncio
import threading

import pytest

from connectors import right_of_way as module
from connectors.right_of_way import RightOfWay
from connectors.turn_loop import TurnLoop


def test_whoever_gives_way_waits_until_the_last_is_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_SECONDS", 30.0)
    way, passed = RightOfWay(), threading.Event()

    def work() -> None:
        way.give_way()
        passed.set()

    with way.entered():
        with way.entered():
            threading.Thread(target=work).start()
        assert way.is_wanted
        assert not passed.wait(0.05)
    assert passed.wait(5)
    assert not way.is_wanted


def test_work_goes_on_however_long_somebody_is_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_SECONDS", 0.01)
    way = RightOfWay()
    with way.entered():
        way.give_way()
        assert way.is_wanted


async def test_the_turn_loop_computes_nothing_while_a_webhook_is_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_SECONDS", 30.0)
    loop, done = TurnLoop(), threading.Event()

    async def turn() -> None:
        done.set()

    await loop.run(turn)
    done.clear()
    with loop.right_of_way.entered():
        running = asyncio.create_task(loop.run(turn))
        await asyncio.sleep(0.05)
        assert not done.is_set()
    await running
    assert done.is_set()
    loop.stop()
