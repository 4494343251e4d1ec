"""The API's answers: JSON, or problems (RFC 9457), compressed for who accepts it, and kept by nobody."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sanic.request import Request
from sanic.response import HTTPResponse

from connectors.errors import Problem
from connectors.orchestrator.compression import compressed

PROBLEMS = "https://orquestador.example/problems/"

_HEADERS = {"Cache-Control": "no-store", "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What is answered: JSON, unless it is text of another kind."""

    content: Any
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, data: Any, *, success: bool = True, status: int = 200) -> Answer:
        """Return the answer that holds data as the seed's answers do."""
        return cls({"success": success, "data": data}, status)


def problem_answer(problem: Problem) -> Answer:
    """Return a problem as it is answered; its `instance` is found in the log."""
    instance = uuid.uuid4().urn
    logger.warning("orchestrator: %d %s, %s", problem.status, problem.code, instance)
    content = {
        "type": PROBLEMS + problem.code,
        "title": problem.code.replace("_", " ").capitalize(),
        "status": problem.status,
        "detail": problem.detail,
        "instance": instance,
        "code": problem.code,
    }
    return Answer(content, problem.status, "application/problem+json", problem.headers)


async def respond(request: Request, answer: Answer) -> HTTPResponse:
    """Return an answer as this client takes it."""
    text = answer.content if isinstance(answer.content, str) else written(answer.content)
    body, coding = await compressed(text.encode(), ",".join(request.headers.getall("accept-encoding", [])))
    headers = {**_HEADERS, **answer.headers, **({"Content-Encoding": coding} if coding else {})}
    return HTTPResponse(body, answer.status, headers, answer.content_type)


def written(content: Any) -> str:
    """Return content as JSON, with moments as ISO 8601."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    # NumPy's numbers know their plain value.
    return value.item() if hasattr(value, "item") else str(value)
