"""What the processes know together where there is a Redis: rewordings, and how often the model was asked.

While Redis is away each process goes on with its own memory, and nobody waits.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any, TypeVar, cast

from cachetools import TTLCache
from limits import RateLimitItem
from limits.aio.storage import MemoryStorage
from limits.aio.storage.redis import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

REDIS_SECONDS = 0.25
"""How long Redis may take to be reached, and again to answer."""
LOOK_AGAIN_SECONDS = 5.0
KEPT_SECONDS = 24 * 3600
_PREFIX = "orquestador:llm"
_MOST = 2_000

_Result = TypeVar("_Result")

logger = logging.getLogger(__name__)


class Shared:
    """Rewordings and counts, in Redis or in this process alone.

    Args:
        redis_url: where Redis is; None for this process alone.
    """

    def __init__(self, redis_url: str | None) -> None:
        self._own: TTLCache[str, tuple[str, ...]] = TTLCache(_MOST, KEPT_SECONDS)
        self._own_limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._redis: Any = None
        self._limiter = self._own_limiter
        self._away_until = 0.0
        if redis_url:
            valkey: Any = import_module("valkey.asyncio")
            timeouts: dict[str, Any] = {"socket_timeout": REDIS_SECONDS, "socket_connect_timeout": REDIS_SECONDS}
            self._redis = valkey.from_url(redis_url, decode_responses=True, **timeouts)
            counts = RedisStorage(
                f"async+{redis_url}",
                wrap_exceptions=True,
                implementation="valkey",
                key_prefix=_PREFIX,
                **timeouts,
            )
            self._limiter = SlidingWindowCounterRateLimiter(counts)

    async def take(self, limit: RateLimitItem) -> bool:
        """Says whether there was a place free in a window that slides, and takes it."""
        return await self._asked(
            lambda: self._limiter.hit(limit, "calls"), lambda: self._own_limiter.hit(limit, "calls")
        )

    async def rewordings(self, key: str) -> tuple[str, ...]:
        """Gives what is kept of a text, in no order."""

        async def own() -> tuple[str, ...]:
            return self._own.get(key, ())

        async def shared() -> tuple[str, ...]:
            return tuple(await self._redis.smembers(f"{_PREFIX}:{key}"))

        return await self._asked(shared, own)

    async def keep(self, key: str, text: str) -> None:
        """Keeps a rewording for a day."""

        async def own() -> None:
            self._own[key] = tuple({*self._own.get(key, ()), text})

        async def shared() -> None:
            async with self._redis.pipeline() as pipe:
                pipe.sadd(f"{_PREFIX}:{key}", text)
                pipe.expire(f"{_PREFIX}:{key}", KEPT_SECONDS)
                await pipe.execute()

        await self._asked(shared, own)

    async def close(self) -> None:
        """Closes the connections to Redis."""
        if self._redis is not None:
            await self._redis.aclose()
            await cast(Any, self._limiter.storage).bridge.get_connection().aclose()

    async def _asked(self, ask: Callable[[], Awaitable[_Result]], own: Callable[[], Awaitable[_Result]]) -> _Result:
        if self._redis is None or time.monotonic() < self._away_until:
            return await own()
        from valkey.exceptions import ValkeyError

        try:
            # Its own time limits do not hold while an address is looked up.
            return await asyncio.wait_for(ask(), 2 * REDIS_SECONDS)
        except (ValkeyError, StorageError, OSError, asyncio.TimeoutError) as exc:
            self._away_until = time.monotonic() + LOOK_AGAIN_SECONDS
            logger.error("Redis is away, this process goes on alone: %s", type(exc).__name__)
            return await own()
