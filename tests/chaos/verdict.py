"""Whether every message was answered exactly once: as Twilio and the business saw it, and as our tables tell it."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from connectors.whatsapp.outbox import PATIENCE
from tests.chaos.customers import Booker, Crowd, Customer
from tests.chaos.matching import match
from tests.chaos.records import ContactRecords, Records, Row
from tests.chaos.world import World

# Nothing waits for longer: not a lease, not a webhook that never comes, not an attempt that is put off.
STANDSTILL = 60.0
# What is sent twice for no reason that the tables know is still seen.
SILENCE = 4.0
MOST_COMPLAINTS = 20
MOST_LINES = 40


@dataclass
class Evidence:
    """All that is known about one customer.

    Attributes:
        thread: both sides as the sandbox's Twilio saw them.
        records: our tables; None where they cannot be read.
    """

    customer: Customer
    thread: list[dict[str, Any]]
    records: ContactRecords | None
    complaints: list[str] = field(default_factory=list)

    @property
    def answers(self) -> list[dict[str, Any]]:
        """What reached the customer, in order."""
        return [message for message in self.thread if message["direction"] == "outbound"]

    @property
    def webhooks(self) -> dict[str, dict[str, Any]]:
        """How each webhook was taken, by MessageSid."""
        return {message["sid"]: message["webhook"] for message in self.thread if message["direction"] == "inbound"}

    def complain(self, what: str, sids: Iterable[str] = ()) -> None:
        """Adds a complaint, with all that is known about the messages it is about."""
        self.complaints.append("\n".join([f"{self.customer.number}: {what}", *(self._known_of(sid) for sid in sids)]))

    def _known_of(self, sid: str) -> str:
        said = next((said for said in self.customer.said if said.sid == sid), None)
        lines = [f"    {sid} {said.text!r} written at {_clock(said.at)}" if said else f"    {sid} is no customer's"]
        lines.append(f"        webhook: {self.webhooks.get(sid)}")
        if self.records:
            taken = [row for row in self.records.inbox if row["message_sid"] == sid]
            turns = {row["turn_sid"] for row in taken} | {sid}
            lines += [f"        inbox:   {row}" for row in taken] or ["        inbox:   nothing"]
            lines += [f"        outbox:  {row}" for row in self.records.outbox if row["turn_sid"] in turns]
            lines += [f"        log:     {row}" for row in self.records.log if row["message_id"] == sid]
        return "\n".join(lines)


async def assert_all_is_answered_once(world: World, crowd: Crowd, records: Records) -> None:
    """Waits until nothing is left to be done for the crowd, and looks at what became of every message."""
    await _settled(crowd, records)
    cases = [await _evidence(customer, records) for customer in crowd.customers]
    appointments = (await world.business())["appointments"]
    for case in cases:
        _judge_from_outside(case)
        _judge_the_tables(case)
        _judge_the_bookings(case, appointments)
    complaints = [complaint for case in cases for complaint in case.complaints]
    said = sum(len(case.customer.said) for case in cases)
    assert not complaints, "\n".join([f"{len(complaints)} complaints about {said} messages", *_report(cases)])


async def _settled(crowd: Crowd, records: Records) -> None:
    """Waits until nothing is left to be done, or nothing has been done for long."""
    numbers = [customer.number for customer in crowd.customers]
    least, give_up = None, time.monotonic() + STANDSTILL
    while time.monotonic() < give_up:
        sids = [said.sid for customer in crowd.customers for said in customer.said]
        unfinished = await records.unfinished(numbers, sids)
        unanswered = sum([await customer.unanswered() for customer in crowd.customers])
        left = unanswered + (unfinished or 0)
        if left == 0:
            break
        if least is None or left < least:
            least, give_up = left, time.monotonic() + STANDSTILL
        await asyncio.sleep(0.5)
    await asyncio.sleep(SILENCE)


async def _evidence(customer: Customer, records: Records) -> Evidence:
    try:
        rows = await records.of(customer.number, [said.sid for said in customer.said])
    except SQLAlchemyError as error:
        evidence = Evidence(customer, await customer.thread(), None)
        evidence.complain(f"the tables cannot be read: {type(error).__name__} {getattr(error, 'orig', '')}")
        return evidence
    return Evidence(customer, await customer.thread(), rows)


def _judge_from_outside(case: Evidence) -> None:
    """Complains of what is missing, too much or out of order, told by the words of the answers alone."""
    found = match(case.customer.said, [answer["text"] for answer in case.answers])
    for answer in (case.answers[place] for place in found.strange):
        case.complain(f"got what no message asks for, or had got it already: {answer['sid']} {answer['text']!r}")
    for said, missing in found.missing.items():
        if missing:
            case.complain(f"{missing} of {len(said.expects)} answers never came", [said.sid])
    passed_on = [said for said in found.answered if said.in_order and _came_at_once(case.webhooks.get(said.sid))]
    for earlier, later in itertools.pairwise(passed_on):
        if case.customer.said.index(earlier) > case.customer.said.index(later):
            case.complain("the second of these came first and was answered last", [earlier.sid, later.sid])


def _came_at_once(webhook: dict[str, Any] | None) -> bool:
    return webhook is not None and webhook["state"] == "delivered"


def _judge_the_tables(case: Evidence) -> None:
    """Complains where our tables and what Twilio saw do not fit."""
    records = case.records
    if records is None:
        return
    taken = Counter(row["message_sid"] for row in records.inbox)
    for said in case.customer.said:
        if taken[said.sid] != 1:
            case.complain(f"a message is {taken[said.sid]} times in the inbox", [said.sid])
    for row in records.inbox:
        if row["status"] != "answered" or not row["turn_sid"]:
            case.complain("a message is not answered, says the inbox", [row["message_sid"]])
        # Reconciliation leaves alone what is so young: it can only have found what was not kept.
        if row["source"] != "webhook" and row["message_sid"] in case.customer.acknowledged:
            case.complain("a message was acknowledged before it was kept", [row["message_sid"]])
    for sid, rows in Counter(row["message_id"] for row in records.log).items():
        if rows > 1:
            case.complain(f"a turn is {rows} times in conversation_logs", [sid])
    turns = list(dict.fromkeys(row["turn_sid"] for row in records.inbox))
    for turn in turns:
        _judge_the_turn(case, turn, [row for row in records.outbox if row["turn_sid"] == turn])
    due = sorted(records.outbox, key=lambda row: (_place(turns, row["turn_sid"]), _place_in_turn(row)))
    ours, theirs = [row["twilio_sid"] for row in due], [answer["sid"] for answer in case.answers]
    if Counter(ours) != Counter(theirs):
        strange = [sid for sid in theirs if sid not in ours]
        case.complain(f"Twilio has messages that the outbox does not know: {strange}" if strange else "sids differ")
    elif ours != theirs:
        case.complain(f"answers are not in the order of the inbox: {ours} is due, {theirs} came")


def _judge_the_turn(case: Evidence, turn: str, said_of_it: Sequence[Row]) -> None:
    # A request for patience, of which the table holds one a turn, is no answer.
    rows = [row for row in said_of_it if row["number"] != PATIENCE]
    if any(row["position"] > rows[0]["position"] for row in said_of_it if rows and row["number"] == PATIENCE):
        case.complain("somebody was asked for patience after the answer", [turn])
    if [row["number"] for row in rows] != list(range(len(rows))) or not rows:
        case.complain("a turn's answers are not numbered 0, 1, 2 …", [turn])
    together = [row["message_sid"] for row in (case.records.inbox if case.records else []) if row["turn_sid"] == turn]
    expects = [pattern for said in case.customer.said if said.sid in together for pattern in said.expects]
    tolerated = any(said.tolerates for said in case.customer.said if said.sid in together)
    texts = {answer["sid"]: answer["text"] for answer in case.answers}
    said = [texts.get(row["twilio_sid"], "") for row in rows]
    if not tolerated and not _fit(expects, said):
        case.complain(f"a turn is answered by {said}", [turn])


def _fit(patterns: Sequence[str], texts: Sequence[str]) -> bool:
    return len(patterns) == len(texts) and all(map(re.search, patterns, texts))


def _place(turns: Sequence[str], turn: str) -> int:
    return turns.index(turn) if turn in turns else len(turns)


def _place_in_turn(row: Row) -> int:
    return -1 if row["number"] == PATIENCE else int(row["number"])


def _judge_the_bookings(case: Evidence, appointments: Sequence[dict[str, Any]]) -> None:
    """Complains of bookings that the business has twice, or not, or that nobody asked for."""
    if not isinstance(case.customer, Booker):
        return
    mine = [each for each in appointments if each["customer_email"] == case.customer.email]
    made = Counter(each["start"] for each in mine if each["status"] == "booked")
    wanted = Counter(case.customer.booked)
    for start in sorted(made | wanted):
        if made[start] != wanted[start]:
            case.complain(f"said yes {wanted[start]} times to {start}, which is booked {made[start]} times")


def _report(cases: Sequence[Evidence]) -> Iterator[str]:
    complaints = [complaint for case in cases for complaint in case.complaints]
    # The first line of a complaint begins with the number and ends with details.
    kinds = Counter(complaint.split("\n")[0].split(": ", 2)[1] for complaint in complaints)
    yield from (f"  {count} × {kind}" for kind, count in kinds.most_common())
    yield from complaints[:MOST_COMPLAINTS]
    worst = max(cases, key=lambda case: len(case.complaints))
    yield f"The last messages of {worst.customer.number}:"
    yield from list(_lines(worst))[-MOST_LINES:]


def _lines(case: Evidence) -> Iterator[str]:
    for message in case.thread:
        arrow = ">" if message["direction"] == "inbound" else "<"
        yield f"    {message['at'][11:23]} {message['sid']} {arrow} {message['text'][:100]!r}"


def _clock(seconds: float) -> str:
    return time.strftime("%H:%M:%S", time.gmtime(seconds))
