"""The business before the bad day: its free hours, and what the customers have there already."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Mexico_City")
HORIZON, FIRST_DAY = 300, 3
OPENS, CLOSES = 10, 19
HOURS = range(OPENS, CLOSES)
FIRST_NUMBER, FIRST_REQUEST = 2001, 300001
PRICE, CURRENCY = "50.00", "USD"

Row = dict[str, Any]


class Diary:
    """Hands out hours that nobody else gets, and whole days; mends the state so that they are there.

    Attributes:
        today: the present moment in the business's zone.
    """

    def __init__(self, state: dict[str, Any]) -> None:
        self.today = datetime.now(ZONE).replace(microsecond=0)
        self._state = state
        self._numbers = iter(range(FIRST_NUMBER, 10**6))
        self._requests = iter(range(FIRST_REQUEST, 10**7))
        taken = {row["start"][:10] for row in state["appointments"]}
        days = (self.today + timedelta(days=days) for days in range(FIRST_DAY, HORIZON))
        self._days = iter([day for day in days if day.weekday() < 5 and day.date().isoformat() not in taken])
        self._hours = self._each_hour()

    def hour(self) -> datetime:
        """Gives the start of a free hour."""
        return next(self._hours)

    def day(self) -> datetime:
        """Gives noon of a day that is free from morning to evening."""
        return next(self._days).replace(hour=12, minute=0, second=0)

    def add_customer(self, email: str, phone: str | None) -> None:
        """Makes somebody a customer."""
        row = {"email": email, "name": "Cliente de Prueba", "phone": phone, "birth_date": None}
        self._state["customers"].append(row | {"created_at": self.today.isoformat()})

    def add_appointment(self, email: str, start: datetime) -> str:
        """Books an hour, unpaid, and gives the appointment's id."""
        row = {
            "id": f"C-{next(self._numbers)}", "customer_email": email, "status": "booked",
            "start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat(),
            "session_type": "carta_natal", "package_id": "carta-natal", "group_size": 1,
            "price": {"amount": PRICE, "currency": CURRENCY}, "cancellation_reason": None,
            "created_at": self.today.isoformat(),
        }  # fmt: skip
        self._state["appointments"].append(row)
        return str(row["id"])

    def add_request(self, email: str) -> str:
        """Files a request and gives its number."""
        number = str(next(self._requests))
        row = {"id": number, "customer_email": email, "kind": "carta_escrita", "status": "in_review"}
        told = {"subject": "Carta natal por escrito", "detail": "La está revisando la astróloga."}
        at = self.today.isoformat()
        self._state["requests"].append(row | told | {"created_at": at, "updated_at": at})
        return number

    def document(self) -> dict[str, Any]:
        """Gives the state with everything that was added."""
        hours = [{"weekday": day, "opens": f"{OPENS}:00", "closes": f"{CLOSES}:00"} for day in range(5)]
        business = self._state["business"] | {"booking_horizon_days": HORIZON}
        return self._state | {"business": business, "opening_hours": hours}

    def _each_hour(self) -> Iterator[datetime]:
        while True:
            day = self.day()
            for hour in HOURS:
                yield day.replace(hour=hour)
