"""Reading the whole state out of the database, and replacing it."""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sandbox.internal_api import document as doc
from sandbox.internal_api.document import Document
from sandbox.internal_api.models import (
    Appointment,
    Base,
    Business,
    Customer,
    Handoff,
    OpeningHours,
    Package,
    Payment,
    Price,
    Purchase,
    ServiceRequest,
    SessionType,
)
from sandbox.internal_api.soundness import require_sound
from sandbox.internal_api.values import decimal, minor

_BUSINESS = list(doc.BusinessPart.__fields__)
_HOURS = list(doc.HoursPart.__fields__)
_SESSION_TYPE = list(doc.SessionTypePart.__fields__)
_PACKAGE = [name for name in doc.PackagePart.__fields__ if name != "prices"]
_CUSTOMER = list(doc.CustomerPart.__fields__)
_REQUEST = list(doc.RequestPart.__fields__)
_APPOINTMENT = ["customer_email", "status", "session_type", "package_id", "group_size"]
_APPOINTMENT += ["cancellation_reason", "created_at"]
_PURCHASE = ["customer_email", "package_id", "created_at"]
_PAYMENT = ["customer_email", "status", "currency", "method", "reference", "link", "created_at"]
_HANDOFF = ["contact_phone", "reason", "created_at"]


def replace(session: Session, document: Document) -> None:
    """Make the document the whole state; what was there is gone, idempotency records included.

    Raises:
        InvalidRequest: The document contradicts itself; nothing is changed.
    """
    require_sound(document)
    for table in reversed(Base.metadata.sorted_tables):
        session.execute(delete(table))
    session.expunge_all()
    session.add(Business(id=1, **_pick(document.business, _BUSINESS)))
    session.add_all(OpeningHours(**_pick(row, _HOURS)) for row in document.opening_hours)
    for position, row in enumerate(document.session_types):
        session.add(SessionType(position=position, **_pick(row, _SESSION_TYPE)))
    session.add_all(Customer(**_pick(row, _CUSTOMER)) for row in document.customers)
    session.flush()
    for position, package in enumerate(document.packages):
        session.add(Package(position=position, prices=_prices(package), **_pick(package, _PACKAGE)))
    session.add_all(ServiceRequest(**_pick(row, _REQUEST)) for row in document.requests)
    session.flush()
    session.add_all(_appointment(row) for row in document.appointments)
    session.add_all(_purchase(row) for row in document.purchases)
    session.add_all(Handoff(number=_number(row.id), **_pick(row, _HANDOFF)) for row in document.handoffs)
    session.flush()
    session.add_all(_payment(row) for row in document.payments)
    session.flush()


def read(session: Session) -> dict[str, Any]:
    """Return the whole state; as JSON, `replace` takes it back."""
    business: Business = session.scalars(select(Business)).one()

    def rows(model: Any, *order: Any) -> Any:
        return session.scalars(select(model).order_by(*order))

    def picked(row: Any, names: list[str]) -> dict[str, Any]:
        values: dict[str, Any] = {name: getattr(row, name) for name in names}
        for stamp in values.keys() & {"created_at", "updated_at"}:
            values[stamp] = business.local(values[stamp])
        return values

    return {
        "business": picked(business, _BUSINESS),
        "opening_hours": [picked(row, _HOURS) for row in rows(OpeningHours, OpeningHours.weekday, OpeningHours.opens)],
        "session_types": [picked(row, _SESSION_TYPE) for row in rows(SessionType, SessionType.position)],
        "packages": [
            {**picked(row, _PACKAGE), "prices": [_cash(price.amount, price.currency) for price in row.prices]}
            for row in rows(Package, Package.position)
        ],
        "customers": [picked(row, _CUSTOMER) for row in rows(Customer, Customer.email)],
        "requests": [picked(row, _REQUEST) for row in rows(ServiceRequest, ServiceRequest.id)],
        "appointments": [
            {
                "id": row.id,
                **picked(row, _APPOINTMENT),
                "start": business.local(row.starts_at),
                "end": business.local(row.ends_at),
                "price": _cash(row.price, row.currency),
            }
            for row in rows(Appointment, Appointment.number)
        ],
        "purchases": [
            {"id": f"PUR-{row.number}", **picked(row, _PURCHASE), "price": _cash(row.price, row.currency)}
            for row in rows(Purchase, Purchase.number)
        ],
        "payments": [
            {
                "id": row.id,
                **picked(row, _PAYMENT),
                "amount": decimal(row.amount),
                "appointment_id": _id("C", row.appointment_number),
                "purchase_id": _id("PUR", row.purchase_number),
            }
            for row in rows(Payment, Payment.number)
        ],
        "handoffs": [{"id": f"H-{row.number}", **picked(row, _HANDOFF)} for row in rows(Handoff, Handoff.number)],
    }


def _pick(part: Any, names: list[str]) -> dict[str, Any]:
    return {name: getattr(part, name) for name in names}


def _number(identifier: str) -> int:
    return int(identifier.rpartition("-")[2])


def _id(prefix: str, number: int | None) -> str | None:
    return None if number is None else f"{prefix}-{number}"


def _cash(amount: int, currency: str) -> dict[str, str]:
    return {"amount": decimal(amount), "currency": currency}


def _prices(package: doc.PackagePart) -> list[Price]:
    return [
        Price(currency=price.currency, amount=minor(price.amount), position=position)
        for position, price in enumerate(package.prices)
    ]


def _appointment(row: doc.AppointmentPart) -> Appointment:
    return Appointment(
        number=_number(row.id),
        starts_at=row.start,
        ends_at=row.end,
        price=minor(row.price.amount),
        currency=row.price.currency,
        **_pick(row, _APPOINTMENT),
    )


def _purchase(row: doc.PurchasePart) -> Purchase:
    return Purchase(
        number=_number(row.id),
        price=minor(row.price.amount),
        currency=row.price.currency,
        **_pick(row, _PURCHASE),
    )


def _payment(row: doc.PaymentPart) -> Payment:
    return Payment(
        number=_number(row.id),
        appointment_number=row.appointment_id and _number(row.appointment_id),
        purchase_number=row.purchase_id and _number(row.purchase_id),
        amount=minor(row.amount),
        **_pick(row, _PAYMENT),
    )
