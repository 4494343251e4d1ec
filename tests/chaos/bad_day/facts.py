"""What was done, and what customers were told of it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.chaos.bad_day import speech
from tests.chaos.bad_day.business import Row
from tests.chaos.bad_day.people import Person
from tests.chaos.bad_day.speech import said_day, said_time


@dataclass(frozen=True)
class Change:
    """Something that was done for a customer.

    Attributes:
        kind: "book", "pay", "cancel" or "move".
        row: the appointment or the payment as it is now.
    """

    kind: str
    row: Row


def changes_of(person: Person, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Gives what was done for a customer during the day."""
    old = {row["id"]: row for row in (*before["appointments"], *before["payments"])}
    changes = []
    for row in after["appointments"]:
        if row["customer_email"] != person.email:
            continue
        known = old.get(row["id"])
        if known is None:
            changes.append(Change("book", row))
        elif known["status"] != row["status"]:
            changes.append(Change("cancel", row))
        elif known["start"] != row["start"]:
            changes.append(Change("move", row))
    paid = [row for row in after["payments"] if row["customer_email"] == person.email and row["id"] not in old]
    return [*changes, *(Change("pay", row) for row in paid)]


def told_of(change: Change, said: str) -> bool:
    """Whether a customer heard of a change."""
    row = change.row
    if change.kind == "pay":
        return bool(re.search(rf"\b{row['reference']}\b", said))
    if change.kind == "cancel" and speech.WAS_CANCELLED.search(said):
        return True
    words = {"book": (speech.BOOKED, speech.STANDS), "move": (speech.MOVED, speech.STANDS),
             "cancel": (speech.CANCELLED, speech.IS_CANCELLED)}[change.kind]  # fmt: skip
    return any(told["id"] == row["id"] for pattern in words for told in pattern.finditer(said))


def false_facts(person: Person, changes: Sequence[Change], after: Mapping[str, Any]) -> Iterator[str]:
    """Complains of what a customer was told that is not so."""
    said = "\n".join(person.phone.heard.values())
    mine = {row["id"]: row for row in after["appointments"] if row["customer_email"] == person.email}
    payments = {change.row["reference"]: change.row for change in changes if change.kind == "pay"}
    prices = {(price["amount"], price["currency"]) for package in after["packages"] for price in package["prices"]}
    for told in speech.PAID.finditer(said):
        row = payments.get(told["reference"])
        if row is None or row["amount"] != told["amount"] or row["link"] != told["link"]:
            yield f"a false payment: {told[0]!r} where there is {row}"
    for pattern, status in (
        (speech.BOOKED, "booked"),
        (speech.MOVED, "booked"),
        (speech.CANCELLED, "cancelled"),
        (speech.IS_CANCELLED, "cancelled"),
    ):
        for told in pattern.finditer(said):
            row = mine.get(told["id"])
            if row is None or row["status"] != status or not _same_time(told, row, person.today):
                yield f"a false appointment: {told[0]!r} where there is {row}"
    for told in speech.STANDS.finditer(said):
        if told["id"] not in mine:
            yield f"a false appointment: {told[0]!r} where there is none"
    if speech.WAS_CANCELLED.search(said) and all(row["status"] == "booked" for row in mine.values()):
        yield "a false cancellation: nothing is cancelled"
    paid = {(row["amount"], row["currency"]) for row in payments.values()}
    rests = {("30.00", "USD"), ("20.00", "USD")}
    for told in speech.PRICE.finditer(said):
        if (told["amount"], told["currency"]) not in prices | paid | rests:
            yield f"a false price: {told[0]}"


def taken_all_day(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[datetime]:
    """Gives the hours that were booked before the day and still are."""
    kept = {(row["id"], row["start"]) for row in after["appointments"] if row["status"] == "booked"}
    rows = (row for row in before["appointments"] if row["status"] == "booked")
    return {datetime.fromisoformat(row["start"]) for row in rows if (row["id"], row["start"]) in kept}


def false_offers(person: Person, taken: Container[datetime]) -> Iterator[str]:
    """Complains of free times that were never free."""
    said = "\n".join(person.phone.heard.values())
    offers = [(told["day"], told["time"]) for told in speech.LISTED.finditer(said)]
    offers += [(told["day"], time) for told in speech.FREE.finditer(said) for time in told["times"].split(", ")]
    for day, time in offers:
        if speech.moment_of(day, time, person.today) in taken:
            yield f"a false offer: {day}, {time}"


def _same_time(told: re.Match[str], row: Row, today: datetime) -> bool:
    start = datetime.fromisoformat(row["start"])
    return (told["day"], told["time"]) == (said_day(start, today), said_time(start))
