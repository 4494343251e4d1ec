"""Whether the day did any harm: what the business holds, and what each customer was told, have to agree."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.chaos.bad_day import speech
from tests.chaos.bad_day.business import PRICE
from tests.chaos.bad_day.crowd import BadDay
from tests.chaos.bad_day.facts import Change, changes_of, false_facts, false_offers, taken_all_day, told_of
from tests.chaos.bad_day.people import Outcome, Person
from tests.chaos.bad_day.roles import Booker
from tests.chaos.bad_day.tables import Tables, calls_of

MOST_SHOWN = 25
TRANSCRIPTS = 6

# What the customers' e-mails and numbers have in common.
PERSONAL = re.compile(r"persona\d{6}|correo-de-prueba|52155700\d{5}", re.I)

Complaint = tuple[Person | None, str]


def judge(day: BadDay, after: dict[str, Any], tables: Tables) -> list[Complaint]:
    """Gives all that is wrong, each with the customer whom it concerns."""
    complaints: list[Complaint] = [(None, what) for what in _sold_twice(after)]
    taken = taken_all_day(day.before, after)
    for person in day.people:
        changes = changes_of(person, day.before, after)
        for judged in (
            _silence(person, tables),
            _innards(person),
            _too_much(person, changes),
            false_facts(person, changes, after),
            false_offers(person, taken),
            _untold(person, changes),
        ):
            complaints += [(person, what) for what in judged]
    complaints += [(one, what) for one, other in day.pairs for what in _shared(one, other, after)]
    return complaints + list(_logged(day, tables))


def report(complaints: Sequence[Complaint]) -> str:
    """Says what is wrong, and shows the conversations of some whom it concerns."""
    kinds = Counter(what.split(":")[0] for _, what in complaints)
    lines = [f"{len(complaints)} complaints", *(f"  {count} × {kind}" for kind, count in kinds.most_common())]
    lines += [f"{person.phone.number if person else ''} {what}" for person, what in complaints[:MOST_SHOWN]]
    concerned = list(dict.fromkeys(person.phone.number for person, _ in complaints if person))[:TRANSCRIPTS]
    shown = {person.phone.number: person for person, _ in complaints if person}
    return "\n".join([*lines, *(transcript(shown[number]) for number in concerned)])


def transcript(person: Person) -> str:
    """Gives a conversation as text."""
    lines = [f"\n{type(person).__name__} {person.phone.number} {person.email}: {person.outcome.value}"]
    for turn in person.phone.turns:
        took = "no answer" if turn.seconds is None else f"{turn.seconds:.1f} s"
        lines.append(f"  > {turn.text}   [{turn.sid}, {took}{', asked for patience' * bool(turn.waits)}]")
        lines += [f"  < {text}".replace("\n", "\n    ") for text in turn.heard]
    return "\n".join(lines)


def _sold_twice(after: dict[str, Any]) -> Iterator[str]:
    booked = [row for row in after["appointments"] if row["status"] == "booked"]
    for one, other in pairwise(sorted(booked, key=lambda row: datetime.fromisoformat(row["start"]))):
        if datetime.fromisoformat(other["start"]) < datetime.fromisoformat(one["end"]):
            yield f"an hour is sold twice: {one['id']} and {other['id']}"


def _silence(person: Person, tables: Tables) -> Iterator[str]:
    if person.outcome in (Outcome.SILENCE, Outcome.OPEN, Outcome.ENDLESS, Outcome.MISLED):
        yield f"a conversation went wrong: {person.outcome.value}"
    for turn in person.phone.turns:
        answers = tables.answers.get(turn.sid, [])
        if not answers:
            yield f"a message was not answered: {turn.sid} {turn.text!r}"
        if strange := [sid for sid in answers if sid not in person.phone.heard]:
            yield f"an answer did not arrive: {strange} to {turn.sid}"
    answered = [sid for turn in person.phone.turns for sid in tables.answers.get(turn.sid, [])]
    if repeated := [sid for sid, count in Counter(answered).items() if count > 1]:
        yield f"an answer is of two turns: {repeated}"


def _innards(person: Person) -> Iterator[str]:
    for text in person.phone.heard.values():
        # What a customer gave is said back, and an e-mail looks like many things.
        if found := speech.INNARDS.search(speech.LINK.sub("", text).replace(person.email, "")):
            yield f"an answer shows what is inside: {found[0]!r} in {text!r}"


def _too_much(person: Person, changes: Sequence[Change]) -> Iterator[str]:
    """Complains of what was done that nobody agreed to, or more than once."""
    made = Counter(change.kind for change in changes)
    for kind, count in made.items():
        if count > person.agreed[kind]:
            yield f"done without a yes: {count} × {kind}, agreed {person.agreed[kind]} times"
    if made["book"] > 1:
        yield f"a double booking: {[change.row['id'] for change in changes if change.kind == 'book']}"
    paid = sum(Decimal(change.row["amount"]) for change in changes if change.kind == "pay")
    if paid > Decimal(PRICE):
        yield f"a double charge: {paid} of {PRICE}"


def _untold(person: Person, changes: Sequence[Change]) -> Iterator[str]:
    """Complains of changes that the customer knows nothing of, or was told the contrary of."""
    turns = person.phone.turns
    last = "\n".join(turns[-1].heard) if turns else ""
    said = "\n".join(text for turn in turns for text in turn.heard)
    for change in changes:
        if told_of(change, said):
            continue
        if speech.DOUBT.search(said):
            continue
        if speech.UNCHANGED.search(said):
            yield f"told that nothing was changed: {change.kind} {change.row['id']}"
        elif not (speech.AGAIN.search(last) or speech.AWAY.search(last)):
            yield f"never told of a change: {change.kind} {change.row['id']}"


def _shared(one: Booker, other: Booker, after: dict[str, Any]) -> Iterator[str]:
    """Complains unless one of two has the hour that both wanted, and the other was offered others."""
    mails = [one.email, other.email]
    starts = {row["customer_email"]: datetime.fromisoformat(row["start"]) for row in after["appointments"]
              if row["status"] == "booked" and row["customer_email"] in mails}  # fmt: skip
    for person, mate in ((one, other), (other, one)):
        if starts.get(person.email) is None and person.outcome is Outcome.SERVED:
            yield f"one of a pair got nothing: {person.phone.number}"
        if person.email in starts and not person.offered and mate.email in starts and not mate.offered:
            yield f"neither of a pair was offered anything else: {mails}"
    if one.outcome is other.outcome is Outcome.SERVED and one.offered and other.offered:
        yield f"both of a pair were offered something else: {mails}"


def _logged(day: BadDay, tables: Tables) -> Iterator[Complaint]:
    """Complains where the conversation log misses, doubles or misnames a turn, or knows somebody."""
    counts, rows = tables.logged(), {row["message_id"]: row for row in tables.log}
    for person in day.people:
        for turn in person.phone.turns:
            if counts[turn.sid] != 1:
                yield person, f"a turn is {counts[turn.sid]} times in the log: {turn.sid}"
                continue
            row, said = rows[turn.sid], "\n".join(turn.heard)
            if row["error_type"] not in (None, "api", "validation") and row["error_code"] != "intent_not_recognised":
                yield person, f"an error of another type: {row['error_type']} {row['error_code']} in {turn.sid}"
            if (speech.AWAY.search(said) or speech.APOLOGY.search(said)) and row["error_type"] != "api":
                yield person, f"an apology that the log does not know as an API's: {turn.sid}"
            if row["error_type"] == "api" and all(call["success"] for call in calls_of(row)):
                yield person, f"an error of an API that was not called in vain: {turn.sid}"
    for row in tables.log:
        if known := PERSONAL.search("\n".join(map(str, row.values()))):
            yield None, f"the log knows somebody: {known[0]} in {row['message_id']}"


def leaks(folder: Path) -> Iterator[Complaint]:
    """Complains of lines of output in which a process told who somebody is."""
    for file in sorted(folder.glob("*.log")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            if known := PERSONAL.search(line):
                yield None, f"a process tells who somebody is: {known[0]} in {file.name}, line {number}"
