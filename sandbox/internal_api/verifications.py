"""Being verified by a code that goes to the e-mail on file.

An e-mail that nobody has is treated alike in all but the mail, so that nobody learns here who is a customer.
"""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from sandbox.internal_api import problems
from sandbox.internal_api.business import the_business
from sandbox.internal_api.code_mail import code_mail
from sandbox.internal_api.code_pauses import require_no_pause
from sandbox.internal_api.codes import (
    code_digest,
    is_same,
    new_code,
    new_salt,
    new_verification_id,
    token_digest,
    token_for,
)
from sandbox.internal_api.http import ConversationHeader, Db, EmailHeader, Identity, KeyHeader
from sandbox.internal_api.idempotency import Action, perform
from sandbox.internal_api.models import Customer
from sandbox.internal_api.refusals import refusals
from sandbox.internal_api.schemas import CodeCheck, NewVerification, TokenAnswer, VerificationAnswer
from sandbox.internal_api.values import NO_NUL
from sandbox.internal_api.verification_models import Verification, WrongTry
from sandbox.mail.mailbox import Mail

router = APIRouter(tags=["verifications"])
TRIES = 3
CODE_LIFETIME = timedelta(minutes=10)
TOKEN_LIFETIME = timedelta(hours=1)
_MEMORY = timedelta(days=1)


@router.post(
    "/v1/verifications",
    status_code=202,
    response_model=VerificationAnswer,
    responses=refusals(problems.IdempotencyKeyRequired, problems.IdempotencyKeyReused, problems.VerificationPaused),
)
def create_verification(
    request: Request,
    database: Db,
    email: EmailHeader,
    conversation: ConversationHeader,
    body: NewVerification,
    key: KeyHeader,
) -> Response:
    """Send a six-digit code to the e-mail if it is on file; the answer does not tell whether it is.

    It replaces an older code for the same e-mail in the same conversation.
    """
    who = Identity(email.lower(), None, conversation)
    mails: list[Mail] = []

    def work(session: Session) -> VerificationAnswer:
        business = the_business(session)
        require_no_pause(session, business, who.email, conversation)
        row, code = _issue(session, business.now(), who.email, conversation)
        mail = code_mail(business, who.email, code, CODE_LIFETIME)
        mails.extend([mail] if session.get(Customer, who.email) else [])
        expires_at = business.local(row.expires_at).isoformat()
        return VerificationAnswer(id=row.id, expires_at=expires_at, tries_left=row.tries_left)

    response = perform(database, key, Action("create verification", who, body, 202), work)
    # Only now: had storing the code failed, the mail would be a lie.
    for mail in mails:
        request.app.state.mailbox.deliver(mail)
    return response


@router.post(
    "/v1/verifications/{verification_id}/check",
    response_model=TokenAnswer,
    responses=refusals(
        problems.IdempotencyKeyRequired,
        problems.NotFound,
        problems.CodeWrong,
        problems.CodeExpired,
        problems.IdempotencyKeyReused,
    ),
)
def check_verification(
    request: Request,
    database: Db,
    verification_id: Annotated[str, Path(pattern=NO_NUL, max_length=40, examples=["dM9n2sVbT0CkqZ1yXw3P5g"])],
    conversation: ConversationHeader,
    body: CodeCheck,
    key: KeyHeader,
) -> Response:
    """Take the code for a token, which verifies the e-mail's owner in this conversation for an hour.

    Each wrong code costs one of three tries; a repetition under the same Idempotency-Key costs none.
    """
    token = token_for(verification_id, request.app.state.settings.internal_api_token)

    def work(session: Session) -> TokenAnswer | problems.Problem:
        business = the_business(session)
        row: Verification | None = session.get(Verification, verification_id)
        if row is None or row.conversation != conversation:
            raise problems.NotFound()
        if row.closed or row.expires_at <= business.now():
            raise problems.CodeExpired()
        if not is_same(row.code_digest, code_digest(body.code, row.salt)):
            _count_wrong_try(session, row, business.now())
            return problems.CodeWrong(tries_left=row.tries_left)
        until = business.now() + TOKEN_LIFETIME
        _take_code(session, row, token, until)
        return TokenAnswer(token="", expires_at=until.isoformat())

    action = Action(f"check {verification_id} in {conversation}", None, body, unkept={"token": token})
    return perform(database, key, action, work)


def is_vouched_for(session: Session, who: Identity, now: datetime) -> bool:
    """Say whether the token belongs to that e-mail in that conversation, and is still valid."""
    if who.token is None or who.conversation is None:
        return False
    given = token_digest(who.token)
    mine = (Verification.email == who.email, Verification.conversation == who.conversation)
    rows = session.scalars(select(Verification).where(*mine))
    return any(_is_valid(row, now) and is_same(given, row.token_digest or "") for row in rows)


def _is_valid(row: Verification, now: datetime) -> bool:
    return row.token_expires_at is not None and row.token_expires_at > now


def _issue(session: Session, now: datetime, email: str, conversation: str) -> tuple[Verification, str]:
    """Store a new code in the place of the one before; forget what is long over."""
    session.execute(delete(Verification).where(Verification.created_at < now - _MEMORY))
    session.execute(delete(WrongTry).where(WrongTry.tried_at < now - _MEMORY))
    same = (Verification.email == email, Verification.conversation == conversation)
    session.execute(update(Verification).where(*same).values(closed=True))
    code, salt = new_code(), new_salt()
    row = Verification(
        id=new_verification_id(),
        email=email,
        conversation=conversation,
        salt=salt,
        code_digest=code_digest(code, salt),
        tries_left=TRIES,
        closed=False,
        created_at=now,
        expires_at=now + CODE_LIFETIME,
    )
    session.add(row)
    session.flush()
    return row, code


def _count_wrong_try(session: Session, row: Verification, now: datetime) -> None:
    row.tries_left -= 1
    row.closed = row.tries_left == 0
    session.add(WrongTry(email=row.email, conversation=row.conversation, tried_at=now))


def _take_code(session: Session, row: Verification, token: str, until: datetime) -> None:
    row.closed = True
    row.token_digest, row.token_expires_at = token_digest(token), until
    mine = (WrongTry.email == row.email, WrongTry.conversation == row.conversation)
    session.execute(delete(WrongTry).where(*mine))
