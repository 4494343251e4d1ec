"""Compressing answers for who accepts it (RFC 9110, section 12.5.3)."""

from __future__ import annotations

import asyncio
import gzip
import re
import zlib
from collections.abc import Callable, Mapping

SMALLEST = 512
"""Bytes below which compressing gains nothing."""

_LARGE = 64 * 1024
_LEVEL = 6
_WEIGHT = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)
# HTTP's "deflate" is zlib's format: https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.2
_CODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, _LEVEL, mtime=0),
    "deflate": lambda body: zlib.compress(body, _LEVEL),
}


async def compressed(body: bytes, accept_encoding: str) -> tuple[bytes, str | None]:
    """Return a body as a client accepts it, and the coding's name; None if it stays as it is."""
    coding = chosen(accept_encoding) if len(body) >= SMALLEST else None
    if coding is None:
        return body, None
    compress = _CODINGS[coding]
    return (await asyncio.to_thread(compress, body) if len(body) > _LARGE else compress(body)), coding


def chosen(accept_encoding: str) -> str | None:
    """Return the coding that a client likes best among ours; None if it wants none of them."""
    weights: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        name, _, parameter = (piece.strip() for piece in part.partition(";"))
        weight = _WEIGHT.fullmatch(parameter) if parameter else None
        weights[name] = float(weight[1]) if weight else float(not parameter)
    wanted = {name: weights.get(name, weights.get("*", 0.0)) for name in _CODINGS}
    best = max(wanted, key=lambda name: wanted[name])
    plain = weights.get("identity", 0.0)
    return best if wanted[best] > 0 and wanted[best] >= plain else None
