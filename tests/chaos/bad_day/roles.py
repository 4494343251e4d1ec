"""What customers want: to book, to pay, to cancel, to move an appointment, to know something."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.chaos.agenda import spoken
from tests.chaos.bad_day import speech
from tests.chaos.bad_day.people import Meeting, Outcome, Person, Reaction
from tests.chaos.bad_day.speech import moment_of, said_time


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
