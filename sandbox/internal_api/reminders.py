"""Whom to remind of their appointments."""

from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select

from sandbox.internal_api.appointments import status_of
from sandbox.internal_api.business import the_business
from sandbox.internal_api.http import Db
from sandbox.internal_api.models import Appointment, Business, Customer, SessionType
from sandbox.internal_api.refusals import refusals
from sandbox.internal_api.schemas import ReminderAnswer, RemindersAnswer
from sandbox.internal_api.values import IsoDate

router = APIRouter(tags=["appointments"])


@router.get("/v1/reminders", responses=refusals())
def list_reminders(
    database: Db, day: Annotated[IsoDate, Query(alias="date", examples=["2026-11-24"])]
) -> RemindersAnswer:
    """The booked appointments of a day of the business whose customers have a phone on file, in order of time."""
    with database.reading() as session:
        business = the_business(session)
        try:
            first, last = _bounds(business, day)
        except OverflowError:
            return RemindersAnswer(reminders=[])
        query = (
            select(Appointment, Customer, SessionType)
            .join(Customer, Customer.email == Appointment.customer_email)
            .join(SessionType, SessionType.id == Appointment.session_type)
            .where(Appointment.starts_at >= first, Appointment.starts_at < last)
            .order_by(Appointment.starts_at, Appointment.number)
        )
        return RemindersAnswer(
            reminders=[
                ReminderAnswer(
                    appointment_id=appointment.id,
                    start=business.local(appointment.starts_at).isoformat(),
                    session_name=kind.name,
                    customer_name=customer.name,
                    phone=customer.phone,
                )
                for appointment, customer, kind in session.execute(query)
                if customer.phone and status_of(appointment, business) == "booked"
            ]
        )


def _bounds(business: Business, day: date) -> tuple[datetime, datetime]:
    """Return when the day begins and when the next one does.

    Raises:
        OverflowError: One of them lies outside the calendar.
    """
    return (
        datetime.combine(day, time(), business.zone),
        datetime.combine(day + timedelta(days=1), time(), business.zone),
    )
