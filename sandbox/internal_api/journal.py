"""The journal: a line for each call of the API, with the turn that it belongs to and nothing of what it says."""

from __future__ import annotations

import re
import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID = r"[A-Za-z0-9_.:-]{1,128}"

logger = structlog.get_logger("sandbox.internal_api")


class Journal:
    """Notes method, path template, status, milliseconds and `turn_id` of each call below /v1, but of health checks.

    Args:
        app: What answers.
        unnoted: A path that is asked too often to be noted.
    """

    def __init__(self, app: ASGIApp, unnoted: str) -> None:
        self._app = app
        self._unnoted = unnoted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note what became of it."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith("/v1/") or path == self._unnoted:
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def send_and_see(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, send_and_see)
        finally:
            # A path itself may name a customer's appointment.
            template = getattr(scope.get("route"), "path", None)
            milliseconds = round((time.perf_counter() - started) * 1000)
            call = {"method": scope["method"], "path": template, "status": status, "ms": milliseconds}
            logger.info("api.call", **call, **_turn(scope))


def _turn(scope: Scope) -> dict[str, str]:
    given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
    return {"turn_id": given} if re.fullmatch(REQUEST_ID, given) else {}
