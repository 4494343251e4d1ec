"""The internal API's faults, laid around it so that it needs no code for them."""

from __future__ import annotations

import json
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.faults.board import ApiFaults, FaultBoard, happens
from sandbox.faults.cut_off import drop
from sandbox.faults.damage import garbled, mistyped


class ApiFaultsMiddleware:
    """Delays, refuses, drops or spoils the answers of requests to /v1/ as the fault board says."""

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
            await _read_whole(receive)
            await drop(send)
        elif status := faults.error_status():
            await _refuse(send, status)
        elif faults.spoils_answers():
            await self._spoil(faults, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _spoil(self, faults: ApiFaults, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the request worked on to its end, and then see what arrives of the answer."""
        said: list[Message] = []

        async def listen(message: Message) -> None:
            said.append(message)

        await self._app(scope, receive, listen)
        body = b"".join(message.get("body", b"") for message in said)
        if happens(faults.lose_answers):
            await drop(send)
            return
        if happens(faults.garble):
            body = garbled(body)
        elif happens(faults.mistype):
            body = mistyped(body)
        headers = [(name, value) for name, value in said[0]["headers"] if name.lower() != b"content-length"]
        await _answer(send, said[0]["status"], headers, body)


async def _read_whole(receive: Receive) -> None:
    # A connection closed with something unread in it is reset, and may be so before the caller has written all.
    while (await receive()).get("more_body", False):
        pass


async def _refuse(send: Send, status: int) -> None:
    problem = {
        "type": "about:blank",
        "title": _title(status),
        "status": status,
        "detail": "A fault set in the sandbox.",
        "code": "service_unavailable" if status >= 500 else "injected_fault",
    }
    await _answer(send, status, [(b"content-type", b"application/problem+json")], json.dumps(problem).encode())


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
