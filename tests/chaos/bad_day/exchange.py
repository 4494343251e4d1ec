"""Phones that hear their answers as they come: one stream of the sandbox's events for all of them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Container, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

import httpx

from tests.chaos.matching import PATIENCE as WAIT

# How long a customer waits for an answer before writing it off.
PATIENCE = 60.0
# How often a customer looks whether there is more to come.
LOOK_EVERY = 0.25


class Silence(Exception):
    """A message was not answered."""


class Outbox(Protocol):
    """What is still to be sent."""

    async def is_empty(self, sid: str, heard: Container[str]) -> bool:
        """Whether the message with that sid is answered and every answer is among those that were heard."""
        ...


@dataclass
class Exchanged:
    """One message of a customer and what came before the next one.

    Attributes:
        sid: the message's, which the harness chose.
        heard: texts, without requests for patience.
        waits: how many requests for patience came.
        seconds: until the first text; None when none came.
    """

    sid: str
    text: str
    heard: list[str] = field(default_factory=list)
    waits: int = 0
    seconds: float | None = None


class Phone:
    """What one customer writes and hears.

    Attributes:
        number: E.164.
        turns: all messages, in order.
        heard: each text that reached the phone, by its sid, in order.
        is_waiting: whether an answer is still to come, or to be ended.
    """

    def __init__(self, sandbox: httpx.AsyncClient, outbox: Outbox, number: str, dice: Random) -> None:
        self.number = number
        self.turns: list[Exchanged] = []
        self.heard: dict[str, str] = {}
        self._sandbox = sandbox
        self._outbox = outbox
        self._dice = dice
        self._came = asyncio.Event()
        self.is_waiting = False

    async def say(self, text: str) -> list[str]:
        """Writes a message and gives the whole answer.

        Raises:
            Silence: none came in a minute.
        """
        self.is_waiting = True
        try:
            return await self._say(Exchanged(f"SM{self._dice.getrandbits(128):032x}", text))
        finally:
            self.is_waiting = False

    async def _say(self, turn: Exchanged) -> list[str]:
        self.turns.append(turn)
        began = time.monotonic()
        path = f"/sandbox/contacts/{self.number}/messages"
        (await self._sandbox.post(path, json={"text": turn.text, "sid": turn.sid})).raise_for_status()
        while not turn.heard:
            await self._wait(began + PATIENCE - time.monotonic())
            if turn.heard:
                turn.seconds = time.monotonic() - began
            elif time.monotonic() > began + PATIENCE:
                raise Silence(turn.text)
        # A person sees by the typing indicator whether there is more to come.
        while not await self._outbox.is_empty(turn.sid, self.heard):
            if time.monotonic() > began + 2 * PATIENCE:
                raise Silence(turn.text)
            await self._wait(LOOK_EVERY)
        return list(turn.heard)

    def hear(self, sid: str, text: str) -> None:
        """Takes what reached the phone; the same sid again is the same message."""
        if sid in self.heard:
            return
        self.heard[sid] = text
        if not self.turns:
            return
        if text == WAIT:
            self.turns[-1].waits += 1
        else:
            self.turns[-1].heard.append(text)
            self._came.set()

    async def _wait(self, seconds: float) -> None:
        self._came.clear()
        try:
            await asyncio.wait_for(self._came.wait(), max(0.0, seconds))
        except asyncio.TimeoutError:
            return


class Exchange:
    """Hands every message that the sandbox delivers to the phone it is for."""

    def __init__(self, sandbox: httpx.AsyncClient, phones: list[Phone]) -> None:
        self._sandbox = sandbox
        self._phones = {phone.number: phone for phone in phones}

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hears while the context lasts."""
        task = asyncio.create_task(self._listen())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _listen(self) -> None:
        # The sandbox ends the stream of whoever falls behind, who is to read anew what there is.
        while True:
            try:
                async with self._sandbox.stream("GET", "/sandbox/events", timeout=httpx.Timeout(30.0)) as answer:
                    await self.catch_up([phone for phone in self._phones.values() if phone.is_waiting])
                    await self._follow(answer)
            except httpx.HTTPError:
                await asyncio.sleep(0.1)

    async def catch_up(self, phones: Iterable[Phone]) -> None:
        """Has phones hear what they may have missed."""
        for phone in phones:
            answer = await self._sandbox.get(f"/sandbox/contacts/{phone.number}/messages")
            for message in answer.raise_for_status().json()["messages"]:
                _hear(phone, message)

    async def _follow(self, answer: httpx.Response) -> None:
        event = ""
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                event = value
            elif name == "data" and event == "message":
                data = json.loads(value)
                if phone := self._phones.get(data["phone"]):
                    _hear(phone, data["message"])


def _hear(phone: Phone, message: dict[str, Any]) -> None:
    if message["direction"] == "outbound":
        phone.hear(message["sid"], message["text"])
