"""A phraser that asks the sandbox's model, and that model's faults."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest

from actions.phrasing.phraser import Phraser, make_phraser
from actions.settings import Settings


@pytest.fixture
def faults(sandbox: httpx.Client) -> Iterator[Callable[..., None]]:
    sandbox.delete("/sandbox/llm/calls").raise_for_status()

    def put(**llm: Any) -> None:
        sandbox.put("/sandbox/faults", json={"llm": llm}).raise_for_status()

    yield put
    sandbox.put("/sandbox/faults", json={}).raise_for_status()


@pytest.fixture
async def made(sandbox: httpx.Client, faults: Callable[..., None]) -> AsyncIterator[Callable[..., Phraser]]:
    phrasers = []

    def make(**settings: Any) -> Phraser:
        base = str(sandbox.base_url.join("/llm/v1"))
        chosen = {"openrouter_model": "a/model", "phrasing_timeout": 3.0, **settings}
        phrasers.append(make_phraser(Settings(openrouter_api_key="sk-test", openrouter_base_url=base, **chosen)))
        return phrasers[-1]

    yield make
    for phraser in phrasers:
        await phraser.close()
