"""Rewords what an action says, within the turn's time limit, or leaves it to the templates."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

from actions.errors import PhrasingError
from actions.llm.model import Model, make_model
from actions.llm.report import CACHED, Call, report
from actions.phrasing.lock import Lock
from actions.phrasing.prompt import STOP, prompt_for
from actions.phrasing.style import Style, load_style
from actions.phrasing.templates import choose
from actions.phrasing.tokens import lock
from actions.phrasing.tone import tone_of
from actions.settings import Settings

Report = Mapping[str, Any]

LEAST_SECONDS = 0.3
"""With less time left no model is asked: it would not make it, and cost all the same."""


class Message(Protocol):
    """What is to be said."""

    @property
    def response(self) -> str:
        """Name of the response in domain.yml."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """The facts it states, by name."""

    @property
    def passage(self) -> str | None:
        """The text itself, where the response is only there to hold one."""


class Phraser(Protocol):
    """Rewords a turn's messages."""

    @property
    def trouble(self) -> str | None:
        """Why rewording is switched off, where only its customer can help: `key` or `credit`."""

    async def reword(
        self, messages: Sequence[Message], heard: str = "", within: float | None = None
    ) -> tuple[list[str | None], Report | None]:
        """Gives a text for each message, None where the template stays, and what the log keeps of it.

        Args:
            messages: what is to be said.
            heard: what the customer wrote; only its tone goes further.
            within: seconds at most; None for as many as a turn has.
        """

    async def prepare(self) -> None:
        """Loads what takes long to load."""

    async def close(self) -> None:
        """Closes what is open."""


class TemplatesOnly:
    """Leaves every message to its template."""

    trouble: str | None = None

    async def reword(
        self, messages: Sequence[Message], heard: str = "", within: float | None = None
    ) -> tuple[list[str | None], Report | None]:
        """Gives no text: the templates stay."""
        return [None] * len(messages), None

    async def prepare(self) -> None:
        """Has nothing to load."""

    async def close(self) -> None:
        """Has nothing to close."""


class ModelPhraser:
    """Rewords by a language model, which sees tokens in place of facts and of the customer's words only the tone.

    Args:
        model: the model.
        style: how the assistant sounds.
        seconds: what a turn has for it.
    """

    def __init__(self, model: Model, style: Style, seconds: float) -> None:
        self._model = model
        self._style = style
        self._seconds = seconds

    @property
    def trouble(self) -> str | None:
        """Why the model is switched off, where only its customer can help: `key` or `credit`."""
        return self._model.trouble

    async def reword(
        self, messages: Sequence[Message], heard: str = "", within: float | None = None
    ) -> tuple[list[str | None], Report | None]:
        """Rewords the messages at once, all within one time limit; None where the template stays."""
        deadline = time.monotonic() + (self._seconds if within is None else min(within, self._seconds))
        tone = tone_of(heard) if self._style.tono_del_cliente else ""
        calls: list[Call] = []
        texts = await asyncio.gather(*(self._one(message, tone, deadline, calls) for message in messages))
        return list(texts), report(calls)

    async def prepare(self) -> None:
        """Loads the model's client."""
        await self._model.prepare()

    async def close(self) -> None:
        """Closes the connections."""
        await self._model.close()

    async def _one(self, message: Message, tone: str, deadline: float, calls: list[Call]) -> str | None:
        source = message.passage or _source(message.response)
        if source is None:
            return None
        held = _lock(source, self._style)
        if not held.locked.facts <= message.facts.keys():
            return None
        call = Call("phrasing", message.response, model=self._model.name)
        calls.append(call)
        try:
            text = await self._reworded(held, tone, deadline, call)
        except PhrasingError as error:
            call.ended("skipped" if call.verdict == "skipped" else "rejected", error.code)
            return None
        return held.locked.unlocked(text, message.facts)

    async def _reworded(self, held: Lock, tone: str, deadline: float, call: Call) -> str:
        """Gives a rewording, with the tokens; from the cache once there are some of it, or where nobody can be asked.

        Raises:
            PhrasingError: when there is none.
        """
        key = _key(held)
        kept = _sound(held, await self._model.shared.rewordings(key))
        try:
            if len(kept) >= self._style.variantes:
                raise PhrasingError(CACHED)
            if deadline - time.monotonic() < LEAST_SECONDS:
                raise PhrasingError("no_time")
            await self._model.admit()
        except PhrasingError:
            if not kept:
                raise
            call.ended("accepted", CACHED)
            return random.choice(kept)  # noqa: S311  (variety, not security)
        call.verdict = "rejected"
        prompt = prompt_for(held.locked, self._style, tone)
        answer = await self._model.ask(prompt, deadline - time.monotonic(), stop=STOP)
        call.heard(answer)
        text = held.checked(answer.text)
        if text == held.locked.text:
            # It would take a place among the rewordings, and is said anyway.
            raise PhrasingError("unchanged")
        call.ended("accepted")
        await self._model.shared.keep(key, text)
        return text


def make_phraser(settings: Settings, model: Model | None = None) -> Phraser:
    """Gives the phraser that the settings ask for: none without a key.

    Args:
        settings: the process's.
        model: what is asked; made from the settings by default.
    """
    model = model or make_model(settings)
    return ModelPhraser(model, load_style(settings.style_file), settings.phrasing_timeout) if model else TemplatesOnly()


@lru_cache(maxsize=512)
def _lock(source: str, style: Style) -> Lock:
    return Lock(lock(source), style)


def _source(response: str) -> str | None:
    """Gives the words of a response that may be reworded."""
    template = choose(response)
    return template.text if template and not template.exact else None


def _key(held: Lock) -> str:
    """Gives what a rewording is kept under: the text, the kinds of its facts and the style, and no fact."""
    kinds = [piece.source for piece in held.locked.pieces]
    return hashlib.sha256(repr((held.locked.text, kinds, held.style)).encode()).hexdigest()


def _sound(held: Lock, kept: Sequence[str]) -> list[str]:
    """Gives those that the lock lets through: others may write to a Redis, too."""
    sound = []
    for text in kept:
        try:
            sound.append(held.checked(text))
        except PhrasingError:
            continue
    return sound
