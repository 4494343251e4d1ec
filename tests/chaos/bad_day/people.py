"""Customers who react to what they hear, each with one wish, and remember what they agreed to."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from random import Random

import httpx

from tests.chaos.agenda import spoken
from tests.chaos.bad_day import speech
from tests.chaos.bad_day.exchange import Phone, Silence
from tests.chaos.bad_day.speech import said_day, said_time

MOST_RETRIES, MOST_WISHES, MOST_TURNS = 5, 3, 30
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
        if self.retries >= MOST_RETRIES:
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


@dataclass
class Booker(Person):
    """Wants an hour: says when at once, or when asked.

    Attributes:
        stepwise: whether day and time are told one by one.
        meeting: where the other one waits who wants the same hour, if somebody does.
        offered: whether other times were offered.
    """

    stepwise: bool = False
    meeting: Meeting | None = None
    offered: bool = False

    def wish(self) -> str:
        assert self.wanted
        asked = "Quiero agendar una cita"
        return asked if self.stepwise else f"{asked} el {spoken(self.wanted)} a las {said_time(self.wanted)}"

    def is_served(self, said: str) -> bool:
        return bool(speech.BOOKED.search(said))

    def reactions(self) -> Sequence[Reaction]:
        assert self.wanted
        day, time = spoken(self.wanted), said_time(self.wanted)
        return (
            (speech.BOOK, self._confirm),
            (speech.OFFER, self._choose),
            (r"¿Para qué día quieres la cita\?", lambda _: f"el {day}"),
            (r"¿A qué hora\?", lambda _: f"a las {time}"),
            (r"¿Probamos con otro día\?", lambda _: f"el {day} a las {time}"),
        )

    async def react(self, heard: Sequence[str]) -> str | None:
        reply = await super().react(heard)
        if self.meeting and reply and speech.BOOK.search("\n".join(heard)):
            await self.meeting.wait(self.phone.number)
        return reply

    def _confirm(self, said: str) -> str:
        return self.agree("book") if self._is_wanted(speech.BOOK.search(said)) else ""

    def _choose(self, said: str) -> str:
        self.offered = True
        offers = list(speech.LISTED.finditer(said))
        if not offers:
            return self.tell()
        place = self.dice.randrange(len(offers))
        self.wanted = moment_of(offers[place]["day"], offers[place]["time"], self.today)
        if self.dice.random() < 0.5:
            return ("el primero", "el segundo", "el tercero")[place]
        return f"el {spoken(self.wanted)} a las {said_time(self.wanted)}"


@dataclass
class OwnerOfOne(Person):
    """Has one appointment already.

    Attributes:
        appointment_id: its id.
        start: when it is.
        by_number: whether the wish names it.
    """

    appointment_id: str = ""
    start: datetime | None = None
    by_number: bool = True

    def reactions(self) -> Sequence[Reaction]:
        return ((r"¿Cuál es el número de la cita\?|número de tu solicitud", lambda _: self.appointment_id),)


@dataclass
class Payer(OwnerOfOne):
    """Wants to pay for the appointment, in one piece or part of it.

    Attributes:
        amount: how much, a whole number.
        method: in the assistant's word for it.
        at_once: whether everything is said in the first message.
    """

    amount: int = 50
    method: str = "tarjeta"
    at_once: bool = False

    def wish(self) -> str:
        how = f"{self.amount} dólares con {self.method} " if self.at_once else ""
        return f"Quiero pagar {how}de mi cita {self.appointment_id}" if how else f"pagar cita {self.appointment_id}"

    def is_served(self, said: str) -> bool:
        return bool(speech.PAID.search(said))

    def reactions(self) -> Sequence[Reaction]:
        return (
            (speech.PAY, self._confirm),
            (speech.NOTHING_OWED, self._leave),
            (r"¿Cuánto quieres pagar\?", lambda _: f"{self.amount} dólares"),
            (r"¿Cómo quieres pagar", lambda _: f"con {self.method}"),
            *super().reactions(),
        )

    def _confirm(self, said: str) -> str:
        asked = speech.PAY.search(said)
        assert asked
        if asked["amount"] == f"{self.amount}.00" and asked["method"].lower() == self.method:
            return self.agree("pay")
        self.end(Outcome.MISLED)
        return ""

    def _leave(self, said: str) -> str:
        self.end(Outcome.GAVE_UP)
        return ""


@dataclass
class Canceller(OwnerOfOne):
    """Wants to cancel the appointment."""

    def wish(self) -> str:
        return "quiero cancelar mi cita" + (f" {self.appointment_id}" if self.by_number else "")

    def is_served(self, said: str) -> bool:
        return any(words.search(said) for words in (speech.CANCELLED, speech.WAS_CANCELLED, speech.IS_CANCELLED))

    def reactions(self) -> Sequence[Reaction]:
        return ((speech.CANCEL, self._confirm), *super().reactions())

    def _confirm(self, said: str) -> str:
        asked = speech.CANCEL.search(said)
        assert asked
        assert self.start
        if asked["id"] == self.appointment_id and asked["time"] == said_time(self.start):
            return self.agree("cancel")
        self.end(Outcome.MISLED)
        return ""


@dataclass
class Mover(OwnerOfOne):
    """Wants the appointment at another time, which is `wanted`."""

    def wish(self) -> str:
        assert self.wanted
        return f"quiero cambiar mi cita {self.appointment_id} para el {spoken(self.wanted)} a las {self.wanted:%H:%M}"

    def is_served(self, said: str) -> bool:
        return bool(speech.MOVED.search(said) or re.search(r"ya está para el", said))

    def reactions(self) -> Sequence[Reaction]:
        assert self.wanted
        return (
            (speech.MOVE, lambda said: self.agree("move") if self._is_wanted(speech.MOVE.search(said)) else ""),
            (r"¿Para qué día", lambda _: f"el {spoken(self.wanted)}" if self.wanted else ""),
            (r"¿A qué hora\?", lambda _: f"a las {self.wanted:%H:%M}"),
            *super().reactions(),
        )


@dataclass
class Asker(OwnerOfOne):
    """Wants to know things, one after the other.

    Attributes:
        questions: each with the words that answer it.
    """

    questions: Sequence[tuple[str, re.Pattern[str]]] = ()
    answered: int = 0

    def wish(self) -> str:
        return self.questions[self.answered][0]

    def is_served(self, said: str) -> bool:
        return bool(self.questions[self.answered][1].search(said))

    async def react(self, heard: Sequence[str]) -> str | None:
        reply = await super().react(heard)
        if self.outcome is not Outcome.SERVED or self.answered + 1 == len(self.questions):
            return reply
        self.answered += 1
        self.outcome, self.wishes, self.retries = Outcome.OPEN, 0, 0
        return self.tell()


def moment_of(day: str, time: str, today: datetime) -> datetime:
    """Gives the moment of a day and a time as the assistant says them."""
    found = re.fullmatch(r"\w+ (\d+) de (\w+)(?: de (\d{4}))?", day)
    assert found
    month = [spoken(datetime(2000, month, 1)) for month in range(1, 13)].index(f"1 de {found[2]}") + 1
    year = int(found[3]) if found[3] else today.year
    return datetime(year, month, int(found[1]), int(time[:2]), int(time[3:]), tzinfo=today.tzinfo)
