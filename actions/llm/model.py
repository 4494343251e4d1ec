"""The language model as the assistant has it: asked through OpenRouter, with restraint."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from actions.llm.openrouter import Answer, OpenRouter
from actions.llm.restraint import Restraint
from actions.llm.shared import Shared
from actions.settings import Settings


class Model:
    """One per process, for everything that is asked of a language model.

    Attributes:
        name: what was configured; an answer says which model gave it.
        shared: what processes know together.
    """

    def __init__(self, openrouter: OpenRouter, restraint: Restraint, shared: Shared) -> None:
        self.name = openrouter.model
        self.shared = shared
        self._openrouter = openrouter
        self._restraint = restraint

    @property
    def trouble(self) -> str | None:
        """Why it is switched off, where only its customer can help: `key` or `credit`."""
        return self._restraint.trouble

    async def admit(self) -> None:
        """Takes one of the calls that may be made.

        Raises:
            PhrasingError: `off`, `breaker`, `busy` or `rate_limit`: it is not to be asked.
        """
        await self._restraint.check()

    async def ask(self, prompt: Sequence[Mapping[str, Any]], within: float, **how: Any) -> Answer:
        """Asks; arguments and errors are those of `OpenRouter.ask`."""
        with self._restraint.asking():
            return await self._openrouter.ask(prompt, within, **how)

    async def prepare(self) -> None:
        """Loads what takes long to load."""
        await self._openrouter.prepare()

    async def close(self) -> None:
        """Closes the connections."""
        await asyncio.gather(self._openrouter.close(), self.shared.close())


def make_model(settings: Settings) -> Model | None:
    """Gives the model that the settings name; none without a key."""
    key = settings.openrouter_api_key.get_secret_value() if settings.openrouter_api_key else ""
    if not key:
        return None
    shared = Shared(settings.redis_url)
    restraint = Restraint(settings.phrasing_concurrency, settings.requests_per_minute, shared)
    return Model(OpenRouter(settings, key), restraint, shared)
