"""What the business system answers, typed and taken at its word. Fields the contract adds later are ignored.

Times are aware datetimes in the business's zone, amounts are decimals beside an ISO 4217 currency.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, Extra, StrictInt

from actions.values import Money

if TYPE_CHECKING:
    from decimal import Decimal

    Amount = Decimal
    Day = dt.date
    Instant = dt.datetime
    WallTime = dt.time
    Text = str
    Link = str
else:
    from actions.internal_api.strictness import Amount, Day, Instant, Link, Text, WallTime


class _Answer(BaseModel):
    class Config:
        extra = Extra.ignore
        frozen = True


class Price(_Answer):
    """An amount of money."""

    amount: Amount
    currency: Text

    @property
    def money(self) -> Money:
        """The same, as it is written for customers."""
        return Money(self.amount, self.currency)


class OpeningHours(_Answer):
    """When the business is open on one weekday (0 is Monday)."""

    weekday: StrictInt
    opens: WallTime
    closes: WallTime


class SessionType(_Answer):
    """A kind of consultation; the duration is in minutes."""

    id: Text
    name: Text
    duration_minutes: StrictInt


class Business(_Answer):
    """The business's own data."""

    name: Text
    timezone: Text
    currency: Text
    contact_phone: Text | None = None
    contact_email: Text | None = None
    opening_hours: tuple[OpeningHours, ...] = ()
    session_types: tuple[SessionType, ...] = ()
    booking_horizon_days: StrictInt = 60

    @property
    def open_from(self) -> dt.time | None:
        """The earliest hour at which it opens, whatever the day."""
        return min((hours.opens for hours in self.opening_hours), default=None)

    @property
    def open_to(self) -> dt.time | None:
        """The latest hour at which it closes, whatever the day."""
        return max((hours.closes for hours in self.opening_hours), default=None)

    def hours_on(self, day: dt.date) -> tuple[OpeningHours, ...]:
        """Gives the hours of that day, none when closed."""
        return tuple(hours for hours in self.opening_hours if hours.weekday == day.weekday())


class Package(_Answer):
    """Something the business sells."""

    id: Text
    name: Text
    description: Text = ""
    type: Text
    session_type: Text | None = None
    duration_minutes: StrictInt
    sessions: StrictInt = 1
    prices: tuple[Price, ...]


class Slot(_Answer):
    """A free time."""

    start: Instant
    end: Instant


class Appointment(_Answer):
    """A consultation somebody booked."""

    id: Text
    status: Literal["booked", "cancelled", "completed"]
    start: Instant
    end: Instant
    session_type: Text | None = None
    package_id: Text | None = None
    group_size: StrictInt | None = None
    price: Price | None = None
    paid: Price | None = None
    owed: Price | None = None


class ServiceRequest(_Answer):
    """A request the customer made, and how far it is."""

    id: Text
    kind: Text
    status: Literal["received", "in_review", "approved", "rejected", "done"]
    subject: Text
    created_at: Instant
    updated_at: Instant
    detail: Text | None = None


class PaymentTarget(_Answer):
    """One thing that is still to be paid."""

    appointment_id: Text | None = None
    package_id: Text | None = None
    description: Text = ""
    owed: Price


class Payment(_Answer):
    """A payment that was begun or made."""

    id: Text
    status: Literal["pending", "paid"]
    amount: Amount
    currency: Text
    method: Text
    appointment_id: Text | None = None
    package_id: Text | None = None
    link: Link | None = None
    reference: Text | None = None
    owed_after: Price | None = None


class HistoryEntry(_Answer):
    """One thing that happened between the customer and the business."""

    id: Text
    date: Instant
    kind: Text
    description: Text
    status: Text
    amount: Price | None = None


class Profile(_Answer):
    """What the business knows of a customer."""

    name: Text | None = None
    phone: Text | None = None
    birth_date: Day | None = None
    changed: tuple[Text, ...] = ()


class KnownContact(_Answer):
    """The customer whose number this is."""

    name: Text | None = None
    email: Text | None = None


class Reminder(_Answer):
    """An appointment to remind somebody of."""

    appointment_id: Text
    start: Instant
    session_name: Text
    customer_name: Text | None = None
    phone: Text


class StartedVerification(_Answer):
    """A one-time code on its way, if the e-mail is on file."""

    id: Text
    expires_at: Instant
    tries_left: StrictInt


class Verification(_Answer):
    """What a right code brought: the token that proves it, until it expires."""

    token: Text
    expires_at: Instant


class Packages(_Answer):
    """The packages that fit what was asked."""

    packages: tuple[Package, ...]


class Slots(_Answer):
    """Free times, earliest first."""

    slots: tuple[Slot, ...]


class Appointments(_Answer):
    """A customer's appointments, earliest first."""

    appointments: tuple[Appointment, ...]


class PaymentTargets(_Answer):
    """What a customer has still to pay."""

    targets: tuple[PaymentTarget, ...]


class History(_Answer):
    """What happened with a customer, latest first."""

    entries: tuple[HistoryEntry, ...]


class Reminders(_Answer):
    """The appointments of a day to remind people of."""

    reminders: tuple[Reminder, ...]


class Created(_Answer):
    """Something that was noted."""

    id: Text


class Refusal(_Answer):
    """Why the business system refuses, and what it offers instead.

    Attributes:
        code: stable name of the reason.
        customer_message: the reason in words that the customer may hear.
        alternatives: free times near the one that was not.
        owed: what is owed, where the amount or its currency did not fit.
        targets: what could be meant, where several things are owed.
        max_group_size: how many people the session takes.
        tries_left: how often a code may still be tried.
        retry_at: from when on it may be asked again.
    """

    code: Text
    customer_message: Text | None = None
    alternatives: tuple[Slot, ...] = ()
    owed: Price | None = None
    targets: tuple[PaymentTarget, ...] = ()
    max_group_size: StrictInt | None = None
    tries_left: StrictInt | None = None
    retry_at: Instant | None = None
