"""What the business system answers, typed. Fields the contract adds later are ignored.

Times are aware datetimes in the business's zone, amounts are decimals beside an ISO 4217 currency.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, Extra

from actions.values import Money


class _Answer(BaseModel):
    class Config:
        extra = Extra.ignore
        frozen = True


class Price(_Answer):
    """An amount of money."""

    amount: Decimal
    currency: str

    @property
    def money(self) -> Money:
        """The same, as it is written for customers."""
        return Money(self.amount, self.currency)


class OpeningHours(_Answer):
    """When the business is open on one weekday (0 is Monday)."""

    weekday: int
    opens: dt.time
    closes: dt.time


class SessionType(_Answer):
    """A kind of consultation; the duration is in minutes."""

    id: str
    name: str
    duration_minutes: int


class Business(_Answer):
    """The business's own data."""

    name: str
    timezone: str
    currency: str
    contact_phone: str | None = None
    contact_email: str | None = None
    opening_hours: tuple[OpeningHours, ...] = ()
    session_types: tuple[SessionType, ...] = ()
    booking_horizon_days: int = 60

    def hours_on(self, day: dt.date) -> tuple[OpeningHours, ...]:
        """Gives the hours of that day, none when closed."""
        return tuple(hours for hours in self.opening_hours if hours.weekday == day.weekday())


class Package(_Answer):
    """Something the business sells."""

    id: str
    name: str
    description: str = ""
    type: str
    session_type: str | None = None
    duration_minutes: int
    sessions: int = 1
    prices: tuple[Price, ...]


class Slot(_Answer):
    """A free time."""

    start: dt.datetime
    end: dt.datetime


class Appointment(_Answer):
    """A consultation somebody booked."""

    id: str
    status: Literal["booked", "cancelled", "completed"]
    start: dt.datetime
    end: dt.datetime
    session_type: str | None = None
    package_id: str | None = None
    group_size: int | None = None
    price: Price | None = None
    paid: Price | None = None
    owed: Price | None = None


class ServiceRequest(_Answer):
    """A request the customer made, and how far it is."""

    id: str
    kind: str
    status: Literal["received", "in_review", "approved", "rejected", "done"]
    subject: str
    created_at: dt.datetime
    updated_at: dt.datetime
    detail: str | None = None


class PaymentTarget(_Answer):
    """One thing that is still to be paid."""

    appointment_id: str | None = None
    package_id: str | None = None
    description: str = ""
    owed: Price


class Payment(_Answer):
    """A payment that was begun or made."""

    id: str
    status: Literal["pending", "paid"]
    amount: Decimal
    currency: str
    method: str
    appointment_id: str | None = None
    package_id: str | None = None
    link: str | None = None
    reference: str | None = None
    owed_after: Price | None = None


class HistoryEntry(_Answer):
    """One thing that happened between the customer and the business."""

    id: str
    date: dt.datetime
    kind: str
    description: str
    status: str
    amount: Price | None = None


class Profile(_Answer):
    """What the business knows of a customer."""

    name: str | None = None
    phone: str | None = None
    birth_date: dt.date | None = None
    changed: tuple[str, ...] = ()


class KnownContact(_Answer):
    """The customer whose number this is."""

    name: str | None = None
    email: str | None = None
