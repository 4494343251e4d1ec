"""Actions that happen once, however often they are asked for."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fastapi import Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from sandbox.internal_api import problems
from sandbox.internal_api.business import the_business
from sandbox.internal_api.code_pauses import retry_after
from sandbox.internal_api.database import Database
from sandbox.internal_api.http import Identity
from sandbox.internal_api.models import IdempotencyRecord

# Work that refuses by raising a problem is undone; a problem that it returns leaves what it did.
Work = Callable[[Session], BaseModel | problems.Problem]
REPLAYED = "Idempotency-Replayed"


@dataclass(frozen=True)
class Action:
    """What is asked for, by whom, and the status that says it was done.

    Attributes:
        may: Raises a problem unless the person may do this; judged anew on every repetition.
        may_repeat: The same for a repetition, where an action ends the right by which it was done.
        unkept: Members of the answer of a success that are given each time and kept nowhere.
    """

    operation: str
    who: Identity | None
    body: BaseModel
    status: int = 200
    may: Callable[[Session], object] | None = None
    may_repeat: Callable[[Session], object] | None = None
    unkept: Mapping[str, str] = field(default_factory=dict)

    def fingerprint(self) -> str:
        """Return a digest that the same action has again, whatever token comes with it, and no other one."""
        person = [self.who.email, self.who.phone, self.who.conversation] if self.who else None
        whole = json.dumps([self.operation, person, json.loads(self.body.json())])
        return hashlib.sha256(whole.encode()).hexdigest()


def perform(database: Database, key: str | None, action: Action, work: Work) -> Response:
    """Do the work in one transaction and return its answer.

    Under a key the first result, refusals included, is kept and given again, with the header
    `Idempotency-Replayed: true`. A key belongs to one operation, person and body. Whether the person may is
    not part of the result.

    Raises:
        IdempotencyKeyReused: The key was first used for another operation, person or body.
        Problem: What `may` raises; nothing is kept of it.
    """
    fingerprint = action.fingerprint()
    with database.writing() as session:
        record: IdempotencyRecord | None = session.get(IdempotencyRecord, key) if key else None
        repeated = record is not None and record.fingerprint == fingerprint
        if may := (repeated and action.may_repeat) or action.may:
            may(session)
        if record is not None:
            if not repeated:
                raise problems.IdempotencyKeyReused()
            return _respond(session, action, record, {REPLAYED: "true"})
        status, media_type, content = _attempt(session, action, work)
        now = the_business(session).now()
        first = IdempotencyRecord(
            key=key, fingerprint=fingerprint, status=status, media_type=media_type, body=content, created_at=now
        )
        if key:
            session.add(first)
        return _respond(session, action, first, {})


def _respond(session: Session, action: Action, result: IdempotencyRecord, headers: dict[str, str]) -> Response:
    content = result.body
    if result.status == action.status and action.unkept:
        content = json.dumps({**json.loads(content), **action.unkept})
    if result.status == problems.VerificationPaused.status:
        # Reckoned from the instant, so that a repetition does not ask to wait once more.
        now = the_business(session).now()
        headers["Retry-After"] = retry_after(json.loads(content)["retry_at"], now)
    return Response(content, result.status, headers, result.media_type)


def _attempt(session: Session, action: Action, work: Work) -> tuple[int, str, str]:
    try:
        with session.begin_nested():
            answer = work(session)
    except problems.Problem as problem:
        answer = problem
    if isinstance(answer, problems.Problem):
        return answer.status, problems.MEDIA_TYPE, json.dumps(answer.content(), ensure_ascii=False)
    return action.status, "application/json", answer.json(ensure_ascii=False)
