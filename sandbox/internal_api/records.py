"""What customers asked for and what became of it: requests, history, wishes to be called back."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandbox.internal_api.appointments import status_of
from sandbox.internal_api.business import the_business
from sandbox.internal_api.database import next_number
from sandbox.internal_api.http import Db, MaybeKeyHeader, Who
from sandbox.internal_api.idempotency import Action, perform
from sandbox.internal_api.models import Appointment, Business, Handoff, Payment, ServiceRequest, SessionType
from sandbox.internal_api.people import verified
from sandbox.internal_api.problems import IdempotencyKeyReused, NotFound, VerificationRequired
from sandbox.internal_api.refusals import refusals
from sandbox.internal_api.schemas import HandoffAnswer, HistoryAnswer, HistoryEntry, NewHandoff, RequestAnswer
from sandbox.internal_api.values import NO_NUL, IsoDate, money
from sandbox.internal_api.vocabulary import HistoryType

router = APIRouter(tags=["records"])


@router.get("/v1/requests/{request_id}", responses=refusals(NotFound))
def read_request(
    database: Db,
    who: Who,
    request_id: Annotated[str, Path(pattern=NO_NUL, max_length=40, examples=["12345"])],
) -> RequestAnswer:
    """One request, to its owner."""
    with database.reading() as session:
        row: ServiceRequest | None = session.get(ServiceRequest, request_id)
        if row is None or row.customer_email != who.email:
            raise NotFound()
        local = the_business(session).local
        return RequestAnswer(
            id=row.id,
            kind=row.kind,
            status=row.status,
            subject=row.subject,
            detail=row.detail,
            created_at=local(row.created_at).isoformat(),
            updated_at=local(row.updated_at).isoformat(),
        )


@router.get("/v1/history", responses=refusals(VerificationRequired))
def read_history(
    database: Db,
    who: Who,
    type: HistoryType = "todo",  # noqa: A002 - the parameter's name in the contract
    first: Annotated[IsoDate | None, Query(alias="from")] = None,
    last: Annotated[IsoDate | None, Query(alias="to")] = None,
) -> HistoryAnswer:
    """A verified person's appointments, payments and requests; from and to are days, both included."""
    entries: list[HistoryEntry] = []
    with database.reading() as session:
        business = the_business(session)
        email = verified(session, who).email
        if type in ("citas", "todo"):
            entries += _appointments(session, business, email)
        if type in ("pagos", "todo"):
            entries += _payments(session, business, email)
        if type in ("solicitudes", "todo"):
            entries += _requests(session, business, email)
    entries.sort(key=lambda entry: datetime.fromisoformat(entry.date), reverse=True)
    earliest, latest = first or date.min, last or date.max
    return HistoryAnswer(
        entries=[entry for entry in entries if earliest <= date.fromisoformat(entry.date[:10]) <= latest]
    )


@router.post("/v1/handoffs", status_code=201, response_model=HandoffAnswer, responses=refusals(IdempotencyKeyReused))
def create_handoff(database: Db, body: NewHandoff, key: MaybeKeyHeader = None) -> Response:
    """Ask a person to call back; an Idempotency-Key is respected, not required."""

    def work(session: Session) -> HandoffAnswer:
        number = next_number(session, Handoff.number, 1)
        now = the_business(session).now()
        session.add(Handoff(number=number, contact_phone=body.contact_phone, reason=body.reason, created_at=now))
        return HandoffAnswer(id=f"H-{number}")

    return perform(database, key, Action("create handoff", None, body, 201), work)


def _appointments(session: Session, business: Business, email: str) -> list[HistoryEntry]:
    query = select(Appointment, SessionType).join(SessionType, SessionType.id == Appointment.session_type)
    return [
        HistoryEntry(
            date=business.local(row.starts_at).isoformat(),
            kind="cita",
            description=kind.name.capitalize(),
            status=status_of(row, business),
            amount=money(row.price, row.currency),
            id=row.id,
        )
        for row, kind in session.execute(query.where(Appointment.customer_email == email))
    ]


def _payments(session: Session, business: Business, email: str) -> list[HistoryEntry]:
    return [
        HistoryEntry(
            date=business.local(row.created_at).isoformat(),
            kind="pago",
            description=f"Pago por {row.method}",
            status=row.status,
            amount=money(row.amount, row.currency),
            id=row.id,
        )
        for row in session.scalars(select(Payment).where(Payment.customer_email == email))
    ]


def _requests(session: Session, business: Business, email: str) -> list[HistoryEntry]:
    return [
        HistoryEntry(
            date=business.local(row.created_at).isoformat(),
            kind="solicitud",
            description=row.subject,
            status=row.status,
            amount=None,
            id=row.id,
        )
        for row in session.scalars(select(ServiceRequest).where(ServiceRequest.customer_email == email))
    ]
