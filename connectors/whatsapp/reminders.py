"""Reminders of appointments: asked of the action server, and written to each customer once for each appointment's time.

The action server alone speaks with the business's API. A reminder is a template that WhatsApp approved: most
customers have not written for longer than the 24 hours in which anything else is let through.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from enum import Enum
from http import HTTPStatus
from pathlib import Path

import httpx
from pydantic import BaseModel, Field, parse_obj_as, validator
from sqlalchemy import select
from sqlalchemy.engine import Connection

from connectors.cleaning import without_controls
from connectors.errors import ActionServerUnavailable, SettingsError
from connectors.whatsapp.inbox import Inbox
from connectors.whatsapp.leases import moment
from connectors.whatsapp.outbox import REMINDER, ContentTemplate, Outbox, OutgoingMessage
from connectors.whatsapp.tables import contacts
from connectors.whatsapp.texts import Texts

# Longer than the action server itself waits for the business's API.
SECONDS = 45.0
MAX_NAME = 40

_NUMBER = re.compile(r"\+[1-9]\d{5,14}")
# With and without the digit that marks a mobile in Mexico and Argentina: WhatsApp has it, what a business notes often
# has not.
_MOBILE = re.compile(r"\+(52|54)([19]?)(\d{10})")
_MARKS = {"52": "1", "54": "9"}


class Reminder(BaseModel):
    """An appointment to be reminded of, as the action server tells it.

    Attributes:
        start: with its zone.
        phone: the customer's, E.164.
        name: None where the business knows none.
        day: of the start, in the assistant's Spanish.
        time: the same.
    """

    appointment_id: str = Field(min_length=1, max_length=64)
    start: datetime
    phone: str
    name: str | None = None
    day: str = Field(min_length=1)
    time: str = Field(min_length=1)

    class Config:
        """Taken as it is."""

        frozen = True

    @validator("start")
    def _has_a_zone(cls, start: datetime) -> datetime:  # noqa: N805
        if start.tzinfo is None:
            raise ValueError("needs a zone")
        return start

    @property
    def key(self) -> str:
        """What makes it unique in the outbox: an appointment at another time is another one."""
        return f"reminder:{self.appointment_id}:{self.start.astimezone(timezone.utc):%Y%m%dT%H%M%SZ}"


class State(str, Enum):
    """What is to be done about a reminder."""

    DUE = "due"
    REMINDED = "reminded before"
    UNWANTED = "opted out"
    UNREACHABLE = "without a number that can be one"
    PAST = "past"


@dataclass(frozen=True)
class Judged:
    """A reminder, the address of its customer, and what is to be done about it."""

    reminder: Reminder
    address: str
    state: State


class Reminders:
    """Puts reminders into the outbox.

    All methods run within the transaction of the connection they are given.

    Args:
        inbox: Tells who is about to opt out.
        outbox: Where they go, and where it shows who has been reminded.
        template: The template's sid; its variables are the customer's first name, day, time and number.
        texts: The same words, for where Twilio refuses the template, and what stands for a name.
    """

    def __init__(self, inbox: Inbox, outbox: Outbox, template: str, texts: Texts) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._template = template
        self._texts = texts

    def judge(self, connection: Connection, reminders: Sequence[Reminder]) -> list[Judged]:
        """Return what is to be done about each, and change nothing."""
        now = moment(connection)
        return [self._judged(connection, reminder, now) for reminder in reminders]

    def put(self, connection: Connection, reminders: Sequence[Reminder]) -> list[Judged]:
        """Put those into the outbox that are due, and return what was to be done about each."""
        judged = self.judge(connection, reminders)
        # In one order, so that two processes never wait for each other's rows.
        for one in sorted(judged, key=lambda one: one.address):
            if one.state is State.DUE:
                self._outbox.add(connection, [self._message(one)])
        return judged

    def _judged(self, connection: Connection, reminder: Reminder, now: datetime) -> Judged:
        spellings = _spellings(reminder.phone)
        query = select(contacts.c.address, contacts.c.opted_out_at).where(contacts.c.address.in_(spellings))
        opted_out = {row.address: row.opted_out_at is not None for row in connection.execute(query)}
        address = next((one for one in spellings if one in opted_out), spellings[0])
        if not _NUMBER.fullmatch(reminder.phone):
            # One of them must not keep the others from being reminded.
            state = State.UNREACHABLE
        elif self._outbox.delivery(connection, (reminder.key, REMINDER)):
            state = State.REMINDED
        elif any(opted_out.values()) or any(self._inbox.is_leaving(connection, one) for one in opted_out):
            state = State.UNWANTED
        else:
            state = State.PAST if reminder.start <= now else State.DUE
        return Judged(reminder, address, state)

    def _message(self, one: Judged) -> OutgoingMessage:
        reminder = one.reminder
        words = without_controls(reminder.name or "").split()
        name = words[0][:MAX_NAME] if words else self._texts.nameless
        body = self._texts.reminder.format(
            nombre=name, fecha=reminder.day, hora=reminder.time, cita_id=reminder.appointment_id
        )
        template = ContentTemplate(self._template, (name, reminder.day, reminder.time, reminder.appointment_id))
        return OutgoingMessage(reminder.key, REMINDER, one.address, body, template=template)


async def reminders_on(day: date, action_server: str) -> list[Reminder]:
    """Return the reminders of a day's appointments, in order of time.

    Args:
        day: In the business's zone.
        action_server: Its address, without a path.

    Raises:
        ActionServerUnavailable: it does not tell, or the business's API does not tell it.
    """
    try:
        async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as http:
            answer = await http.get(f"{action_server}/reminders", params={"day": day.isoformat()})
    except (httpx.HTTPError, httpx.InvalidURL) as exc:
        raise ActionServerUnavailable(f"the action server does not answer: {type(exc).__name__}") from exc
    try:
        content = answer.json()
        if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            raise ActionServerUnavailable(f"the business's API did not tell the appointments: {content['error']}")
        return parse_obj_as(list[Reminder], content["reminders"])
    except (ValueError, LookupError, TypeError):
        # Their own words quote the answer, and so the customers.
        raise ActionServerUnavailable(f"the action server tells no reminders: HTTP {answer.status_code}") from None


def action_server(endpoints: Path) -> str:
    """Return the address of the action server, without its `/webhook`, as an endpoints file of Rasa's has it.

    Raises:
        SettingsError: it has none.
    """
    # Only now: it takes most of a second, for which the other commands need not wait. And it warns of what nobody here
    # can act on, in a mail from cron every day.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from rasa.utils.endpoints import read_endpoint_config

    described = read_endpoint_config(str(endpoints), "action_endpoint") if endpoints.is_file() else None
    if described is None or not described.url:
        raise SettingsError(f"{endpoints}: its action_endpoint names no url")
    return str(described.url).rstrip("/").removesuffix("/webhook")


def _spellings(phone: str) -> Sequence[str]:
    """Return the WhatsApp addresses that a number may have, the likeliest first."""
    if not (mobile := _MOBILE.fullmatch(phone)) or mobile[2] not in {"", _MARKS[mobile[1]]}:
        return (f"whatsapp:{phone}",)
    country, subscriber = mobile[1], mobile[3]
    bare, marked = f"whatsapp:+{country}{subscriber}", f"whatsapp:+{country}{_MARKS[country]}{subscriber}"
    return (marked, bare) if mobile[2] else (bare, marked)
