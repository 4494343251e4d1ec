"""The business itself, and whether its API answers."""

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandbox.internal_api.http import Db
from sandbox.internal_api.models import Business, OpeningHours, SessionType
from sandbox.internal_api.refusals import refusals
from sandbox.internal_api.schemas import BusinessAnswer, Health, OpeningHoursAnswer, SessionTypeAnswer

router = APIRouter(tags=["business"])


def the_business(session: Session) -> Business:
    """Return the one business."""
    business: Business = session.scalars(select(Business)).one()
    return business


@router.get("/v1/health", responses=refusals())
def health() -> Health:
    """Say that the API answers; needs no token."""
    return Health(status="ok")


@router.get("/v1/business", responses=refusals())
def business(database: Db) -> BusinessAnswer:
    """Name, clock, money, opening hours and session types of the business."""
    with database.reading() as session:
        row = the_business(session)
        hours = session.scalars(select(OpeningHours).order_by(OpeningHours.weekday, OpeningHours.opens))
        types = session.scalars(select(SessionType).order_by(SessionType.position))
        return BusinessAnswer(
            name=row.name,
            timezone=row.timezone,
            currency=row.currency,
            contact_phone=row.contact_phone,
            contact_email=row.contact_email,
            opening_hours=[
                OpeningHoursAnswer(weekday=stretch.weekday, opens=stretch.opens, closes=stretch.closes)
                for stretch in hours
            ],
            session_types=[
                SessionTypeAnswer(id=kind.id, name=kind.name, duration_minutes=kind.duration_minutes) for kind in types
            ],
            booking_horizon_days=row.booking_horizon_days,
        )
