"""Five hundred customers, what they have at the business, and how they come one after the other."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx

from tests.chaos.agenda import spoken
from tests.chaos.bad_day.business import Diary
from tests.chaos.bad_day.exchange import Exchange, Outbox, Phone
from tests.chaos.bad_day.people import Meeting, Person
from tests.chaos.bad_day.roles import Asker, Booker, Canceller, Mover, Payer
from tests.chaos.bad_day.tables import Sent
from tests.chaos.world import World

BOOKERS, STEPWISE, ALTERNATIVES, PAIRS = 100, 65, 25, 20
PAYERS, CANCELLERS, MOVERS, STATUS, HISTORY, QUESTIONERS = 100, 50, 20, 25, 25, 50
# Of each of these kinds so many show who they are by a code.
BY_CODE = 5
AT_ONCE = 60
FIRST_NUMBER = 5215570000001
METHODS = ("tarjeta", "transferencia", "efectivo", "paypal")


@dataclass(frozen=True)
class BadDay:
    """The crowd of one run.

    Attributes:
        people: everybody, in the order of coming.
        pairs: those of them of whom two want the same hour.
        before: the business's state before the first came.
    """

    people: Sequence[Person]
    pairs: Sequence[tuple[Booker, Booker]]
    before: dict[str, Any]


async def prepare(world: World, seed: str) -> BadDay:
    """Makes the customers and puts into the business's state what they have there."""
    diary = Diary(await world.business())
    cast = _Cast(world.sandbox, Sent(world.database_url), diary, seed)
    pairs = [cast.pair() for _ in range(PAIRS)]
    groups: list[list[Person]] = [
        [*cast.bookers(), *cast.askers()],
        [*cast.payers(), *cast.cancellers(), *cast.movers()],
    ]
    singles: list[Sequence[Person]] = [[person] for group in groups for person in group]
    Random(seed).shuffle(singles)
    every = len(singles) // PAIRS
    for place, pair in enumerate(pairs):
        singles.insert(place * (every + 1), pair)
    (await world.sandbox.put("/sandbox/business", json=diary.document())).raise_for_status()
    return BadDay([person for group in singles for person in group], pairs, await world.business())


async def converse(world: World, people: Sequence[Person]) -> None:
    """Has everybody talk, many at once."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(person: Person) -> None:
        async with places:
            await person.converse()

    phones = [person.phone for person in people]
    exchange = Exchange(world.sandbox, phones)
    async with exchange.listening():
        await asyncio.gather(*(one(person) for person in people))
    await exchange.catch_up(phones)


class _Cast:
    """Makes customers, each known to the business by its number or by its e-mail only."""

    def __init__(self, sandbox: httpx.AsyncClient, outbox: Outbox, diary: Diary, seed: str) -> None:
        self._sandbox = sandbox
        self._outbox = outbox
        self._diary = diary
        self._seed = seed
        self._count = 0

    def _new(self, *, is_known: bool = True) -> dict[str, Any]:
        number = f"+{FIRST_NUMBER + self._count}"
        self._count += 1
        email = f"persona{number[-6:]}@correo-de-prueba.mx"
        self._diary.add_customer(email, number if is_known else None)
        dice = Random(f"{self._seed} {number}")
        phone = Phone(self._sandbox, self._outbox, number, dice)
        who = {"phone": phone, "email": email, "dice": dice, "is_known": is_known}
        return who | {"today": self._diary.today, "sandbox": self._sandbox}

    def _owner(self, place: int) -> dict[str, Any]:
        """Gives a customer with an appointment; the first ones of a kind show who they are by a code."""
        who, start = self._new(is_known=place >= BY_CODE), self._diary.hour()
        return who | {"start": start, "appointment_id": self._diary.add_appointment(who["email"], start)}

    def pair(self) -> tuple[Booker, Booker]:
        """Gives two who want the same hour of a day that is free otherwise."""
        hour, meeting = self._diary.day(), Meeting()
        return Booker(**self._new(), wanted=hour, meeting=meeting), Booker(**self._new(), wanted=hour, meeting=meeting)

    def bookers(self) -> Iterator[Person]:
        """Gives those who book, of whom some want what is taken."""
        for place in range(BOOKERS + STEPWISE):
            yield Booker(**self._new(), wanted=self._diary.hour(), stepwise=place >= BOOKERS)
        for _ in range(ALTERNATIVES):
            taken = self._diary.day()
            self._diary.add_appointment("carlos@example.com", taken)
            yield Booker(**self._new(), wanted=taken)

    def payers(self) -> Iterator[Person]:
        """Gives those who pay, every third in part."""
        for place in range(PAYERS):
            how = {"amount": 20 if place % 3 == 0 else 50, "method": METHODS[place % 4], "at_once": place % 2 == 0}
            yield Payer(**self._owner(place), **how)

    def cancellers(self) -> Iterator[Person]:
        """Gives those who cancel, half of them without the number."""
        for place in range(CANCELLERS):
            yield Canceller(**self._owner(place), by_number=place % 2 == 0)

    def movers(self) -> Iterator[Person]:
        """Gives those who move their appointment."""
        for place in range(MOVERS):
            yield Mover(**self._owner(place), wanted=self._diary.hour())

    def askers(self) -> Iterator[Person]:
        """Gives those who ask for a status, for their history, for free times and packages."""
        for place in range(STATUS):
            who = self._owner(BY_CODE + place)
            number = self._diary.add_request(who["email"])
            stands = (
                f"¿cómo va mi cita {who['appointment_id']}?",
                re.compile(rf"Tu cita {who['appointment_id']} está"),
            )
            request = (f"¿cómo va mi solicitud {number}?", re.compile(rf"Tu solicitud {number} .* está en revisión"))
            yield Asker(**who, questions=(stands, request))
        for place in range(HISTORY):
            history = ("quiero ver mi historial", re.compile(r"Este es tu historial"))
            yield Asker(**self._owner(place), questions=(history,))
        for _ in range(QUESTIONERS):
            day = spoken(self._diary.hour())
            times = re.compile(rf"^(?:Horarios libres \(|No hay horarios libres para )\w+ {day}\b", re.M)
            packages = re.compile("Estos son nuestros paquetes")
            asked = ((f"¿qué horarios tienen el {day}?", times), ("¿qué paquetes tienen?", packages))
            yield Asker(**self._new(), questions=asked)
