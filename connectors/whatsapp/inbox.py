"""The inbox: every message of every customer, kept before it is acknowledged, until its turn is over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.engine import Connection, Row

from connectors.whatsapp.inbound import InboundMessage, Kind, message_from_json, message_to_json
from connectors.whatsapp.keywords import Keyword, keyword
from connectors.whatsapp.leases import INSERTS, Leases, clock, moment
from connectors.whatsapp.tables import contacts, inbox, reconciliations

MAX_BURST = 20


class InboxStatus(str, Enum):
    """What became of a message.

    `FAILED` messages had turns that failed too often and wait for an operator; `LIMITED` ones came too
    fast, `IGNORED` ones from somebody who wants no answers, and `HANDED_OVER` ones are for a person to
    answer: all four are kept and not answered. Of `FORGOTTEN` ones only the sid is left.
    """

    WAITING = "waiting"
    ANSWERED = "answered"
    FAILED = "failed"
    LIMITED = "limited"
    IGNORED = "ignored"
    HANDED_OVER = "handed_over"
    FORGOTTEN = "forgotten"


class Source(str, Enum):
    """How a message was found."""

    WEBHOOK = "webhook"
    RECONCILIATION = "reconciliation"


@dataclass(frozen=True)
class ClaimedTurn:
    """Messages of one contact that are answered together; whoever holds it is alone with that contact.

    Attributes:
        contact: Twilio's address of the customer.
        owner: who holds the lease; another one at every claim.
        messages: in the order in which they came, at least one.
        attempt: how often this turn was begun, this time included.
        waited: seconds since its first message came.
        is_repeated: whether it was begun before, and may have had effects.
        is_opted_out: whether the contact wants no answers.
        is_handed_over: whether a person looks after the contact.
    """

    contact: str
    owner: str
    messages: tuple[InboundMessage, ...]
    attempt: int
    waited: float = 0.0
    is_repeated: bool = False
    is_opted_out: bool = False
    is_handed_over: bool = False

    @property
    def sid(self) -> str:
        """The first message's sid, which makes the turn and all its effects unique."""
        return self.messages[0].sid


@dataclass(frozen=True)
class ParkedMessage:
    """A message whose turn failed too often."""

    sid: str
    error: str
    attempts: int
    received_at: datetime


@dataclass(frozen=True)
class Arrival:
    """A message that came in, how it was found, and whether it is to be answered."""

    message: InboundMessage
    source: Source = Source.WEBHOOK
    status: InboxStatus = InboxStatus.WAITING


class Inbox:
    """Keeps messages, and gives each contact's out in order.

    All methods run within the transaction of the connection they are given.

    Args:
        leases: The leases of turns.
        burst_seconds: Messages of a contact that come within so many seconds are answered together.
    """

    def __init__(self, leases: Leases, burst_seconds: float) -> None:
        self.leases = leases
        self._burst = timedelta(seconds=burst_seconds)

    def add(self, connection: Connection, arrivals: Sequence[Arrival]) -> list[bool]:
        """Keep messages, and tell of each whether it is new: each sid is kept once.

        Their contacts are looked after once they are expected: to touch a contact's row is to wait for
        whoever works on it.
        """
        sids = [arrival.message.sid for arrival in arrivals]
        known = set(connection.execute(_known_sids, {"sids": sids}).scalars())
        is_new, fresh = [], []
        for sid, arrival in zip(sids, arrivals, strict=True):
            is_new.append(sid not in known)
            if sid not in known:
                known.add(sid)
                fresh.append(arrival)
        if fresh:
            # Another process may keep the same message at this moment: whoever is first has kept it.
            insert = INSERTS[connection.dialect.name](inbox).on_conflict_do_nothing()
            now = clock(connection)
            if isinstance(now, datetime):
                rows = [{**_row(arrival), "received_at": now} for arrival in fresh]
            else:
                insert, rows = insert.values(received_at=now), [_row(arrival) for arrival in fresh]
            connection.execute(insert, rows)
        return is_new

    def expect(self, connection: Connection, addresses: Collection[str] | None = None) -> None:
        """Have contacts looked after whose messages were added: those named, or whoever was forgotten.

        Who was to be expected by a process that died is forgotten until then.
        """
        oldest = select(inbox.c.contact, func.min(inbox.c.received_at)).group_by(inbox.c.contact)
        oldest = oldest.where(inbox.c.status == InboxStatus.WAITING.value)
        if addresses is None:
            known = inbox.outerjoin(contacts, contacts.c.address == inbox.c.contact)
            oldest = oldest.select_from(known).where(self.leases.is_idle)
        else:
            oldest = oldest.where(inbox.c.contact.in_(addresses))
        due = {contact: received_at + self._burst for contact, received_at in connection.execute(oldest)}
        self.leases.wake(connection, due)

    def claim(self, connection: Connection, owner: str, limit: int, held: Collection[str] = ()) -> list[ClaimedTurn]:
        """Lease at most `limit` contacts with due messages, none of those `held`, and begin the next turn of each."""
        claimed = []
        for address in self.leases.claim(connection, owner, limit, held):
            if turn := self._begin(connection, address, owner):
                claimed.append(turn)
            else:
                self.leases.release(connection, address, None)
        return claimed

    def finish(self, connection: Connection, turn: ClaimedTurn, status: InboxStatus, error: str | None = None) -> bool:
        """Note that a turn is over and free its contact; return False, and do nothing, if the lease was lost."""
        if not self.leases.holds(connection, turn.owner, turn.contact):
            return False
        ended = {"status": status.value, "error": error, "finished_at": moment(connection)}
        connection.execute(update(inbox).where(_belongs_to(turn)).values(ended))
        self._free(connection, turn.contact)
        return True

    def postpone(
        self, connection: Connection, turn: ClaimedTurn, delay: float, error: str, *, counts: bool = True
    ) -> None:
        """Have a failed turn done again after `delay` seconds; the contact's later messages wait for it."""
        if self.leases.holds(connection, turn.owner, turn.contact):
            attempts = inbox.c.attempts if counts else inbox.c.attempts - 1
            connection.execute(update(inbox).where(_belongs_to(turn)).values(error=error, attempts=attempts))
            self.leases.release(connection, turn.contact, moment(connection) + timedelta(seconds=delay))

    def give_back(self, connection: Connection, turn: ClaimedTurn) -> None:
        """Free a turn that was not worked on to its end, as if it had never been claimed."""
        if self.leases.holds(connection, turn.owner, turn.contact):
            connection.execute(update(inbox).where(_belongs_to(turn)).values(attempts=inbox.c.attempts - 1))
            self.leases.release(connection, turn.contact, moment(connection))

    def is_leaving(self, connection: Connection, contact: str) -> bool:
        """Tell whether a contact has asked for no more messages, and waits for that to be obeyed."""
        waiting = (inbox.c.contact == contact, inbox.c.status == InboxStatus.WAITING.value)
        contents = connection.execute(select(inbox.c.content).where(*waiting).limit(MAX_BURST)).scalars()
        return any(keyword(str(content.get("text", ""))) is Keyword.OPT_OUT for content in contents)

    def opt(self, connection: Connection, contact: str, *, out: bool) -> None:
        """Note that a contact wants no more answers, or wants them again."""
        when = moment(connection) if out else None
        connection.execute(update(contacts).where(contacts.c.address == contact).values(opted_out_at=when))

    def parked(self, connection: Connection) -> list[ParkedMessage]:
        """Return the messages whose turns failed too often, oldest first."""
        columns = (inbox.c.message_sid, inbox.c.error, inbox.c.attempts, inbox.c.received_at)
        query = select(*columns).where(inbox.c.status == InboxStatus.FAILED.value).order_by(inbox.c.position)
        return [ParkedMessage(*row) for row in connection.execute(query)]

    def retry(self, connection: Connection, sids: Sequence[str] | None = None) -> int:
        """Have parked messages, all or those named, answered after all; return how many."""
        parked = inbox.c.status == InboxStatus.FAILED.value
        # A turn is done again as a whole: its messages were answered together, and its effects bear its name.
        turns = select(inbox.c.turn_sid).where(parked, inbox.c.message_sid.in_(sids or []))
        named = inbox.c.message_sid.in_(sids or []) | inbox.c.turn_sid.in_(turns)
        chosen = parked if sids is None else parked & named
        again = connection.execute(select(inbox.c.message_sid, inbox.c.contact).where(chosen)).all()
        fresh = {"status": InboxStatus.WAITING.value, "attempts": 0, "finished_at": None}
        connection.execute(
            update(inbox).where(inbox.c.message_sid.in_([row.message_sid for row in again])).values(fresh)
        )
        self.leases.wake(connection, dict.fromkeys((row.contact for row in again), moment(connection)))
        return len(again)

    def known(self, connection: Connection, since: datetime) -> set[str]:
        """Return the sids of the messages kept since then."""
        return set(connection.execute(select(inbox.c.message_sid).where(inbox.c.received_at >= since)).scalars())

    def looked_until(self, connection: Connection, address: str) -> datetime | None:
        """Return until when nothing is missing of what was sent to an address of ours; None if that is not known."""
        query = select(reconciliations.c.looked_until).where(reconciliations.c.address == address)
        until: datetime | None = connection.execute(query).scalar_one_or_none()
        return until

    def note_look(self, connection: Connection, address: str, until: datetime) -> None:
        """Note that nothing is missing until then."""
        insert = INSERTS[connection.dialect.name](reconciliations).values(address=address, looked_until=until)
        latest = {"looked_until": insert.excluded.looked_until}
        connection.execute(insert.on_conflict_do_update(index_elements=[reconciliations.c.address], set_=latest))

    def _begin(self, connection: Connection, address: str, owner: str) -> ClaimedTurn | None:
        waiting = select(inbox).where(inbox.c.contact == address, inbox.c.status == InboxStatus.WAITING.value)
        rows = connection.execute(waiting.order_by(inbox.c.position).limit(MAX_BURST)).all()
        if not rows:
            return None
        try:
            together = self._together(rows)
            messages = tuple(message_from_json(row.content) for row in together)
        except (KeyError, TypeError, ValueError) as exc:
            # Written by a later version perhaps; one message must not hold up all others.
            self._park(connection, rows[0], f"it cannot be read here: {type(exc).__name__}")
            return self._begin(connection, address, owner)
        sid, attempt = together[0].message_sid, together[0].attempts + 1
        positions = [row.position for row in together]
        begun = {"turn_sid": sid, "attempts": attempt}
        connection.execute(update(inbox).where(inbox.c.position.in_(positions)).values(begun))
        silent = select(contacts.c.opted_out_at, contacts.c.handed_over_at).where(contacts.c.address == address)
        opted_out_at, handed_over_at = connection.execute(silent).one()
        return ClaimedTurn(
            contact=address,
            owner=owner,
            messages=messages,
            attempt=attempt,
            waited=(moment(connection) - together[0].received_at).total_seconds(),
            is_repeated=together[0].turn_sid is not None,
            is_opted_out=opted_out_at is not None,
            is_handed_over=handed_over_at is not None,
        )

    def _park(self, connection: Connection, row: Row, error: str) -> None:
        parked = {"status": InboxStatus.FAILED.value, "error": error, "finished_at": moment(connection)}
        connection.execute(update(inbox).where(inbox.c.position == row.position).values(parked))

    def _together(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows of the next turn: those of a turn begun before, else a burst."""
        first = rows[0]
        if first.turn_sid:
            # It may have had effects, which were those of exactly these messages.
            return [row for row in rows if row.turn_sid == first.turn_sid]
        together = [first]
        if self._burst and may_join(message_from_json(first.content)):
            for row in rows[1:]:
                is_late = row.received_at - together[-1].received_at > self._burst
                if row.turn_sid or is_late or not may_join(message_from_json(row.content)):
                    break
                together.append(row)
        return together

    def _free(self, connection: Connection, contact: str) -> None:
        waiting = (inbox.c.contact == contact, inbox.c.status == InboxStatus.WAITING.value)
        oldest = connection.execute(select(func.min(inbox.c.received_at)).where(*waiting)).scalar_one()
        self.leases.release(connection, contact, None if oldest is None else oldest + self._burst)


_known_sids = select(inbox.c.message_sid).where(inbox.c.message_sid.in_(bindparam("sids", expanding=True)))


def _row(arrival: Arrival) -> dict[str, Any]:
    return {
        "message_sid": arrival.message.sid,
        "contact": arrival.message.sender,
        "content": message_to_json(arrival.message),
        "status": arrival.status.value,
        "attempts": 0,
        "source": arrival.source.value,
    }


def may_join(message: InboundMessage) -> bool:
    """Tell whether a message may be answered together with others: plain words, which nothing else depends on."""
    is_text = message.kind is Kind.TEXT and not message.choice
    return is_text and not keyword(message.text) and any(map(str.isalpha, message.text))


def _belongs_to(turn: ClaimedTurn) -> object:
    return inbox.c.message_sid.in_([message.sid for message in turn.messages])
