"""When no new code is sent: after wrong tries, and after too many codes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import desc, select
from sqlalchemy.orm import Session

from sandbox.internal_api.models import Business
from sandbox.internal_api.problems import VerificationPaused
from sandbox.internal_api.verification_models import Verification, WrongTry

WRONG_TRIES = 3
PAUSE = timedelta(minutes=15)
CODES_PER_CONVERSATION = 3
CODES_PER_EMAIL = 5
WINDOW = timedelta(hours=1)


def require_no_pause(session: Session, business: Business, email: str, conversation: str) -> None:
    """Return when a new code may be sent.

    Raises:
        VerificationPaused: Not before its `retry_at`; whether the e-mail is anybody's plays no part.
    """
    now = business.now()
    until = max(_ends(session, email, conversation, now), default=now)
    if until > now:
        raise VerificationPaused(retry_at=business.local(until).isoformat())


def retry_after(retry_at: str, now: datetime) -> str:
    """Return the header Retry-After, in seconds, that says the same as the instant."""
    return str(max(0, ceil((datetime.fromisoformat(retry_at) - now).total_seconds())))


def _ends(session: Session, email: str, conversation: str, now: datetime) -> Iterator[datetime]:
    """Give the ends of the pauses that are, or were, in force."""
    tries = select(WrongTry.tried_at).where(WrongTry.email == email, WrongTry.conversation == conversation)
    wrong = session.scalars(tries.order_by(desc(WrongTry.tried_at)).limit(WRONG_TRIES)).all()
    if len(wrong) == WRONG_TRIES and wrong[0] - wrong[-1] < PAUSE:
        yield wrong[0] + PAUSE
    for mine, most in (
        (Verification.conversation == conversation, CODES_PER_CONVERSATION),
        (Verification.email == email, CODES_PER_EMAIL),
    ):
        sent = select(Verification.created_at).where(mine, Verification.created_at > now - WINDOW)
        latest = session.scalars(sent.order_by(desc(Verification.created_at)).limit(most)).all()
        if len(latest) == most:
            yield latest[-1] + WINDOW
