"""Paying what is owed."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from sandbox.internal_api import problems
from sandbox.internal_api.appointments import owned
from sandbox.internal_api.business import the_business
from sandbox.internal_api.database import next_number
from sandbox.internal_api.debts import LINK_METHODS, Debt, debt_of, open_debts, package_debts
from sandbox.internal_api.http import Db, Identity, KeyHeader, Who
from sandbox.internal_api.idempotency import Action, perform
from sandbox.internal_api.models import Business, Payment, Purchase
from sandbox.internal_api.people import verified
from sandbox.internal_api.problems import DebtAnswer
from sandbox.internal_api.refusals import refusals
from sandbox.internal_api.schemas import NewPayment, PaymentAnswer, QuoteAnswer, QuoteTarget
from sandbox.internal_api.values import NO_NUL, minor, money

router = APIRouter(tags=["payments"])
_LEAST_PART = 100
TargetQuery = Annotated[str | None, Query(pattern=NO_NUL, min_length=1, max_length=40)]


@router.get("/v1/payments/quote", responses=refusals(problems.VerificationRequired, problems.NotFound))
def quote(database: Db, who: Who, appointment_id: TargetQuery = None, package_id: TargetQuery = None) -> QuoteAnswer:
    """What a verified person owes for an appointment, for a package or altogether.

    An appointment that is paid, or being paid, is owed 0.00; for a cancelled one there is no target.
    """
    with database.reading() as session:
        verified(session, who)
        debts = _debts(session, the_business(session), who, appointment_id, package_id)
        return QuoteAnswer(
            targets=[
                QuoteTarget(
                    appointment_id=debt.appointment_id,
                    package_id=debt.package_id,
                    description=debt.description,
                    owed=money(debt.owed, debt.currency),
                )
                for debt in debts
            ]
        )


@router.post(
    "/v1/payments",
    status_code=201,
    response_model=PaymentAnswer,
    responses=refusals(
        problems.IdempotencyKeyRequired,
        problems.VerificationRequired,
        problems.NotFound,
        problems.AmountMismatch,
        problems.CurrencyMismatch,
        problems.NothingOwed,
        problems.AmbiguousTarget,
        problems.IdempotencyKeyReused,
    ),
)
def create_payment(database: Db, who: Who, body: NewPayment, key: KeyHeader) -> Response:
    """Start a verified person's payment; card and PayPal are completed at its link, others with its reference.

    An appointment is paid whole or in parts of at least 1.00, a package whole.
    """

    def work(session: Session) -> PaymentAnswer:
        business = the_business(session)
        debts = _debts(session, business, who, body.appointment_id, body.package_id, body.currency)
        debt = _only(debts)
        amount = _fitting_amount(debt, body)
        payment = _record(session, business, who, body, debt, amount)
        return _show(payment, debt)

    return perform(
        database, key, Action("create payment", who, body, 201, may=lambda session: verified(session, who)), work
    )


def _debts(
    session: Session,
    business: Business,
    who: Identity,
    appointment_id: str | None,
    package_id: str | None,
    currency: str | None = None,
) -> list[Debt]:
    if appointment_id:
        appointment = owned(session, who, appointment_id)
        if package_id not in (None, appointment.package_id):
            raise problems.NotFound()
        return [] if appointment.status == "cancelled" else [debt_of(session, business, appointment)]
    if package_id:
        return package_debts(session, business, who.email, package_id, currency)
    return open_debts(session, business, who.email)


def _only(debts: list[Debt]) -> Debt:
    if len(debts) > 1:
        targets = [
            DebtAnswer(
                appointment_id=debt.appointment_id,
                package_id=debt.package_id,
                owed=money(debt.owed, debt.currency),
            ).dict()
            for debt in debts
        ]
        raise problems.AmbiguousTarget(targets=targets)
    if not debts or not debts[0].owed:
        raise problems.NothingOwed()
    return debts[0]


def _fitting_amount(debt: Debt, body: NewPayment) -> int:
    owed = money(debt.owed, debt.currency).dict()
    if body.currency not in (None, debt.currency):
        raise problems.CurrencyMismatch(owed=owed)
    amount = minor(body.amount)
    part = debt.appointment is not None and _LEAST_PART <= amount < debt.owed
    if amount != debt.owed and not part:
        raise problems.AmountMismatch(owed=owed)
    return amount


def _record(session: Session, business: Business, who: Identity, body: NewPayment, debt: Debt, amount: int) -> Payment:
    purchase = debt.purchase
    if debt.appointment is None and purchase is None:
        purchase = Purchase(
            number=next_number(session, Purchase.number, 1),
            customer_email=who.email,
            package_id=debt.package_id,
            price=debt.owed,
            currency=debt.currency,
            created_at=business.now(),
        )
        session.add(purchase)
        session.flush()
    number = next_number(session, Payment.number, 1001)
    by_link = body.method in LINK_METHODS
    payment = Payment(
        number=number,
        customer_email=who.email,
        appointment_number=debt.appointment and debt.appointment.number,
        purchase_number=purchase and purchase.number,
        status="pending",
        amount=amount,
        currency=debt.currency,
        method=body.method,
        reference=f"CA-{number:06d}",
        link=f"https://pay.example.com/{secrets.token_urlsafe(12)}" if by_link else None,
        created_at=business.now(),
    )
    session.add(payment)
    session.flush()
    return payment


def _show(payment: Payment, debt: Debt) -> PaymentAnswer:
    whole = money(payment.amount, payment.currency)
    return PaymentAnswer(
        id=payment.id,
        status=payment.status,
        amount=whole.amount,
        currency=whole.currency,
        method=payment.method,
        appointment_id=debt.appointment_id,
        package_id=debt.package_id,
        link=payment.link,
        reference=payment.reference,
        owed_after=money(debt.owed - payment.amount, payment.currency),
    )
