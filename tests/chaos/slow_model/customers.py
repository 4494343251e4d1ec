"""Fifty customers who write as people do, with pauses, and know word for word which facts each answer has to hold."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.chaos.agenda import spoken
from tests.chaos.bad_day.business import CURRENCY, PRICE, Diary
from tests.chaos.bad_day.crowd import FIRST_NUMBER, BadDay
from tests.chaos.bad_day.exchange import Phone, Silence
from tests.chaos.bad_day.people import Outcome, Person
from tests.chaos.bad_day.speech import said_day, said_time
from tests.chaos.bad_day.tables import Sent
from tests.chaos.world import World

CONTACTS = 50
# Seconds over which they come, and between an answer and the next message: two cores are not to be the limit.
COME, PAUSE = 30.0, (2.0, 8.0)

Step = tuple[str, str, str | None]
"""What is said, a regular expression for the answer, and the kind of change that it agrees to."""


@dataclass
class Customer(Person):
    """Says one thing after the other.

    Attributes:
        steps: what is said, and must be answered.
        misheard: what was answered otherwise.
    """

    steps: Sequence[Step] = ()
    misheard: list[str] = field(default_factory=list)

    async def converse(self) -> None:
        """Writes, and looks at each answer."""
        await asyncio.sleep(self.dice.uniform(0, COME))
        try:
            for said, wanted, change in self.steps:
                if change:
                    self.agree(change)
                answer = "\n".join(await self.phone.say(said))
                if not re.search(wanted, answer):
                    self.misheard.append(
                        f"an answer without its facts: to {said!r} {answer!r}, where {wanted!r} belongs"
                    )
                await asyncio.sleep(self.dice.uniform(*PAUSE))
            self.end(Outcome.SERVED)
        except Silence:
            self.end(Outcome.SILENCE)


async def prepare(world: World, seed: str) -> tuple[BadDay, Sequence[Customer]]:
    """Makes the customers, half of them with an appointment."""
    diary, sent, customers = Diary(await world.business()), Sent(world.database_url), []
    for place in range(CONTACTS):
        number = f"+{FIRST_NUMBER + place}"
        email = f"persona{number[-6:]}@correo-de-prueba.mx"
        diary.add_customer(email, number)
        dice = Random(f"{seed} {number}")
        steps = tuple((_cancels if place % 2 else _books)(diary, email))
        phone = Phone(world.sandbox, sent, number, dice)
        customers.append(Customer(phone, email, diary.today, dice, world.sandbox, steps=steps))
    (await world.sandbox.put("/sandbox/business", json=diary.document())).raise_for_status()
    return BadDay(customers, (), await world.business()), customers


def _cancels(diary: Diary, email: str) -> Iterator[Step]:
    start = diary.hour()
    number = diary.add_appointment(email, start)
    day, hour = said_day(start, diary.today), said_time(start)
    yield "hola, buenas tardes", r"¡Hola, Cliente\b", None
    yield "ayuda", r"agendar, pagar, cambiar o cancelar una cita", None
    yield f"¿cómo va mi cita {number}?", rf"Tu cita {number} está confirmada para el {day} a las {hour}\.", None
    yield f"cancelar cita {number}", rf"¿Cancelo tu cita {number} del {day} a las {hour}\?", None
    yield "sí", rf"cancelé tu cita {number} del {day} a las {hour}\.", "cancel"
    yield f"¿cómo va mi cita {number}?", rf"La cita {number} del {day} a las {hour} está cancelada\.", None
    yield "gracias", r"", None
    yield "adiós", r"", None


def _books(diary: Diary, email: str) -> Iterator[Step]:
    start = diary.hour()
    day, hour, price = said_day(start, diary.today), said_time(start), re.escape(f"{PRICE} {CURRENCY}")
    yield "buenos días", r"¡Hola, Cliente\b", None
    yield "¿puedo pagar en partes?", r"\bpartes\b", None
    wish = f"Quiero agendar una cita el {spoken(start)} a las {hour}"
    yield wish, rf"¿Agendo tu cita de .* para el {day} a las {hour}, a nombre de {re.escape(email)}\?", None
    booked = (
        rf"agendada para el {day} a las {hour}\. Su número es (C-\d+) y está a nombre de {re.escape(email)}\."
        rf"(?s:.*)El costo es de {price}\. .*«pagar cita \1»"
    )
    yield "sí", booked, "book"
    yield "¿qué paquetes tienen?", rf"Estos son nuestros paquetes(?s:.*){price}", None
    yield "gracias", r"", None
    yield "adiós", r"", None
