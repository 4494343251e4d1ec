"""The whole state of the business as one JSON document."""

import re
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ConstrainedInt, ConstrainedStr, Field, validator

from sandbox.internal_api.values import (
    Body,
    Currency,
    Email,
    GroupSize,
    Instant,
    IsoDate,
    LongText,
    Minutes,
    PersonName,
    Phone,
    ShortText,
)
from sandbox.internal_api.vocabulary import (
    AppointmentStatus,
    Method,
    PackageType,
    PaymentStatus,
    RequestStatus,
)

_YEARS = range(1900, 2200)


class Slug(ConstrainedStr):
    """An id of letters, digits, "-" and "_"."""

    strict = True
    regex = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")


class Numbered(ConstrainedStr):
    """An id made of a prefix and a number, such as "C-1042"."""

    strict = True
    regex = re.compile(r"^[A-Z]{1,4}-(0|[1-9][0-9]{0,11})$")


class RequestId(ConstrainedStr):
    """A request's number."""

    strict = True
    regex = re.compile(r"^[0-9]{1,12}$")


class WallTime(ConstrainedStr):
    """A time of day, "HH:MM"."""

    strict = True
    regex = re.compile(r"^([01][0-9]|2[0-3]):[0-5][0-9]$")


class Price(ConstrainedStr):
    """A decimal of two places, which may be zero."""

    strict = True
    regex = re.compile(r"^(0|[1-9][0-9]{0,11})\.[0-9]{2}$")


class Weekday(ConstrainedInt):
    """A day of the week; Monday is 0."""

    strict = True
    ge = 0
    le = 6


class Count(ConstrainedInt):
    """A number of days or sessions."""

    strict = True
    ge = 1
    le = 366


class Dated(Body):
    """Part of the document; its instants lie in years that every time zone can show."""

    @validator("*")
    @classmethod
    def _within_the_calendar(cls, value: object) -> object:
        if isinstance(value, datetime) and value.year not in _YEARS:
            raise ValueError(f"the year must be from {_YEARS.start} to {_YEARS.stop - 1}")
        return value


class Cash(Body):
    """An amount of money."""

    amount: Price
    currency: Currency


class BusinessPart(Body):
    """The business and its booking rules."""

    name: PersonName
    timezone: ShortText
    currency: Currency
    contact_phone: Phone
    contact_email: Email
    booking_horizon_days: Count
    slot_step_minutes: Literal[15, 30, 60]
    default_session_type: Slug

    @validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
            raise ValueError("not an IANA time zone") from exc
        return value


class HoursPart(Body):
    """One stretch of a weekday."""

    weekday: Weekday
    opens: WallTime
    closes: WallTime


class SessionTypePart(Body):
    """A kind of consultation."""

    id: Slug
    name: PersonName
    duration_minutes: Minutes
    max_group_size: GroupSize


class PackagePart(Body):
    """Something sold."""

    id: Slug
    name: PersonName
    description: LongText
    type: PackageType
    session_type: Slug
    duration_minutes: Minutes
    sessions: Count
    prices: list[Cash] = Field(..., min_items=1)


class CustomerPart(Dated):
    """A person."""

    email: Email
    name: PersonName | None
    phone: Phone | None
    birth_date: IsoDate | None
    created_at: Instant


class RequestPart(Dated):
    """Something asked for."""

    id: RequestId
    customer_email: Email
    kind: Slug
    status: RequestStatus
    subject: ShortText
    detail: LongText
    created_at: Instant
    updated_at: Instant


class AppointmentPart(Dated):
    """A booking."""

    id: Numbered
    customer_email: Email
    status: AppointmentStatus
    start: Instant
    end: Instant
    session_type: Slug
    package_id: Slug | None
    group_size: GroupSize
    price: Cash
    cancellation_reason: LongText | None
    created_at: Instant


class PurchasePart(Dated):
    """A package bought."""

    id: Numbered
    customer_email: Email
    package_id: Slug
    price: Cash
    created_at: Instant


class PaymentPart(Dated):
    """Money paid or promised, for one appointment or one purchase."""

    id: Numbered
    customer_email: Email
    appointment_id: Numbered | None
    purchase_id: Numbered | None
    status: PaymentStatus
    amount: Price
    currency: Currency
    method: Method
    reference: Slug
    link: ShortText | None
    created_at: Instant


class HandoffPart(Dated):
    """A wish to be called back."""

    id: Numbered
    contact_phone: Phone | None
    reason: LongText
    created_at: Instant


class Document(Body):
    """The whole state."""

    business: BusinessPart
    opening_hours: list[HoursPart]
    session_types: list[SessionTypePart]
    packages: list[PackagePart]
    customers: list[CustomerPart]
    requests: list[RequestPart]
    appointments: list[AppointmentPart]
    purchases: list[PurchasePart]
    payments: list[PaymentPart]
    handoffs: list[HandoffPart]
