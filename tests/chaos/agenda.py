"""The days that customers ask about, and the times that they book."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle, zip_longest
from random import Random
from zoneinfo import ZoneInfo

from tests.chaos.world import World

MONTHS = (
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()  # noqa: SIM905
)
# Today and tomorrow have names of their own.
FIRST_DAY, FIRST_BOOKED_DAY, HORIZON = 2, 31, 59


class Calendar:
    """The business's free times: the next month is asked about, the one after it is booked."""

    def __init__(self, days: list[datetime], slots: list[str]) -> None:
        self._days = days
        self._slots = iter(slots)

    @classmethod
    async def read(cls, world: World) -> Calendar:
        """Reads it from the business as it is before anybody books."""
        today = datetime.now(ZoneInfo("America/Mexico_City")).date()
        first, second, last = (
            (today + timedelta(days=days)).isoformat() for days in (FIRST_DAY, FIRST_BOOKED_DAY, HORIZON)
        )
        asked = [slot for slot in await world.slots(first, second) if slot[:10] != second]
        by_day: dict[str, list[str]] = {}
        for slot in await world.slots(second, last):
            by_day.setdefault(slot[:10], []).append(slot)
        # One of each day in turn, so that no day is soon full.
        in_turn = [slot for hour in zip_longest(*by_day.values()) for slot in hour if slot]
        return cls([datetime.fromisoformat(day) for day in sorted({slot[:10] for slot in asked})], in_turn)

    def days_to_ask(self, dice: Random) -> Iterator[datetime]:
        """Gives all days again and again, in an order of the customer's own."""
        return cycle(dice.sample(self._days, len(self._days)))

    def take_slot(self) -> str:
        """Gives the start of a free hour that nobody else gets."""
        return next(self._slots)


def spoken(moment: datetime) -> str:
    """Says the day as the assistant does: "3 de diciembre"."""
    return f"{moment.day} de {MONTHS[moment.month - 1]}"
