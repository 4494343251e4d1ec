"""A customer who reacts to what is heard, with one wish, and remembers what was agreed to."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property
from random import Random

import httpx

from tests.chaos.bad_day import speech
from tests.chaos.bad_day.exchange import Phone, Silence
from tests.chaos.bad_day.speech import said_day, said_time

MOST_WISHES, MOST_TURNS = 3, 30
# How often customers agree to another try before they say no: every fourth never does.
RETRIES = (0, 5, 5, 5)
CODE = re.compile(r"\bes (\d{6})\b")

Reaction = tuple["re.Pattern[str] | str", Callable[[str], str]]


class Outcome(Enum):
    """How a conversation ended."""

    OPEN = "still open"
    SERVED = "served"
    IN_DOUBT = "told that it is not known"
    GAVE_UP = "gave up"
    SILENCE = "got no answer"
    ENDLESS = "led nowhere"
    MISLED = "asked to agree to something else"


@dataclass
class Person:
    """A customer with one wish, which subclasses tell.

    Attributes:
        phone: what was said and heard.
        email: the customer's.
        today: the present moment in the business's zone.
        is_known: whether the business has this phone's number on file.
        mails: gives the texts of the mails that came, newest first.
        agreed: how often the customer said yes to each kind of question.
        retries: how often the customer was asked to try again and agreed.
        wishes: how often the wish was told.
        wanted: the appointment's time that the customer wants, if any.
    """

    phone: Phone
    email: str
    today: datetime
    dice: Random
    sandbox: httpx.AsyncClient
    is_known: bool = True
    outcome: Outcome = Outcome.OPEN
    agreed: Counter[str] = field(default_factory=Counter)
    retries: int = 0
    wishes: int = 0
    wanted: datetime | None = None
    declined: bool = False

    @cached_property
    def patience(self) -> int:
        """How often the customer agrees to another try."""
        return self.dice.choice(RETRIES)

    async def converse(self) -> None:
        """Writes until the wish is served, or hopeless."""
        said: str | None = self.tell()
        try:
            while said is not None:
                if len(self.phone.turns) >= MOST_TURNS:
                    self.outcome = Outcome.ENDLESS
                    return
                said = await self.react(await self.phone.say(said))
        except Silence:
            self.outcome = Outcome.SILENCE

    def tell(self) -> str:
        """Tells the wish, once more perhaps."""
        self.wishes += 1
        return self.wish()

    def wish(self) -> str:
        """Gives the wish in words."""
        raise NotImplementedError

    def is_served(self, said: str) -> bool:
        """Whether these words end the matter."""
        raise NotImplementedError

    def reactions(self) -> Sequence[Reaction]:
        """Gives what the customer answers to which question."""
        return ()

    async def react(self, heard: Sequence[str]) -> str | None:
        """Gives the next message; None when there is none."""
        said = "\n".join(heard)
        if self.is_served(said):
            return self.end(Outcome.SERVED)
        if speech.DOUBT.search(said):
            return self.end(Outcome.IN_DOUBT)
        if speech.AGAIN.search(said):
            return self._try_again()
        if self.declined:
            return self.end(Outcome.GAVE_UP)
        for pattern, answer in (*self.reactions(), (r"¿Cuál es tu correo electrónico\?", lambda _: self.email)):
            if re.search(pattern, said):
                reply = answer(said)
                return reply if self.outcome is Outcome.OPEN else None
        if re.search(r"¿Cuál es el código|Escríbelo otra vez", said):
            return await self._read_code()
        return self.tell() if self.wishes < MOST_WISHES else self.end(Outcome.GAVE_UP)

    def end(self, outcome: Outcome) -> None:
        """Ends the conversation."""
        self.outcome = outcome

    def agree(self, kind: str) -> str:
        """Says yes to a question."""
        self.agreed[kind] += 1
        return "sí"

    def _try_again(self) -> str:
        if self.retries >= self.patience:
            self.declined = True
            return "no"
        self.retries += 1
        return "sí"

    async def _read_code(self) -> str:
        answer = await self.sandbox.get("/sandbox/mails", params={"to": self.email})
        answer.raise_for_status()
        codes = [found[1] for mail in answer.json()["mails"] if (found := CODE.search(mail["text"]))]
        return codes[0] if codes else "no me llegó"

    def _is_wanted(self, asked: re.Match[str] | None) -> bool:
        assert self.wanted
        assert asked
        if (asked["day"], asked["time"]) == (said_day(self.wanted, self.today), said_time(self.wanted)):
            return True
        self.end(Outcome.MISLED)
        return False


class Meeting:
    """Where two wait for one another, so that both say the same at the same time."""

    def __init__(self, seconds: float = 40.0) -> None:
        self._there: set[str] = set()
        self._all_there = asyncio.Event()
        self._seconds = seconds

    async def wait(self, name: str) -> None:
        """Waits until two have come, or one has waited for long."""
        self._there.add(name)
        if len(self._there) > 1:
            self._all_there.set()
        try:
            await asyncio.wait_for(self._all_there.wait(), self._seconds)
        except asyncio.TimeoutError:
            return
