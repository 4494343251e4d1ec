"""Customers who write whatever happens, each by a script, and remember what must be answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from types import TracebackType
from typing import Any

import httpx

from tests.chaos.agenda import Calendar, spoken
from tests.chaos.matching import Said, match

PATIENCE = 120.0
LOOK_EVERY = 0.3


@dataclass
class Customer:
    """One contact of the sandbox, who writes by `script` until told to stop.

    Attributes:
        number: E.164.
        said: all that the customer wrote, in order.
        acknowledged: the sids of what the assistant acknowledged within a second.
        pace: the shortest and the longest pause, in seconds.
        twilio_keeps_order: what `Said.in_order` will be from now on.
    """

    sandbox: httpx.AsyncClient
    number: str
    dice: Random
    calendar: Calendar
    pace: tuple[float, float]
    said: list[Said] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    twilio_keeps_order: bool = True

    async def script(self, stop: asyncio.Event) -> None:
        """Writes until told to stop."""
        raise NotImplementedError

    async def write(self, text: str, *expects: str, tolerates: str | None = None) -> None:
        """Sends a message, and returns when the assistant acknowledged it, or has not for a second."""
        sid = f"SM{self.dice.getrandbits(128):032x}"
        self.said.append(Said(sid, text, expects, tolerates, time.time(), self.twilio_keeps_order))
        answer = await self.sandbox.post(f"/sandbox/contacts/{self.number}/messages", json={"text": text, "sid": sid})
        answer.raise_for_status()
        if answer.json()["webhook"]["state"] == "delivered":
            self.acknowledged.add(sid)

    async def thread(self) -> list[dict[str, Any]]:
        """Gives both sides of the conversation as the customer's phone shows them, oldest first."""
        answer = await self.sandbox.get(f"/sandbox/contacts/{self.number}/messages")
        answer.raise_for_status()
        messages: list[dict[str, Any]] = answer.json()["messages"]
        return messages

    async def unanswered(self) -> int:
        """Counts the answers that are still to come."""
        heard = [message["text"] for message in await self.thread() if message["direction"] == "outbound"]
        return match(self.said, heard).left

    async def hear(self) -> bool:
        """Waits until everything is answered; False when that takes too long."""
        give_up = time.monotonic() + PATIENCE
        while await self.unanswered():
            if time.monotonic() > give_up:
                return False
            await asyncio.sleep(LOOK_EVERY)
        return True

    async def pause(self, stop: asyncio.Event) -> None:
        """Thinks for a while."""
        try:
            await asyncio.wait_for(stop.wait(), self.dice.uniform(*self.pace))
        except asyncio.TimeoutError:
            return


@dataclass
class Questioner(Customer):
    """Asks for the free times of one day after the other, without waiting for the answers."""

    async def script(self, stop: asyncio.Event) -> None:
        """Writes until told to stop."""
        for day in self.calendar.days_to_ask(self.dice):
            await self.write(f"¿qué horarios tienen el {spoken(day)}?", _free_times(day))
            await self.pause(stop)
            if stop.is_set():
                return


@dataclass
class HastyQuestioner(Customer):
    """Asks in two messages at once, as one writes on a phone, and waits for the answer."""

    async def script(self, stop: asyncio.Event) -> None:
        """Writes until told to stop."""
        for day in self.calendar.days_to_ask(self.dice):
            await self.write("hola", tolerates=r"^¡Hola")
            await self.write(f"¿qué horarios tienen el {spoken(day)}?", _free_times(day))
            if not await self.hear() or stop.is_set():
                return
            await self.pause(stop)


@dataclass
class Booker(Customer):
    """Books times that nobody else wants, one after the other, and says yes only when asked.

    Attributes:
        bookings: how many at most.
        booked: the starts, as ISO instants, for which the customer said yes.
    """

    bookings: int = 3
    booked: list[str] = field(default_factory=list)

    @property
    def email(self) -> str:
        """Where the bookings go by."""
        return f"cliente{self.number[-6:]}@example.com"

    async def script(self, stop: asyncio.Event) -> None:
        """Books until told to stop, but ends no booking half done."""
        for _ in range(self.bookings):
            if stop.is_set() or not await self._book(self.calendar.take_slot()):
                return
            await self.pause(stop)

    async def _book(self, start: str) -> bool:
        moment = datetime.fromisoformat(start)
        when = rf"{spoken(moment)}(?: de \d+)? a las {moment:%H:%M}"
        question = rf"^¿Agendo .* para el \w+ {when}"
        asked = f"Quiero agendar una cita el {spoken(moment)} a las {moment:%H:%M}"
        if self.booked:
            await self.write(asked, question)
        else:
            await self.write(asked, r"correo")
            if not await self.hear():
                return False
            await self.write(self.email, question)
        if not await self.hear():
            return False
        self.booked.append(start)
        await self.write("sí", rf"agendada para el \w+ {when}", r"^El costo es de")
        return await self.hear()


class Crowd:
    """Customers who all write at the same time: `async with crowd:` lasts until each has come to an end."""

    def __init__(self, customers: Sequence[Customer]) -> None:
        self.customers = customers
        self._stop = asyncio.Event()
        self._scripts: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Crowd:
        self._scripts = [asyncio.create_task(customer.script(self._stop)) for customer in self.customers]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if error is not None:
            for script in self._scripts:
                script.cancel()
        await asyncio.gather(*self._scripts, return_exceptions=error is not None)

    def expect_disorder(self) -> None:
        """From now on Twilio does not pass messages on in the order of writing."""
        for customer in self.customers:
            customer.twilio_keeps_order = False


def _free_times(day: datetime) -> str:
    return rf"^(?:Horarios libres \(|No hay horarios libres para )\w+ {spoken(day)}\b"
