"""Answers in OpenRouter's shape, and what becomes of them on their way."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox.faults.board import LlmFaults, happens
from sandbox.faults.cut_off import CutOff
from sandbox.faults.damage import garbled

Json = dict[str, Any]

_MAY_WAIT = (429, 503)


class HalfSent(Response):
    """An answer cut off while it is on its way: half of it arrives."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half of what the headers announce and cut the connection."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": garbled(bytes(self.body)), "more_body": True})


def as_json(document: Json) -> Response:
    """Return a document as an answer."""
    return Response(_encoded(document), media_type="application/json")


def refusal(status: int, message: str, retry_after: int | None = None) -> Response:
    """Return an error as OpenRouter words it (https://openrouter.ai/docs/api-reference/errors)."""
    answer = Response(_encoded(error(status, message)), status, media_type="application/json")
    if retry_after is not None and status in _MAY_WAIT:
        answer.headers["Retry-After"] = str(retry_after)
    return answer


def error(code: int, message: str) -> Json:
    """Return the body of an error."""
    return {"error": {"code": code, "message": message}}


def trouble(faults: LlmFaults) -> Response | None:
    """Return what comes in place of an answer, when the faults say so of this call."""
    if happens(faults.drop_rate):
        return CutOff()
    if status := faults.error_status():
        return refusal(status, "A fault set in the sandbox.", faults.retry_after)
    return None


def sent(document: Json, faults: LlmFaults) -> Response:
    """Return the answer as it arrives: whole, unless the faults spoil it on its way."""
    if happens(faults.lose_answers):
        return HalfSent(_encoded(document), media_type="application/json")
    if happens(faults.garble):
        return Response(garbled(_encoded(document)), media_type="application/json")
    return as_json(document)


def _encoded(document: Json) -> bytes:
    # Escaped, so that whatever came in as JSON can go out again, halves of surrogate pairs too.
    return json.dumps(document).encode()
