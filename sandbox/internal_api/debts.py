"""What customers owe, and which debt a payment means."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandbox.internal_api.models import Appointment, Business, Package, Payment, Purchase, SessionType
from sandbox.internal_api.problems import NotFound

LINK_METHODS = ("tarjeta", "paypal")
LINK_LIFETIME = timedelta(hours=24)


@dataclass(frozen=True)
class Debt:
    """Something to pay: an appointment, a package bought, or a package about to be bought."""

    description: str
    owed: int
    currency: str
    package: Package | None = None
    appointment: Appointment | None = None
    purchase: Purchase | None = None

    @property
    def appointment_id(self) -> str | None:
        """The appointment's id, if it is one."""
        return self.appointment.id if self.appointment else None

    @property
    def package_id(self) -> str | None:
        """The package's id, if it has one."""
        return self.package.id if self.package else None


def paid_for(item: Appointment | Purchase) -> int:
    """Return the hundredths received for it."""
    return sum(payment.amount for payment in item.payments if payment.status == "paid")


def owed_for(item: Appointment | Purchase, now: datetime) -> int:
    """Return the hundredths neither received nor promised by a valid pending payment."""
    if isinstance(item, Appointment) and item.status == "cancelled":
        return 0
    return max(0, item.price - sum(payment.amount for payment in item.payments if _counts(payment, now)))


def debt_of(session: Session, business: Business, appointment: Appointment) -> Debt:
    """Return what is owed for an appointment, which may be nothing."""
    kind: SessionType = session.get(SessionType, appointment.session_type)
    package = session.get(Package, appointment.package_id) if appointment.package_id else None
    start = business.local(appointment.starts_at)
    name = package.name if package else kind.name.capitalize()
    return Debt(
        description=f"{name}, {start:%d/%m/%Y %H:%M}",
        owed=owed_for(appointment, business.now()),
        currency=appointment.currency,
        package=package,
        appointment=appointment,
    )


def open_debts(session: Session, business: Business, email: str) -> list[Debt]:
    """Return all that the customer owes: appointments by date, then packages in the order of purchase."""
    appointments = session.scalars(
        select(Appointment).where(Appointment.customer_email == email).order_by(Appointment.starts_at)
    )
    purchases = session.scalars(
        select(Purchase).where(Purchase.customer_email == email).order_by(Purchase.number)
    ).all()
    debts = [debt_of(session, business, appointment) for appointment in appointments]
    debts += [_purchase_debt(session, business, purchase) for purchase in purchases]
    return [debt for debt in debts if debt.owed]


def package_debts(
    session: Session, business: Business, email: str, package_id: str, currency: str | None
) -> list[Debt]:
    """Return what a customer owes for a package: the oldest purchase, else appointments, else its price.

    Raises:
        NotFound: No package has that id.
    """
    package: Package | None = session.get(Package, package_id)
    if package is None:
        raise NotFound()
    owed = [debt for debt in open_debts(session, business, email) if debt.package_id == package_id]
    purchases = [debt for debt in owed if debt.purchase]
    return purchases[:1] or owed or [_offer(package, currency or business.currency)]


def _purchase_debt(session: Session, business: Business, purchase: Purchase) -> Debt:
    package: Package = session.get(Package, purchase.package_id)
    owed = owed_for(purchase, business.now())
    return Debt(package.name, owed, purchase.currency, package=package, purchase=purchase)


def _offer(package: Package, currency: str) -> Debt:
    price = package.price_in(currency) or package.prices[0]
    return Debt(package.name, price.amount, price.currency, package=package)


def _counts(payment: Payment, now: datetime) -> bool:
    if payment.status == "paid" or payment.method not in LINK_METHODS:
        return True
    return payment.created_at + LINK_LIFETIME > now
