"""Connections that end before the answer does."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


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
