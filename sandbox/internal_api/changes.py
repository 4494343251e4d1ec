"""Changes of an appointment that has not begun: it is cancelled, or takes place at another time."""

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from sandbox.internal_api import problems
from sandbox.internal_api.agenda import Agenda
from sandbox.internal_api.appointments import AppointmentPath, owned, show
from sandbox.internal_api.business import the_business
from sandbox.internal_api.http import Db, Identity, KeyHeader, Who
from sandbox.internal_api.idempotency import Action, perform
from sandbox.internal_api.models import Appointment, Business
from sandbox.internal_api.people import verified
from sandbox.internal_api.refusals import refusals
from sandbox.internal_api.schemas import AppointmentAnswer, Cancellation, Rescheduling

router = APIRouter(tags=["appointments"])


@router.post(
    "/v1/appointments/{appointment_id}/cancellation",
    response_model=AppointmentAnswer,
    responses=refusals(
        problems.IdempotencyKeyRequired,
        problems.VerificationRequired,
        problems.NotFound,
        problems.AlreadyCancelled,
        problems.AlreadyPast,
        problems.IdempotencyKeyReused,
    ),
)
def cancel_appointment(
    database: Db, who: Who, appointment_id: AppointmentPath, body: Cancellation, key: KeyHeader
) -> Response:
    """Cancel a verified person's appointment that has not begun; its slot is free again at once."""

    def work(session: Session) -> AppointmentAnswer:
        business = the_business(session)
        appointment = _open(session, business, who, appointment_id)
        appointment.status = "cancelled"
        appointment.cancellation_reason = body.reason
        return show(appointment, business)

    action = Action(f"cancel {appointment_id}", who, body, may=lambda session: verified(session, who))
    return perform(database, key, action, work)


@router.post(
    "/v1/appointments/{appointment_id}/rescheduling",
    response_model=AppointmentAnswer,
    responses=refusals(
        problems.IdempotencyKeyRequired,
        problems.VerificationRequired,
        problems.NotFound,
        problems.AlreadyCancelled,
        problems.AlreadyPast,
        problems.SlotTaken,
        problems.SlotClosed,
        problems.SlotPast,
        problems.TooFar,
        problems.IdempotencyKeyReused,
    ),
)
def reschedule_appointment(
    database: Db, who: Who, appointment_id: AppointmentPath, body: Rescheduling, key: KeyHeader
) -> Response:
    """Move a verified person's appointment that has not begun to a free slot; all else of it stays.

    Its own time counts as free; moved to when it takes place anyway, it changes nothing.
    """

    def work(session: Session) -> AppointmentAnswer:
        business = the_business(session)
        appointment = _open(session, business, who, appointment_id)
        if body.start != appointment.starts_at:
            minutes = (appointment.ends_at - appointment.starts_at).total_seconds() // 60
            slot = Agenda.load(session, business, moving=appointment).require_free(body.start, int(minutes))
            appointment.starts_at, appointment.ends_at = slot.start, slot.end
            session.flush()
        return show(appointment, business)

    action = Action(f"reschedule {appointment_id}", who, body, may=lambda session: verified(session, who))
    return perform(database, key, action, work)


def _open(session: Session, business: Business, who: Identity, appointment_id: str) -> Appointment:
    appointment = owned(session, who, appointment_id)
    if appointment.status == "cancelled":
        raise problems.AlreadyCancelled()
    if appointment.status == "completed" or appointment.starts_at <= business.now():
        raise problems.AlreadyPast()
    return appointment
