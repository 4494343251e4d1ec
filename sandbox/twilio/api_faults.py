"""The internal API's faults, laid around it so that it needs no code for them."""

from __future__ import annotations

import json
from http import HTTPStatus

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.twilio.faults import FaultBoard, happens


class ApiFaultsMiddleware:
    """Delays, refuses or drops requests to /v1/ as the fault board says."""

    def __init__(self, app: ASGIApp, board: FaultBoard) -> None:
        self._app = app
        self._board = board

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, unless a fault takes it."""
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        faults = self._board.now.api
        await faults.delay()
        if happens(faults.drop_rate):
            await drop(send)
        elif status := faults.error_status():
            await _refuse(send, status)
        else:
            await self._app(scope, receive, send)


class CutOff(Response):
    """An answer that never arrives: the connection is cut in its place."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Cut the connection."""
        await drop(send)


async def drop(send: Send) -> None:
    """Cut the connection off, unanswered."""
    # ASGI has no word for closing a connection. A server closes it when the application returns with
    # a response begun and not ended.
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})


async def _refuse(send: Send, status: int) -> None:
    problem = {
        "type": "about:blank",
        "title": _title(status),
        "status": status,
        "detail": "A fault set in the sandbox.",
        "code": "service_unavailable" if status >= 500 else "injected_fault",
    }
    body = json.dumps(problem).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
