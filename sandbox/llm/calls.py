"""GET /sandbox/llm/calls: what reached the model; DELETE forgets it."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timezone
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import Headers

from sandbox.llm.delivery import as_json

MAX_CALLS = 500
# Never Authorization: whoever looks here has no business with the key.
HEADERS = ("HTTP-Referer", "X-Title")

Json = dict[str, Any]

router = APIRouter(prefix="/sandbox/llm", tags=["llm"])


class Calls:
    """The last requests, well or ill, gone with the process."""

    def __init__(self) -> None:
        self._calls: deque[Json] = deque(maxlen=MAX_CALLS)

    def add(self, body: Any, headers: Headers) -> Json:
        """Keep a request and return its entry, to be completed by what is said; past the bound, the oldest one goes.

        An entry has `at` (UTC), `headers` (those of HEADERS; None where one did not come), `body` (the JSON received),
        `script` (the bad output chosen, None for a good one) and `said` (None until the model says something).
        """
        call = {
            "at": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            "headers": {name: headers.get(name) for name in HEADERS},
            "body": body,
            "script": None,
            "said": None,
        }
        self._calls.append(call)
        return call

    def newest_first(self) -> list[Json]:
        """Return the entries, the newest first."""
        return list(reversed(self._calls))

    def clear(self) -> None:
        """Forget all."""
        self._calls.clear()


async def calls_of(request: Request) -> Calls:
    """Return the calls of the request's application."""
    calls: Calls = request.app.state.llm_calls
    return calls


@router.get("/calls")
async def show_calls(calls: Annotated[Calls, Depends(calls_of)]) -> Response:
    """Return the last requests, the newest first."""
    return as_json({"calls": calls.newest_first()})


@router.delete("/calls", status_code=204)
async def forget_calls(calls: Annotated[Calls, Depends(calls_of)]) -> None:
    """Forget all requests so far."""
    calls.clear()
