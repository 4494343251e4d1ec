"""Free slots, and the bookings made of them."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandbox.internal_api import problems
from sandbox.internal_api.agenda import Agenda
from sandbox.internal_api.business import the_business
from sandbox.internal_api.database import next_number
from sandbox.internal_api.debts import owed_for, paid_for
from sandbox.internal_api.http import Db, Identity, KeyHeader, Who
from sandbox.internal_api.idempotency import Action, perform
from sandbox.internal_api.models import Appointment, Business, Package, SessionType
from sandbox.internal_api.people import find_or_create, verified
from sandbox.internal_api.refusals import refusals
from sandbox.internal_api.schemas import (
    AppointmentAnswer,
    AppointmentsAnswer,
    NewAppointment,
    SlotsAnswer,
)
from sandbox.internal_api.values import NO_NUL, IsoDate, money
from sandbox.internal_api.vocabulary import AppointmentStatus

router = APIRouter(tags=["appointments"])
_MOST_DAYS = 31
AppointmentPath = Annotated[str, Path(pattern=NO_NUL, max_length=40, examples=["C-1042"])]


@dataclass(frozen=True)
class Offer:
    """What is being booked: a session, perhaps of a package, its length and its price."""

    session_type: SessionType
    package: Package | None
    minutes: int
    price: int
    currency: str


@router.get(
    "/v1/slots",
    response_model=SlotsAnswer,
    responses=refusals(problems.RangeTooLong, problems.GroupTooLarge),
)
def list_slots(
    database: Db,
    first: Annotated[IsoDate, Query(alias="from", examples=["2026-11-23"])],
    last: Annotated[IsoDate, Query(alias="to", examples=["2026-11-29"])],
    session_type: Annotated[str | None, Query(pattern=NO_NUL, max_length=40, examples=["carta_natal"])] = None,
    duration_minutes: Annotated[int | None, Query(ge=1, le=480)] = None,
    group_size: Annotated[int | None, Query(ge=1, le=1000)] = None,
) -> Response:
    """Free slots from one day to another, both included; never one that has begun."""
    if last < first:
        raise problems.InvalidRequest.of("query.to", "lies before from")
    if (last - first).days >= _MOST_DAYS:
        raise problems.RangeTooLong()
    with database.reading() as session:
        business = the_business(session)
        kind = _session_type(session, session_type or business.default_session_type, "query.session_type")
        _check_group(kind, group_size)
        agenda = Agenda.load(session, business)
    minutes = duration_minutes or kind.duration_minutes
    answer = SlotsAnswer(slots=[agenda.show(slot) for slot in agenda.free(first, last, minutes)])
    # Written out here, for the framework would take five times as long over a month of slots.
    return Response(answer.json(), media_type="application/json")


@router.post(
    "/v1/appointments",
    status_code=201,
    response_model=AppointmentAnswer,
    responses=refusals(
        problems.IdempotencyKeyRequired,
        problems.PackageNotFound,
        problems.SlotTaken,
        problems.SlotClosed,
        problems.SlotPast,
        problems.TooFar,
        problems.GroupTooLarge,
        problems.IdempotencyKeyReused,
    ),
)
def create_appointment(database: Db, who: Who, body: NewAppointment, key: KeyHeader) -> Response:
    """Book a free slot; an unknown e-mail becomes a customer whose phone is the contact's."""

    def work(session: Session) -> AppointmentAnswer:
        business = the_business(session)
        offer = _offer(session, business, body)
        _check_group(offer.session_type, body.group_size)
        slot = Agenda.load(session, business).require_free(body.start, offer.minutes)
        find_or_create(session, who, body.customer_name)
        appointment = Appointment(
            number=next_number(session, Appointment.number, 1001),
            customer_email=who.email,
            status="booked",
            starts_at=slot.start,
            ends_at=slot.end,
            session_type=offer.session_type.id,
            package_id=offer.package and offer.package.id,
            group_size=body.group_size or 1,
            price=offer.price,
            currency=offer.currency,
            created_at=business.now(),
        )
        session.add(appointment)
        session.flush()
        return show(appointment, business)

    return perform(database, key, Action("create appointment", who, body, 201), work)


@router.get("/v1/appointments", responses=refusals(problems.VerificationRequired))
def list_appointments(
    database: Db,
    who: Who,
    first: Annotated[IsoDate | None, Query(alias="from")] = None,
    last: Annotated[IsoDate | None, Query(alias="to")] = None,
    status: AppointmentStatus | None = None,
) -> AppointmentsAnswer:
    """A verified person's appointments; from and to are days of the business, both included."""
    query = select(Appointment).order_by(Appointment.starts_at, Appointment.number)
    with database.reading() as session:
        business = the_business(session)
        customer = verified(session, who)
        rows = session.scalars(query.where(Appointment.customer_email == customer.email))
        shown = [show(row, business) for row in rows]
    earliest, latest = first or date.min, last or date.max
    within = [row for row in shown if earliest <= date.fromisoformat(row.start[:10]) <= latest]
    return AppointmentsAnswer(appointments=[row for row in within if status in (None, row.status)])


@router.get("/v1/appointments/{appointment_id}", responses=refusals(problems.NotFound))
def read_appointment(database: Db, who: Who, appointment_id: AppointmentPath) -> AppointmentAnswer:
    """One appointment, to its owner."""
    with database.reading() as session:
        return show(owned(session, who, appointment_id), the_business(session))


def owned(session: Session, who: Identity, appointment_id: str) -> Appointment:
    """Return the appointment when the e-mail is its owner's.

    Raises:
        NotFound: It is somebody else's, or nobody's.
    """
    number = appointment_id.removeprefix("C-")
    known = appointment_id != number and number.isascii() and number.isdigit() and len(number) <= 15
    appointment: Appointment | None = session.get(Appointment, int(number)) if known else None
    if appointment is None or appointment.id != appointment_id or appointment.customer_email != who.email:
        raise problems.NotFound()
    return appointment


def status_of(appointment: Appointment, business: Business) -> AppointmentStatus:
    """Return the appointment's status now: a booked one that is over is completed."""
    if appointment.status == "booked" and appointment.ends_at <= business.now():
        return "completed"
    return appointment.status


def show(appointment: Appointment, business: Business) -> AppointmentAnswer:
    """Return the appointment as clients see it."""
    return AppointmentAnswer(
        id=appointment.id,
        status=status_of(appointment, business),
        start=business.local(appointment.starts_at).isoformat(),
        end=business.local(appointment.ends_at).isoformat(),
        session_type=appointment.session_type,
        package_id=appointment.package_id,
        group_size=appointment.group_size,
        price=money(appointment.price, appointment.currency),
        paid=money(paid_for(appointment), appointment.currency),
        owed=money(owed_for(appointment, business.now()), appointment.currency),
        customer_email=appointment.customer_email,
    )


def _offer(session: Session, business: Business, body: NewAppointment) -> Offer:
    package = session.get(Package, body.package_id) if body.package_id else None
    if body.package_id and package is None:
        raise problems.PackageNotFound()
    if package is None:
        kind = _session_type(session, body.session_type or business.default_session_type, "body.session_type")
        single = _single_session(session, business, kind)
        return Offer(kind, None, kind.duration_minutes, single, business.currency)
    if body.session_type not in (None, package.session_type):
        raise problems.InvalidRequest.of("body.session_type", "is not the package's session type")
    price = package.price_in(business.currency) or package.prices[0]
    kind = _session_type(session, package.session_type, "body.session_type")
    return Offer(kind, package, package.duration_minutes, price.amount, price.currency)


def _session_type(session: Session, name: str, field: str) -> SessionType:
    kind: SessionType | None = session.get(SessionType, name)
    if kind is None:
        raise problems.InvalidRequest.of(field, "is not one of the business's session types")
    return kind


def _single_session(session: Session, business: Business, kind: SessionType) -> int:
    """Return the lowest price of one such session by itself; nothing is charged for what is not sold."""
    packages = session.scalars(select(Package).where(Package.session_type == kind.id, Package.sessions == 1))
    prices = [package.price_in(business.currency) for package in packages]
    return min((price.amount for price in prices if price is not None), default=0)


def _check_group(kind: SessionType, group_size: int | None) -> None:
    if group_size is not None and group_size > kind.max_group_size:
        raise problems.GroupTooLarge(max_group_size=kind.max_group_size)
