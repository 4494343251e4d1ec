"""The business system's tables.

Instants are stored in UTC, money in hundredths of its currency (every currency sold in has two decimals).
"""

from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    text,
)
from sqlalchemy.orm import declarative_base, relationship
from sqlalchemy.types import TypeDecorator

from sandbox.internal_api.vocabulary import (
    AppointmentStatus,
    Method,
    PackageType,
    PaymentStatus,
    RequestStatus,
)

if TYPE_CHECKING:

    class Base:
        """What declarative tables offer to the type checker."""

        metadata: Any

        def __init__(self, **values: object) -> None: ...

    class UtcType:
        """What a column type offers to the type checker."""

else:
    Base = declarative_base()
    UtcType = TypeDecorator


class UtcDateTime(UtcType):
    """Stores aware instants in UTC and gives them back aware, on SQLite as on PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> datetime | None:
        """Return the instant in UTC."""
        return value and value.astimezone(timezone.utc)

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        """Return the stored instant, aware."""
        if value is None or value.tzinfo is not None:
            return value and value.astimezone(timezone.utc)
        return value.replace(tzinfo=timezone.utc)


class Business(Base):
    """The one business: its name, clock, money and booking rules."""

    __tablename__ = "business"
    id: int = Column(Integer, CheckConstraint("id = 1"), primary_key=True, default=1)
    name: str = Column(String(100), nullable=False)
    timezone: str = Column(String(64), nullable=False)
    currency: str = Column(String(3), nullable=False)
    contact_phone: str = Column(String(16), nullable=False)
    contact_email: str = Column(String(254), nullable=False)
    booking_horizon_days: int = Column(Integer, nullable=False)
    slot_step_minutes: int = Column(Integer, nullable=False)
    default_session_type: str = Column(String(40), nullable=False)

    @property
    def zone(self) -> ZoneInfo:
        """The business's time zone."""
        return ZoneInfo(self.timezone)

    def now(self) -> datetime:
        """Return the machine's clock, in the business's zone, to the second."""
        return datetime.now(self.zone).replace(microsecond=0)

    def local(self, instant: datetime) -> datetime:
        """Return the instant on the business's wall clock."""
        return instant.astimezone(self.zone)


class OpeningHours(Base):
    """One stretch of a weekday (Monday is 0) in which sessions take place, in local "HH:MM"."""

    __tablename__ = "opening_hours"
    weekday: int = Column(Integer, primary_key=True, autoincrement=False)
    opens: str = Column(String(5), primary_key=True)
    closes: str = Column(String(5), nullable=False)


class SessionType(Base):
    """A kind of consultation."""

    __tablename__ = "session_types"
    id: str = Column(String(40), primary_key=True)
    position: int = Column(Integer, nullable=False)
    name: str = Column(String(100), nullable=False)
    duration_minutes: int = Column(Integer, nullable=False)
    max_group_size: int = Column(Integer, nullable=False)


class Package(Base):
    """Something sold: one or several sessions of one type."""

    __tablename__ = "packages"
    id: str = Column(String(40), primary_key=True)
    position: int = Column(Integer, nullable=False)
    name: str = Column(String(100), nullable=False)
    description: str = Column(Text, nullable=False)
    type: PackageType = Column(String(20), nullable=False)
    session_type: str = Column(ForeignKey("session_types.id"), nullable=False)
    duration_minutes: int = Column(Integer, nullable=False)
    sessions: int = Column(Integer, nullable=False)
    prices: "list[Price]" = relationship("Price", lazy="selectin", order_by="Price.position")

    def price_in(self, currency: str) -> "Price | None":
        """Return the price in a currency, or nothing when it is not sold in it."""
        return next((price for price in self.prices if price.currency == currency), None)


class Price(Base):
    """What a package costs in one currency."""

    __tablename__ = "prices"
    package_id: str = Column(ForeignKey("packages.id"), primary_key=True)
    currency: str = Column(String(3), primary_key=True)
    position: int = Column(Integer, nullable=False)
    amount: int = Column(BigInteger, nullable=False)


class Customer(Base):
    """A person, known by e-mail."""

    __tablename__ = "customers"
    email: str = Column(String(254), primary_key=True)
    name: str | None = Column(String(100))
    phone: str | None = Column(String(16), index=True)
    birth_date: date | None = Column(Date)
    created_at: datetime = Column(UtcDateTime, nullable=False)


class ServiceRequest(Base):
    """Something a customer asked the business for, and how it stands."""

    __tablename__ = "requests"
    id: str = Column(String(12), primary_key=True)
    customer_email: str = Column(ForeignKey("customers.email"), nullable=False, index=True)
    kind: str = Column(String(40), nullable=False)
    status: RequestStatus = Column(String(20), nullable=False)
    subject: str = Column(String(200), nullable=False)
    detail: str = Column(Text, nullable=False)
    created_at: datetime = Column(UtcDateTime, nullable=False)
    updated_at: datetime = Column(UtcDateTime, nullable=False)


class Appointment(Base):
    """A booked session; shown to customers as "C-<number>"."""

    __tablename__ = "appointments"
    number: int = Column(BigInteger, primary_key=True, autoincrement=False)
    customer_email: str = Column(ForeignKey("customers.email"), nullable=False, index=True)
    status: AppointmentStatus = Column(String(20), nullable=False)
    starts_at: datetime = Column(UtcDateTime, nullable=False)
    ends_at: datetime = Column(UtcDateTime, nullable=False)
    session_type: str = Column(ForeignKey("session_types.id"), nullable=False)
    package_id: str | None = Column(ForeignKey("packages.id"))
    group_size: int = Column(Integer, nullable=False)
    price: int = Column(BigInteger, nullable=False)
    currency: str = Column(String(3), nullable=False)
    cancellation_reason: str | None = Column(Text)
    created_at: datetime = Column(UtcDateTime, nullable=False)
    payments: "list[Payment]" = relationship("Payment", lazy="selectin")

    __table_args__ = (
        CheckConstraint("ends_at > starts_at"),
        # One consultant: whatever the code does, the same hour is never sold twice.
        Index(
            "one_booking_per_start",
            "starts_at",
            unique=True,
            sqlite_where=text("status = 'booked'"),
            postgresql_where=text("status = 'booked'"),
        ),
    )

    @property
    def id(self) -> str:
        """The id customers are told."""
        return f"C-{self.number}"


class Purchase(Base):
    """A package that a customer bought, paid or still owed."""

    __tablename__ = "purchases"
    number: int = Column(BigInteger, primary_key=True, autoincrement=False)
    customer_email: str = Column(ForeignKey("customers.email"), nullable=False, index=True)
    package_id: str = Column(ForeignKey("packages.id"), nullable=False)
    price: int = Column(BigInteger, nullable=False)
    currency: str = Column(String(3), nullable=False)
    created_at: datetime = Column(UtcDateTime, nullable=False)
    payments: "list[Payment]" = relationship("Payment", lazy="selectin")


class Payment(Base):
    """Money paid or promised for one appointment or one purchase; shown as "PAY-<number>"."""

    __tablename__ = "payments"
    number: int = Column(BigInteger, primary_key=True, autoincrement=False)
    customer_email: str = Column(ForeignKey("customers.email"), nullable=False, index=True)
    appointment_number: int | None = Column(ForeignKey("appointments.number"), index=True)
    purchase_number: int | None = Column(ForeignKey("purchases.number"), index=True)
    status: PaymentStatus = Column(String(20), nullable=False)
    amount: int = Column(BigInteger, nullable=False)
    currency: str = Column(String(3), nullable=False)
    method: Method = Column(String(20), nullable=False)
    reference: str = Column(String(40), nullable=False)
    link: str | None = Column(String(200))
    created_at: datetime = Column(UtcDateTime, nullable=False)

    __table_args__ = (CheckConstraint("(appointment_number IS NULL) <> (purchase_number IS NULL)"),)

    @property
    def id(self) -> str:
        """The id customers are told."""
        return f"PAY-{self.number}"


class Handoff(Base):
    """A customer's wish that a person calls back; shown as "H-<number>"."""

    __tablename__ = "handoffs"
    number: int = Column(BigInteger, primary_key=True, autoincrement=False)
    contact_phone: str | None = Column(String(16))
    reason: str = Column(Text, nullable=False)
    created_at: datetime = Column(UtcDateTime, nullable=False)


class IdempotencyRecord(Base):
    """The first answer given under an Idempotency-Key."""

    __tablename__ = "idempotency_records"
    key: str = Column(String(255), primary_key=True)
    fingerprint: str = Column(String(64), nullable=False)
    status: int = Column(Integer, nullable=False)
    media_type: str = Column(String(60), nullable=False)
    body: str = Column(Text, nullable=False)
    created_at: datetime = Column(UtcDateTime, nullable=False)
