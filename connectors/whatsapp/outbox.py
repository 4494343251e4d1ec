"""The outbox: every answer, kept before it is sent, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.engine import Connection, Row

from connectors.whatsapp.buttons import Button, Offer
from connectors.whatsapp.delivery import UNSENT, Delivery, DeliveryStatus, Receipt
from connectors.whatsapp.leases import INSERTS, Leases, moment
from connectors.whatsapp.tables import contacts, inbox, outbox

OutboxKey = tuple[str, int]

# Seconds. Twilio's list of messages is asked for what may have been taken; it needs a moment to show it.
LOOK_UP_AFTER = 2.0
WINDOW_CLOSED = 63016
OPTED_OUT = 21610

# Beyond any answer's number: what may be said besides the answers of a turn.
APOLOGY = 1000
WINDOW_TEMPLATE = 1001
PLEA = 1002
CONFIRMATION = 1003
PATIENCE = 1004
REMINDER = 1005
# Where one of these comes too late for WhatsApp, there is no answer to be fetched that a notice could tell of.
_WITHOUT_NOTICE = frozenset({WINDOW_TEMPLATE, PATIENCE, REMINDER})


@dataclass(frozen=True)
class ContentTemplate:
    """A template of Twilio's Content API and the values of its variables."""

    sid: str
    variables: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutgoingMessage:
    """One message to a customer.

    Attributes:
        turn_sid: MessageSid of the first message of the turn that it answers; of a reminder, its own key.
        number: its place among the answers of that turn, from 0.
        body: the whole text, with buttons as numbered lines, so that it stands without the template.
        template: how Twilio shows the buttons natively, where that is configured.
        buttons: what the customer may choose by answering.
    """

    turn_sid: str
    number: int
    recipient: str
    body: str
    media_url: str | None = None
    template: ContentTemplate | None = None
    buttons: tuple[Button, ...] = ()

    @property
    def key(self) -> OutboxKey:
        """What makes this message unique, however often its turn is run."""
        return self.turn_sid, self.number


@dataclass(frozen=True)
class ClaimedSend:
    """A message that its holder is to hand to Twilio, and nobody else.

    Attributes:
        message: what to send.
        owner: who holds the lease of the contact.
        attempt: how often it was tried, this time included.
        doubtful_since: when an earlier attempt began that may have succeeded without our knowing.
        age: how long ago the answer was put into the outbox.
        turn_age: how long ago the message that it answers came; `age` where it answers none.
    """

    message: OutgoingMessage
    owner: str
    attempt: int
    doubtful_since: datetime | None
    age: timedelta
    turn_age: timedelta


class Outbox:
    """Keeps answers, and gives each contact's out in order.

    All methods run within the transaction of the connection they are given.

    Args:
        leases: The leases of sends.
        window_template: What is sent, once a turn, where WhatsApp's 24-hour window is closed.
    """

    def __init__(self, leases: Leases, window_template: str | None = None) -> None:
        self.leases = leases
        self._window_template = window_template

    def add(self, connection: Connection, messages: Sequence[OutgoingMessage]) -> None:
        """Keep messages to one contact, except those whose key is already kept."""
        now = moment(connection)
        for message in messages:
            row = {
                "turn_sid": message.turn_sid,
                "number": message.number,
                "contact": message.recipient,
                "content": _to_json(message),
                "status": DeliveryStatus.WAITING.value,
                "attempts": 0,
                "created_at": now,
                "status_at": now,
            }
            insert = INSERTS[connection.dialect.name](outbox).values(row)
            connection.execute(insert.on_conflict_do_nothing(index_elements=[outbox.c.turn_sid, outbox.c.number]))
        if messages:
            self.leases.wake(connection, {messages[0].recipient: now})

    def withdraw(self, connection: Connection, key: OutboxKey) -> None:
        """Take a message back, unless it is being sent or was."""
        waiting = outbox.c.status == DeliveryStatus.WAITING.value
        connection.execute(delete(outbox).where(*_is(key), waiting))

    def claim(self, connection: Connection, owner: str, limit: int, held: Collection[str] = ()) -> list[ClaimedSend]:
        """Lease at most `limit` contacts with due messages, none of those `held`, and begin each one's next message."""
        addresses = self.leases.claim(connection, owner, limit, held)
        return [send for address in addresses if (send := self._begin_or_release(connection, address, owner))]

    def sent(self, connection: Connection, send: ClaimedSend, twilio_sid: str) -> ClaimedSend | None:
        """Note that Twilio took a message, and return the contact's next one, if there is one."""
        if not self._advance(connection, send.message.key, DeliveryStatus.QUEUED, None, twilio_sid):
            # It went out under another sid before; it must not go out a third time.
            self._advance(connection, send.message.key, DeliveryStatus.QUEUED, None, None)
        return self._next(connection, send)

    def failed(self, connection: Connection, send: ClaimedSend, error_code: int | None) -> ClaimedSend | None:
        """Note that a message was given up, and return the contact's next one, if there is one."""
        self._advance(connection, send.message.key, DeliveryStatus.FAILED, error_code, None)
        if error_code == WINDOW_CLOSED:
            self._send_template(connection, send.message.key)
        return self._next(connection, send)

    def postpone(self, connection: Connection, send: ClaimedSend, delay: float, *, in_doubt: bool) -> None:
        """Have a message sent again after `delay` seconds; the contact's later ones wait for it.

        Args:
            connection: The transaction.
            send: What could not be sent.
            delay: Seconds.
            in_doubt: Whether Twilio may have taken it all the same.
        """
        if not self.leases.holds(connection, send.owner, send.message.recipient):
            return
        if not in_doubt and send.doubtful_since is None:
            back = {"status": DeliveryStatus.WAITING.value, "attempted_at": None}
            posting = outbox.c.status == DeliveryStatus.POSTING.value
            connection.execute(update(outbox).where(*_is(send.message.key), posting).values(back))
        due = moment(connection) + timedelta(seconds=delay)
        self.leases.release(connection, send.message.recipient, due)

    def record(self, connection: Connection, receipt: Receipt) -> bool:
        """Note what Twilio reports of a message, in whatever order; return False if it is none of ours."""
        key = receipt.key or self._key_of(connection, receipt.twilio_sid)
        if key is None or not self._advance(connection, key, receipt.status, receipt.error_code, receipt.twilio_sid):
            return False
        if receipt.error_code == WINDOW_CLOSED:
            self._send_template(connection, key)
        return True

    def delivery(self, connection: Connection, key: OutboxKey) -> Delivery | None:
        """Return how far an answer has come; None if it is not kept."""
        row = connection.execute(select(outbox).where(*_is(key))).one_or_none()
        return row and Delivery(DeliveryStatus(row.status), row.twilio_sid, row.error_code)

    def latest_offer(self, connection: Connection, contact: str) -> Offer:
        """Return the buttons in the answers to the contact's latest turn; an empty offer if none."""
        mine = select(outbox).where(outbox.c.contact == contact, outbox.c.number < APOLOGY)
        latest = connection.execute(mine.order_by(outbox.c.position.desc()).limit(1)).one_or_none()
        if latest is None:
            return Offer()
        same_turn = mine.where(outbox.c.turn_sid == latest.turn_sid).order_by(outbox.c.position.desc())
        for row in connection.execute(same_turn):
            if buttons := _from_row(row).buttons:
                return Offer(buttons, row.twilio_sid)
        return Offer()

    def known_sids(self, connection: Connection, send: ClaimedSend, since: datetime) -> tuple[str | None, set[str]]:
        """Return Twilio's sid of a doubtful message, if a receipt has told it by now, and all known since then."""
        own = connection.execute(select(outbox.c.twilio_sid).where(*_is(send.message.key))).scalar_one_or_none()
        contact = send.message.recipient
        sent = (outbox.c.contact == contact, outbox.c.twilio_sid.is_not(None), outbox.c.status_at >= since)
        return own, set(connection.execute(select(outbox.c.twilio_sid).where(*sent)).scalars())

    def give_back(self, connection: Connection, send: ClaimedSend) -> None:
        """Free a contact whose message was perhaps sent, and perhaps not: whoever is next finds out."""
        if self.leases.holds(connection, send.owner, send.message.recipient):
            # Twilio's list, where they look, is behind.
            later = moment(connection) + timedelta(seconds=LOOK_UP_AFTER)
            self.leases.release(connection, send.message.recipient, later)

    def _next(self, connection: Connection, send: ClaimedSend) -> ClaimedSend | None:
        if not self.leases.holds(connection, send.owner, send.message.recipient):
            return None
        return self._begin_or_release(connection, send.message.recipient, send.owner)

    def _begin_or_release(self, connection: Connection, contact: str, owner: str) -> ClaimedSend | None:
        unsent = outbox.c.status.in_(UNSENT)
        self._discard_unwanted(connection, contact, unsent)
        received = select(inbox.c.received_at).where(inbox.c.message_sid == outbox.c.turn_sid).scalar_subquery()
        first = select(outbox, received.label("received_at")).where(outbox.c.contact == contact, unsent)
        first = first.order_by(outbox.c.position).limit(1)
        row = connection.execute(first).one_or_none()
        if row is None:
            self.leases.release(connection, contact, None)
            return None
        now = moment(connection)
        doubtful_since = row.attempted_at if row.status == DeliveryStatus.POSTING.value else None
        begun = {
            "status": DeliveryStatus.POSTING.value,
            "attempts": row.attempts + 1,
            "attempted_at": doubtful_since or now,
        }
        # A receipt may have told in between that it was sent.
        still_unsent = update(outbox).where(outbox.c.position == row.position, unsent).values(begun)
        if not connection.execute(still_unsent).rowcount:
            return self._begin_or_release(connection, contact, owner)
        ages = (now - row.created_at, now - (row.received_at or row.created_at))
        return ClaimedSend(_from_row(row), owner, row.attempts + 1, doubtful_since, *ages)

    def _discard_unwanted(self, connection: Connection, contact: str, unsent: Any) -> None:
        """Give up what is to be sent to a contact who wants no messages, but for the word that confirms it."""
        opted_out = select(contacts.c.opted_out_at).where(contacts.c.address == contact)
        if connection.execute(opted_out).scalar_one_or_none() is None:
            return
        unwanted = (outbox.c.contact == contact, unsent, outbox.c.number != CONFIRMATION)
        given_up = {"status": DeliveryStatus.FAILED.value, "error_code": OPTED_OUT, "status_at": moment(connection)}
        connection.execute(update(outbox).where(*unwanted).values(given_up))

    def _advance(
        self,
        connection: Connection,
        key: OutboxKey,
        status: DeliveryStatus,
        error_code: int | None,
        twilio_sid: str | None,
    ) -> bool:
        row = connection.execute(select(outbox).where(*_is(key)).with_for_update()).one_or_none()
        if row is None or (row.twilio_sid and twilio_sid and row.twilio_sid != twilio_sid):
            return False
        known = Delivery(DeliveryStatus(row.status), row.twilio_sid or twilio_sid, row.error_code)
        later = known.advanced(status, error_code)
        values: dict[str, Any] = {"twilio_sid": later.twilio_sid}
        if later.status is not known.status:
            values |= {"status": later.status.value, "error_code": later.error_code, "status_at": moment(connection)}
        connection.execute(update(outbox).where(*_is(key)).values(values))
        return True

    def _key_of(self, connection: Connection, twilio_sid: str) -> OutboxKey | None:
        row = connection.execute(
            select(outbox.c.turn_sid, outbox.c.number).where(outbox.c.twilio_sid == twilio_sid)
        ).one_or_none()
        return row and (row.turn_sid, row.number)

    def _send_template(self, connection: Connection, refused: OutboxKey) -> None:
        turn_sid, number = refused
        if not self._window_template or number in _WITHOUT_NOTICE:
            return
        row = connection.execute(select(outbox).where(*_is(refused))).one()
        template = ContentTemplate(self._window_template)
        self.add(connection, [OutgoingMessage(turn_sid, WINDOW_TEMPLATE, row.contact, "", template=template)])


def _is(key: OutboxKey) -> tuple[Any, Any]:
    return outbox.c.turn_sid == key[0], outbox.c.number == key[1]


def _to_json(message: OutgoingMessage) -> dict[str, Any]:
    content = asdict(replace(message, template=None))
    kept = {name: content[name] for name in ("body", "media_url", "buttons")}
    if message.template:
        kept["template"] = {"sid": message.template.sid, "variables": list(message.template.variables)}
    return kept


def _from_row(row: Row) -> OutgoingMessage:
    content = row.content
    template = content.get("template")
    return OutgoingMessage(
        row.turn_sid,
        row.number,
        row.contact,
        content["body"],
        media_url=content["media_url"],
        template=ContentTemplate(template["sid"], tuple(template["variables"])) if template else None,
        buttons=tuple(Button(**button) for button in content["buttons"]),
    )
