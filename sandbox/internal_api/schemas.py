"""The bodies that clients send and the answers they get."""

from typing import Literal

from pydantic import Field

from sandbox.internal_api.problems import DebtAnswer, SlotAnswer
from sandbox.internal_api.values import (
    DECIMAL,
    LINK,
    PHONE,
    Amount,
    Answer,
    Body,
    Currency,
    GroupSize,
    Identifier,
    Instant,
    IsoDate,
    LongText,
    Money,
    OneTimeCode,
    PersonName,
    Phone,
)
from sandbox.internal_api.vocabulary import (
    AppointmentStatus,
    EntryKind,
    Method,
    PackageType,
    PaymentStatus,
    RequestStatus,
)

_LOCAL = "In the business's time zone, with its offset."
_WALL_TIME = "^([01][0-9]|2[0-3]):[0-5][0-9]$"


class Health(Answer):
    """That the service answers."""

    status: Literal["ok"]


class OpeningHoursAnswer(Answer):
    """One stretch of a weekday in which sessions take place, on the business's wall clock."""

    weekday: int = Field(..., ge=0, le=6, description="Monday is 0.")
    opens: str = Field(..., regex=_WALL_TIME, examples=["10:00"])
    closes: str = Field(..., regex=_WALL_TIME, examples=["19:00"])


class SessionTypeAnswer(Answer):
    """A kind of consultation."""

    id: str = Field(..., examples=["carta_natal"])
    name: str = Field(..., examples=["carta natal"])
    duration_minutes: int = Field(..., examples=[60])


class BusinessAnswer(Answer):
    """Who the business is, when it is open and what it does."""

    name: str = Field(..., examples=["Casa Astral"])
    timezone: str = Field(..., description="IANA.", examples=["America/Mexico_City"])
    currency: str = Field(..., examples=["USD"])
    contact_phone: str = Field(..., examples=["+525555550100"])
    contact_email: str = Field(..., examples=["hola@casaastral.example"])
    opening_hours: list[OpeningHoursAnswer]
    session_types: list[SessionTypeAnswer]
    booking_horizon_days: int = Field(..., examples=[60])


class PackageAnswer(Answer):
    """Something sold, with its prices."""

    id: str = Field(..., examples=["carta-natal"])
    name: str = Field(..., examples=["Carta natal"])
    description: str
    type: PackageType
    session_type: str = Field(..., examples=["carta_natal"])
    duration_minutes: int = Field(..., examples=[60])
    sessions: int = Field(..., examples=[1])
    prices: list[Money]


class PackagesAnswer(Answer):
    """The packages that fit what was asked."""

    packages: list[PackageAnswer]


class SlotsAnswer(Answer):
    """Free slots, in order of time."""

    slots: list[SlotAnswer]


class NewAppointment(Body):
    """A booking; without a session type or package it is the business's default session."""

    start: Instant = Field(..., examples=["2026-11-24T15:00:00-06:00"])
    session_type: Identifier | None = Field(None, examples=["carta_natal"])
    package_id: Identifier | None = Field(None, examples=["carta-natal"])
    group_size: GroupSize | None = Field(None, description="1 when absent.", examples=[1])
    customer_name: PersonName | None = Field(
        None, description="Kept when the e-mail is a new customer's.", examples=["Ana López"]
    )


class AppointmentAnswer(Answer):
    """A booking, with what is paid and owed."""

    id: str = Field(..., examples=["C-1042"])
    status: AppointmentStatus
    start: str = Field(..., description=_LOCAL, format="date-time", examples=["2026-11-24T15:00:00-06:00"])
    end: str = Field(..., description=_LOCAL, format="date-time", examples=["2026-11-24T16:00:00-06:00"])
    session_type: str = Field(..., examples=["carta_natal"])
    package_id: str | None = Field(..., examples=["carta-natal"])
    group_size: int = Field(..., examples=[1])
    price: Money
    paid: Money = Field(..., description="What has been received.")
    owed: Money = Field(..., description="The price less what is paid and what a valid pending payment promises.")
    customer_email: str = Field(..., examples=["ana@example.com"])


class AppointmentsAnswer(Answer):
    """A customer's appointments, in order of time."""

    appointments: list[AppointmentAnswer]


class Cancellation(Body):
    """Why an appointment is cancelled."""

    reason: LongText | None = Field(None, examples=["Me surgió un viaje"])


class Rescheduling(Body):
    """When an appointment is to take place instead."""

    start: Instant = Field(..., examples=["2026-11-25T15:00:00-06:00"])


class ReminderAnswer(Answer):
    """An appointment that its customer can be reminded of."""

    appointment_id: str = Field(..., examples=["C-1042"])
    start: str = Field(..., description=_LOCAL, format="date-time", examples=["2026-11-24T15:00:00-06:00"])
    session_name: str = Field(..., examples=["carta natal"])
    customer_name: str | None = Field(..., examples=["Ana López"])
    phone: str = Field(..., regex=PHONE, description="E.164.", examples=["+5215512345678"])


class RemindersAnswer(Answer):
    """A day's reminders, in order of time."""

    reminders: list[ReminderAnswer]


class NewVerification(Body):
    """A wish for a code; the headers say all there is to say."""


class VerificationAnswer(Answer):
    """A code is on its way, if the e-mail is on file."""

    id: str = Field(..., examples=["dM9n2sVbT0CkqZ1yXw3P5g"])
    expires_at: str = Field(..., description=_LOCAL, format="date-time", examples=["2026-11-24T15:10:00-06:00"])
    tries_left: int = Field(..., examples=[3])


class CodeCheck(Body):
    """The code as the person wrote it."""

    code: OneTimeCode = Field(..., examples=["123456"])


class TokenAnswer(Answer):
    """What verifies the person from now on."""

    token: str = Field(..., description="For X-Verification.", examples=["5Jm0nYb7cQ2rT9wXz3LkVd8hFs1gAeUoPi6yMxRtN4E"])
    expires_at: str = Field(..., description=_LOCAL, format="date-time", examples=["2026-11-24T16:05:00-06:00"])


class RequestAnswer(Answer):
    """Something a customer asked for, and how it stands."""

    id: str = Field(..., examples=["12345"])
    kind: str = Field(..., examples=["carta_escrita"])
    status: RequestStatus
    subject: str
    created_at: str = Field(..., description=_LOCAL, format="date-time")
    updated_at: str = Field(..., description=_LOCAL, format="date-time")
    detail: str


class NewPayment(Body):
    """A payment for one appointment or package, or for the only thing owed."""

    amount: Amount = Field(..., examples=["50.00"])
    currency: Currency | None = Field(None, description="The debt's own when absent.", examples=["USD"])
    method: Method
    appointment_id: Identifier | None = Field(None, examples=["C-1042"])
    package_id: Identifier | None = Field(None, examples=["carta-natal"])


class PaymentAnswer(Answer):
    """A payment, and how to complete it."""

    id: str = Field(..., examples=["PAY-1002"])
    status: PaymentStatus
    amount: str = Field(..., regex=DECIMAL, examples=["50.00"])
    currency: str = Field(..., examples=["USD"])
    method: Method
    appointment_id: str | None = Field(..., examples=["C-1042"])
    package_id: str | None = Field(..., examples=["carta-natal"])
    link: str | None = Field(..., regex=LINK, description="Where to pay by card or PayPal; valid for 24 hours.")
    reference: str = Field(..., examples=["CA-001002"])
    owed_after: Money = Field(..., description="What stays owed once this payment is complete.")


class QuoteTarget(DebtAnswer):
    """Something owed, or a package to buy."""

    description: str = Field(..., examples=["Carta natal, 27/11/2026 11:00"])


class QuoteAnswer(Answer):
    """What is owed."""

    targets: list[QuoteTarget]


class HistoryEntry(Answer):
    """One line of a customer's history."""

    date: str = Field(..., description=_LOCAL, format="date-time")
    kind: EntryKind
    description: str = Field(..., examples=["Carta natal"])
    status: str = Field(..., examples=["completed"])
    amount: Money | None = Field(...)
    id: str = Field(..., examples=["C-1001"])


class HistoryAnswer(Answer):
    """A customer's history, the latest first."""

    entries: list[HistoryEntry]


class ProfileAnswer(Answer):
    """What the business knows of a customer."""

    name: str | None = Field(..., examples=["Ana López"])
    email: str = Field(..., examples=["ana@example.com"])
    phone: str | None = Field(..., regex=PHONE, examples=["+5215512345678"])
    birth_date: str | None = Field(..., format="date", examples=["1990-04-12"])


class ProfileChange(Body):
    """What is to change; what is absent or null stays as it is."""

    name: PersonName | None = Field(None, examples=["Ana María López"])
    phone: Phone | None = Field(None, examples=["+5215512345678"])
    birth_date: IsoDate | None = Field(None, description="In the past, not before 1900.", examples=["1990-04-12"])


class ChangedProfileAnswer(ProfileAnswer):
    """The profile after a change."""

    changed: list[str] = Field(..., description="The fields whose value is now another.", examples=[["name"]])


class ContactAnswer(Answer):
    """The customer whose phone it is."""

    name: str | None = Field(..., examples=["Ana López"])
    email: str = Field(..., examples=["ana@example.com"])


class NewHandoff(Body):
    """A wish to talk to a person."""

    contact_phone: Phone | None = Field(None, examples=["+5215512345678"])
    reason: LongText = Field(..., examples=["Quiere hablar con una persona"])


class HandoffAnswer(Answer):
    """That the wish is noted."""

    id: str = Field(..., examples=["H-1"])
