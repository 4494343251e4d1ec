"""The business system's operations, as the assistant uses them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel

from actions.internal_api import models
from actions.internal_api.transport import ApiCall, Transport

_Answer = TypeVar("_Answer", bound=BaseModel)


@dataclass(frozen=True)
class Identity:
    """On whose behalf a call is made.

    Attributes:
        email: the e-mail the customer claims.
        phone: E.164 number WhatsApp vouches for; None on every other channel.
        conversation: opaque name of the conversation, in which alone a verification counts.
        verification: the token of a code that was sent to this very e-mail and came back right.
    """

    email: str | None = None
    phone: str | None = None
    conversation: str | None = None
    verification: str | None = None

    def headers(self) -> dict[str, str]:
        """Gives the contract's identity headers; what is empty is not sent."""
        return {
            "X-Customer-Email": self.email or "",
            "X-Contact-Phone": self.phone or "",
            "X-Conversation-Id": self.conversation or "",
            "X-Verification": self.verification or "",
        }


class InternalApi:
    """The business system for one turn: every call is recorded and made on behalf of one person.

    Every method raises `actions.errors.ApiError` when it brings no result. Methods that change something
    take a `key`: the same key and the same body never take effect twice.
    """

    def __init__(
        self,
        transport: Transport,
        record: Callable[[ApiCall], None],
        time_left: Callable[[], float | None] = lambda: None,
    ) -> None:
        self._transport = transport
        self._record = record
        self._time_left = time_left
        self._who = Identity()

    def on_behalf_of(self, who: Identity) -> InternalApi:
        """Gives the same system, used on behalf of a person."""
        api = InternalApi(self._transport, self._record, self._time_left)
        api._who = replace(who)
        return api

    async def business(self) -> models.Business:
        """Gives the business's data: zone, opening hours, kinds of session."""
        return await self._get(models.Business, "business")

    async def packages(
        self, kind: str | None = None, currency: str | None = None, duration_minutes: int | None = None
    ) -> Sequence[models.Package]:
        """Gives the packages that fit, with their prices."""
        params = {"type": kind, "currency": currency, "duration_minutes": duration_minutes}
        return (await self._get(models.Packages, "packages", params=params)).packages

    async def slots(
        self,
        first: dt.date,
        last: dt.date,
        *,
        session_type: str | None = None,
        duration_minutes: int | None = None,
        group_size: int | None = None,
    ) -> Sequence[models.Slot]:
        """Gives the free times from one day to another, both included, earliest first."""
        params = {
            "from": first.isoformat(),
            "to": last.isoformat(),
            "session_type": session_type,
            "duration_minutes": duration_minutes,
            "group_size": group_size,
        }
        return (await self._get(models.Slots, "slots", params=params)).slots

    async def book(
        self,
        key: str,
        start: dt.datetime,
        *,
        session_type: str | None = None,
        package_id: str | None = None,
        group_size: int | None = None,
        customer_name: str | None = None,
    ) -> models.Appointment:
        """Books a free time. Refused: `slot_taken`, `slot_closed`, `slot_past`, `too_far`, `group_too_large`."""
        body = {
            "start": start.isoformat(),
            "session_type": session_type,
            "package_id": package_id,
            "group_size": group_size,
            "customer_name": customer_name,
        }
        return await self._send(models.Appointment, "book", key, body)

    async def appointment(self, appointment_id: str) -> models.Appointment:
        """Gives the customer's own appointment."""
        return await self._get(models.Appointment, "appointment", path={"appointment_id": appointment_id})

    async def appointments(
        self, first: dt.date | None = None, last: dt.date | None = None, status: str | None = None
    ) -> Sequence[models.Appointment]:
        """Gives a known customer's appointments, earliest first."""
        params = {
            "from": first.isoformat() if first else None,
            "to": last.isoformat() if last else None,
            "status": status,
        }
        return (await self._get(models.Appointments, "appointments", params=params)).appointments

    async def cancel(self, key: str, appointment_id: str, reason: str | None = None) -> models.Appointment:
        """Cancels the customer's own appointment. Refused: `already_cancelled`, `already_past`."""
        path = {"appointment_id": appointment_id}
        return await self._send(models.Appointment, "cancel", key, {"reason": reason}, path=path)

    async def reschedule(self, key: str, appointment_id: str, start: dt.datetime) -> models.Appointment:
        """Moves the customer's own appointment, which keeps its number. Refused: as `book` and `cancel`."""
        path = {"appointment_id": appointment_id}
        return await self._send(models.Appointment, "reschedule", key, {"start": start.isoformat()}, path=path)

    async def reminders(self, day: dt.date) -> Sequence[models.Reminder]:
        """Gives the booked appointments of a day whose customers can be written to, earliest first."""
        return (await self._get(models.Reminders, "reminders", params={"date": day.isoformat()})).reminders

    async def request(self, request_id: str) -> models.ServiceRequest:
        """Gives the customer's own request."""
        return await self._get(models.ServiceRequest, "request", path={"request_id": request_id})

    async def owed(
        self, appointment_id: str | None = None, package_id: str | None = None
    ) -> Sequence[models.PaymentTarget]:
        """Gives what the customer has still to pay."""
        params = {"appointment_id": appointment_id, "package_id": package_id}
        return (await self._get(models.PaymentTargets, "owed", params=params)).targets

    async def pay(
        self,
        key: str,
        amount: Decimal,
        currency: str | None,
        method: str,
        *,
        appointment_id: str | None = None,
        package_id: str | None = None,
    ) -> models.Payment:
        """Begins a payment. Refused: `amount_mismatch`, `currency_mismatch`, `nothing_owed`, `ambiguous_target`."""
        body = {
            "amount": f"{amount:.2f}",
            "currency": currency,
            "method": method,
            "appointment_id": appointment_id,
            "package_id": package_id,
        }
        return await self._send(models.Payment, "pay", key, body)

    async def history(
        self, kind: str | None = None, first: dt.date | None = None, last: dt.date | None = None
    ) -> Sequence[models.HistoryEntry]:
        """Gives what happened with a known customer, latest first."""
        params = {
            "type": kind,
            "from": first.isoformat() if first else None,
            "to": last.isoformat() if last else None,
        }
        return (await self._get(models.History, "history", params=params)).entries

    async def change_profile(
        self,
        key: str,
        *,
        name: str | None = None,
        phone: str | None = None,
        birth_date: dt.date | None = None,
    ) -> models.Profile:
        """Changes what the business knows of a known customer; None leaves a field as it is."""
        body = {"name": name, "phone": phone, "birth_date": birth_date.isoformat() if birth_date else None}
        return await self._send(models.Profile, "change_profile", key, body)

    async def contact(self) -> models.KnownContact:
        """Gives the customer whose number WhatsApp vouches for."""
        return await self._get(models.KnownContact, "contact")

    async def hand_off(self, key: str, reason: str) -> str:
        """Asks a person of the business to call back; gives the request's id."""
        body = {"contact_phone": self._who.phone, "reason": reason}
        return (await self._send(models.Created, "hand_off", key, body)).id

    async def start_verification(self, key: str) -> models.StartedVerification:
        """Has a one-time code sent to the e-mail, if it is on file. Refused: `verification_paused`."""
        return await self._send(models.StartedVerification, "start_verification", key, {})

    async def check_code(self, key: str, verification_id: str, code: str) -> models.Verification:
        """Proves who the person is. Refused: `code_wrong`, `code_expired`, `verification_paused`."""
        path = {"verification_id": verification_id}
        return await self._send(models.Verification, "check_code", key, {"code": code}, path=path)

    async def _get(
        self,
        result: type[_Answer],
        operation: str,
        *,
        path: dict[str, str] | None = None,
        params: dict[str, Any] | None = None,
    ) -> _Answer:
        return await self._transport.call(
            result,
            operation,
            record=self._record,
            path=path,
            params=params,
            headers=self._who.headers(),
            within=self._time_left(),
        )

    async def _send(
        self,
        result: type[_Answer],
        operation: str,
        key: str,
        body: dict[str, Any],
        path: dict[str, str] | None = None,
    ) -> _Answer:
        headers = {**self._who.headers(), "Idempotency-Key": key}
        return await self._transport.call(
            result,
            operation,
            record=self._record,
            path=path,
            headers=headers,
            within=self._time_left(),
            body=body,
        )
