"""What the database tells is wrong, for all servers on it: turns that fail, messages that wait, answers refused."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from connectors.alerts.conditions import WINDOW_SECONDS, Condition, Look, Severity
from connectors.conversation_log.models import conversation_logs
from connectors.settings import Settings
from connectors.whatsapp.delivery import UNSENT, DeliveryStatus
from connectors.whatsapp.inbox import InboxStatus
from connectors.whatsapp.leases import moment
from connectors.whatsapp.outbox import WINDOW_CLOSED
from connectors.whatsapp.queue_state import queue_state
from connectors.whatsapp.tables import contacts, inbox, outbox
from privacy import user_key

ERROR_RATE, INBOX_BACKLOG, OUTBOX_BACKLOG = "error_rate", "inbox_backlog", "outbox_backlog"
SEND_FAILURES, FAILED_TURNS, HANDED_OVER = "send_failures", "failed_turns", "handed_over"
OF_THE_DATABASE = frozenset({ERROR_RATE, INBOX_BACKLOG, OUTBOX_BACKLOG, SEND_FAILURES, FAILED_TURNS, HANDED_OVER})

LEAST_TURNS = 20
"""Of fewer turns in five minutes no share is taken."""
LEAST_REFUSED = 5
"""Of fewer answers that Twilio refuses for other reasons in five minutes nothing is said."""
NAMED = 3
"""Of how many contacts the keyed hashes are told."""

_WINDOW = timedelta(seconds=WINDOW_SECONDS)
# A long weekend.
_STILL_NEWS = timedelta(days=3)
_IN_WINDOW = f"in {WINDOW_SECONDS // 60} minutes"
_FAILED = [DeliveryStatus.FAILED.value, DeliveryStatus.UNDELIVERED.value]
# What the customer did, and not what the system failed at.
_OF_CUSTOMERS = {("validation", None), ("rasa", "intent_not_recognised")}
# https://www.twilio.com/docs/api/errors: an address that is none or not on WhatsApp, a recipient who is blocked, has
# opted out or cannot be reached.
_OF_RECIPIENTS = (21211, 21610, 21614, 30003, 30005, 30006, 63003, 63024, 63032, 63033)
# The same page.
_REFUSALS: Mapping[int, tuple[str, Severity, str]] = {
    WINDOW_CLOSED: (
        "window",
        Severity.WARNING,
        "WhatsApp refuses answers, because the customer has not written for 24 hours",
    ),
    63018: ("whatsapp_rate", Severity.WARNING, "WhatsApp refuses answers, because there are too many"),
    20429: ("twilio_rate", Severity.WARNING, "Twilio refuses answers, because there are too many"),
    **dict.fromkeys(
        (20003, 20005, 20006, 20403),
        ("credentials", Severity.CRITICAL, "Twilio refuses answers, because it does not accept our account or token"),
    ),
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html: query_canceled
_CANCELLED = "57014"

logger = logging.getLogger(__name__)


def database_conditions(connection: Connection, settings: Settings) -> Look:
    """Return all that the database tells is wrong now; what it is too slow to tell is unknown.

    Raises:
        SQLAlchemyError: it does not tell, or nothing in time.
    """
    looks: Mapping[Callable[[Connection, Settings], list[Condition]], frozenset[str]] = {
        error_rate: frozenset({ERROR_RATE}),
        queues: frozenset({INBOX_BACKLOG, OUTBOX_BACKLOG}),
        failed_turns: frozenset({FAILED_TURNS}),
        refusals: frozenset({SEND_FAILURES}),
        handed_over: frozenset({HANDED_OVER}),
    }
    found: list[Condition] = []
    unknown: frozenset[str] = frozenset()
    for look, names in looks.items():
        try:
            # What is cancelled ends no more than this: the transaction, and its time limit, serve the others.
            with connection.begin_nested():
                found += look(connection, settings)
        except OperationalError as exc:
            unknown |= names
            if getattr(exc.orig, "pgcode", None) != _CANCELLED or unknown == OF_THE_DATABASE:
                raise
            logger.warning("alerts: too slow to tell, and unknown this time: %s", ", ".join(sorted(names)))
    return Look.of(found, unknown)


def error_rate(connection: Connection, settings: Settings) -> list[Condition]:
    """Return whether too great a share of the turns failed for another reason than what the customer wrote."""
    log = conversation_logs.c
    since = moment(connection) - _WINDOW
    by_error = select(log.error_type, log.error_code, func.count()).where(log.timestamp >= since)
    counts: Counter[str] = Counter()
    turns = 0
    for kind, code, count in connection.execute(by_error.group_by(log.error_type, log.error_code)):
        turns += count
        if kind is not None and not _OF_CUSTOMERS & {(kind, None), (kind, code)}:
            counts[kind] += count
    failed = sum(counts.values())
    if turns < LEAST_TURNS or failed < settings.alert_error_rate * turns:
        return []
    by_kind = ", ".join(f"{kind} {count}" for kind, count in counts.most_common())
    facts = {f"failed {_IN_WINDOW}": f"{failed} of {turns} turns", "by type": by_kind}
    return [Condition(ERROR_RATE, "", Severity.CRITICAL, "Too many turns fail", facts)]


def queues(connection: Connection, settings: Settings) -> list[Condition]:
    """Return whether messages wait too long for their turn, and answers for Twilio.

    Twilio's refusals that are tried again, such as too many requests, show as answers that wait.
    """
    state, found = queue_state(connection), []
    if state.inbox_age > settings.alert_backlog_seconds:
        facts = _waiting(state.inbox, state.inbox_age)
        found.append(Condition(INBOX_BACKLOG, "", Severity.CRITICAL, "Customers wait too long for an answer", facts))
    if state.outbox_age > settings.alert_backlog_seconds:
        facts = _waiting(state.outbox, state.outbox_age)
        found.append(Condition(OUTBOX_BACKLOG, "", Severity.CRITICAL, "Answers wait too long to be sent", facts))
    return found


def failed_turns(connection: Connection, settings: Settings) -> list[Condition]:
    """Return whether failed turns wait for an operator."""
    parked = _parked_lately(connection)
    if not parked:
        return []
    facts = {"messages": str(parked), "what helps": "`python -m connectors.whatsapp failed`, then `retry`"}
    return [Condition(FAILED_TURNS, "", Severity.CRITICAL, "Messages could not be answered", facts)]


def _parked_lately(connection: Connection) -> int:
    """Count the messages given up in the last days: what nobody retries can no longer be answered, and is not news."""
    since = moment(connection) - _STILL_NEWS
    lately = func.coalesce(inbox.c.finished_at, inbox.c.received_at) >= since
    given_up = select(func.count()).select_from(inbox).where(inbox.c.status == InboxStatus.FAILED.value, lately)
    return int(connection.execute(given_up).scalar_one())


def refusals(connection: Connection, settings: Settings) -> list[Condition]:
    """Return why answers were refused for good in the last five minutes, where it is ours to do something about it."""
    since = moment(connection) - _WINDOW
    lately = (outbox.c.status_at >= since, outbox.c.status.not_in(UNSENT))
    failed = outbox.c.status.in_(_FAILED)
    by_code = select(outbox.c.error_code, failed, func.count()).where(*lately).group_by(outbox.c.error_code, failed)
    counts: Counter[str] = Counter()
    codes: dict[str, list[int]] = {}
    total, others = 0, Counter[str]()
    for code, is_failed, count in connection.execute(by_code):
        total += count
        if is_failed and code in _REFUSALS:
            subject = _REFUSALS[code][0]
            counts[subject] += count
            codes.setdefault(subject, []).append(code)
        elif is_failed and code not in _OF_RECIPIENTS:
            others[str(code or "none told")] += count
    found = [_refusal(codes[subject], counts[subject]) for subject in codes]
    if others.total() >= LEAST_REFUSED and others.total() >= settings.alert_error_rate * total:
        facts = _refused(others, others.total()) | {"of": f"{total} answers"}
        found.append(Condition(SEND_FAILURES, "others", Severity.CRITICAL, "Twilio does not deliver answers", facts))
    return found


def handed_over(connection: Connection, settings: Settings) -> list[Condition]:
    """Return whether contacts have been with a person for so long that they may have been forgotten."""
    since, now = contacts.c.handed_over_at, moment(connection)
    forgotten = since < now - timedelta(hours=settings.alert_handed_over_hours)
    count, first = connection.execute(select(func.count(), func.min(since)).where(forgotten)).one()
    if not count:
        return []
    named = select(contacts.c.address).where(forgotten).order_by(since).limit(NAMED)
    hashes = [user_key(address, settings.log_key) for address in connection.execute(named).scalars()]
    facts = {
        "customers": str(count),
        "longest": f"{(now - first).total_seconds() / 3600:.0f} h",
        "the longest of them": ", ".join(hashes),
    }
    title = "Customers handed over to a person may have been forgotten"
    return [Condition(HANDED_OVER, "", Severity.WARNING, title, facts)]


def _refusal(codes: list[int], count: int) -> Condition:
    return Condition(SEND_FAILURES, *_REFUSALS[codes[0]], _refused(codes, count))


def _refused(codes: Iterable[int | str], count: int) -> dict[str, str]:
    return {f"answers {_IN_WINDOW}": str(count), "Twilio's error": ", ".join(sorted(map(str, codes)))}


def _waiting(count: int, age: float) -> dict[str, str]:
    return {"messages": str(count), "the oldest waits for": f"{age:.0f} s"}
