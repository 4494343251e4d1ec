"""Reading the bodies of requests, piece by piece: one that is too large is refused before it is in memory."""

from __future__ import annotations

from collections.abc import Callable

from sanic.request import Request


async def read_body(request: Request, check_size: Callable[[int], None]) -> bytes:
    """Return the body of a request to a streamed route.

    Args:
        request: The request, whose body was not read.
        check_size: Is given the size that is declared, and then what has come so far, and raises when it is too much.
    """
    declared = request.headers.get("content-length", "")
    check_size(int(declared) if declared.isdecimal() else 0)
    body = bytearray()
    async for chunk in request.stream:
        body += chunk
        check_size(len(body))
    return bytes(body)
