"""Customers: who is who, and what they may see and change of themselves."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from sandbox.internal_api.business import the_business
from sandbox.internal_api.http import Db, Identity, KeyHeader, PhoneHeader, Who
from sandbox.internal_api.idempotency import Action, perform
from sandbox.internal_api.models import Customer
from sandbox.internal_api.phones import spellings
from sandbox.internal_api.problems import (
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
    InvalidRequest,
    NotFound,
    VerificationRequired,
)
from sandbox.internal_api.refusals import refusals
from sandbox.internal_api.schemas import ChangedProfileAnswer, ContactAnswer, ProfileAnswer, ProfileChange
from sandbox.internal_api.verifications import is_vouched_for

router = APIRouter(tags=["people"])
_EARLIEST_BIRTH = date(1900, 1, 1)


def verified(session: Session, who: Identity) -> Customer:
    """Return the customer with that e-mail, when the phone on file or a right code's token comes with it.

    Raises:
        VerificationRequired: Neither does, or nobody has that e-mail.
    """
    customer: Customer | None = session.get(Customer, who.email)
    by_code = is_vouched_for(session, who, the_business(session).now())
    by_phone = customer is not None and who.phone is not None and customer.phone in spellings(who.phone)
    if customer is None or not (by_phone or by_code):
        raise VerificationRequired()
    return customer


def find_or_create(session: Session, who: Identity, name: str | None) -> Customer:
    """Return the customer with that e-mail: a new one with this name and phone, or the known one as is."""
    customer: Customer | None = session.get(Customer, who.email)
    if customer is None:
        now = the_business(session).now()
        customer = Customer(email=who.email, name=name, phone=who.phone, created_at=now)
        session.add(customer)
        session.flush()
    return customer


@router.get("/v1/profile", responses=refusals(VerificationRequired))
def read_profile(database: Db, who: Who) -> ProfileAnswer:
    """What the business knows of a verified person."""
    with database.reading() as session:
        return ProfileAnswer(**_shown(verified(session, who)))


@router.patch(
    "/v1/profile",
    response_model=ChangedProfileAnswer,
    responses=refusals(IdempotencyKeyRequired, VerificationRequired, IdempotencyKeyReused),
)
def change_profile(database: Db, who: Who, body: ProfileChange, key: KeyHeader) -> Response:
    """Change name, phone or birth date of a verified person."""

    def work(session: Session) -> ChangedProfileAnswer:
        customer = verified(session, who)
        _check_birth_date(body.birth_date, the_business(session).now().date())
        wanted = body.dict(exclude_none=True)
        changed = [field for field, value in wanted.items() if getattr(customer, field) != value]
        for field in changed:
            setattr(customer, field, wanted[field])
        return ChangedProfileAnswer(**_shown(customer), changed=changed)

    def may_repeat(session: Session) -> None:
        # A new phone ends the right of the old one, with which the repetition still comes.
        customer: Customer | None = session.get(Customer, who.email)
        if customer is None or body.phone is None or customer.phone != body.phone:
            verified(session, who)

    action = Action("change profile", who, body, may=lambda session: verified(session, who), may_repeat=may_repeat)
    return perform(database, key, action, work)


@router.get("/v1/contacts/self", responses=refusals(NotFound))
def read_contact(database: Db, phone: PhoneHeader) -> ContactAnswer:
    """The customer whose phone on file is the contact's; the first one when a family shares it."""
    query = (
        select(Customer)
        .where(or_(*(Customer.phone == form for form in spellings(phone))))
        .order_by(Customer.created_at, Customer.email)
    )
    with database.reading() as session:
        customer: Customer | None = session.scalars(query.limit(1)).first()
        if customer is None:
            raise NotFound()
        return ContactAnswer(name=customer.name, email=customer.email)


def _check_birth_date(birth_date: date | None, today: date) -> None:
    if birth_date is not None and not _EARLIEST_BIRTH <= birth_date < today:
        raise InvalidRequest.of("body.birth_date", "must be in the past and not before 1900")


def _shown(customer: Customer) -> dict[str, Any]:
    born = customer.birth_date.isoformat() if customer.birth_date else None
    return {"name": customer.name, "email": customer.email, "phone": customer.phone, "birth_date": born}
