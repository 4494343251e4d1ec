"""Actions that happen once, however often they are asked for."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from sandbox.internal_api import problems
from sandbox.internal_api.business import the_business
from sandbox.internal_api.database import Database
from sandbox.internal_api.http import Identity
from sandbox.internal_api.models import IdempotencyRecord

Work = Callable[[Session], BaseModel]
REPLAYED = "Idempotency-Replayed"


@dataclass(frozen=True)
class Action:
    """What is asked for, by whom, and the status that says it was done."""

    operation: str
    who: Identity | None
    body: BaseModel
    status: int = 200

    def fingerprint(self) -> str:
        """Return a digest that the same action has again, and no other one."""
        person = [self.who.email, self.who.phone] if self.who else None
        whole = json.dumps([self.operation, person, json.loads(self.body.json())])
        return hashlib.sha256(whole.encode()).hexdigest()


def perform(database: Database, key: str | None, action: Action, work: Work) -> Response:
    """Do the work in one transaction and return its answer.

    Under a key the first result, refusals included, is kept and given again, with the header
    `Idempotency-Replayed: true`. A key belongs to one operation, person and body.

    Raises:
        IdempotencyKeyReused: The key was first used for another operation, person or body.
    """
    fingerprint = action.fingerprint()
    with database.writing() as session:
        record = session.get(IdempotencyRecord, key) if key else None
        if record is not None:
            if record.fingerprint != fingerprint:
                raise problems.IdempotencyKeyReused()
            return Response(record.body, record.status, {REPLAYED: "true"}, record.media_type)
        status, media_type, content = _attempt(session, action, work)
        if key:
            first = {"status": status, "media_type": media_type, "body": content}
            now = the_business(session).now()
            session.add(IdempotencyRecord(key=key, fingerprint=fingerprint, created_at=now, **first))
        return Response(content, status, media_type=media_type)


def _attempt(session: Session, action: Action, work: Work) -> tuple[int, str, str]:
    try:
        with session.begin_nested():
            answer = work(session)
    except problems.Problem as problem:
        return problem.status, problems.MEDIA_TYPE, json.dumps(problem.content(), ensure_ascii=False)
    return action.status, "application/json", answer.json(ensure_ascii=False)
