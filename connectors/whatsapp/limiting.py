"""How much of one contact is answered, and how often one address is told that it may not come in."""

from __future__ import annotations

import asyncio
import enum
import logging
import time
from collections.abc import Awaitable, Callable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any, TypeVar

from limits.aio.storage import MemoryStorage
from limits.aio.storage.redis import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from connectors.settings import Settings
from privacy import user_key

if TYPE_CHECKING:
    from limits import RateLimitItem

REDIS_SECONDS = 0.25
"""How long Redis may take to be reached, and again to answer."""
LOOK_AGAIN_SECONDS = 5.0
KEY_PREFIX = "orquestador"

_IPV6_PREFIX = 64

Answer = TypeVar("Answer")

logger = logging.getLogger(__name__)


class Verdict(enum.Enum):
    """What becomes of a contact's message: it is answered, answered with a plea to wait, or not at all."""

    ALLOWED = "allowed"
    NOTICE = "notice"
    SILENT = "silent"


class Counts:
    """Counts things by name and window of time, for all replicas in Redis or for this process alone.

    While Redis is away nothing is counted and nobody waits for it; it is looked for again after a while.
    """

    def __init__(self, redis_url: str | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.are_shared = redis_url is not None
        self._storage = _redis(redis_url) if redis_url else MemoryStorage()
        self._places = SlidingWindowCounterRateLimiter(self._storage)
        self._clock = clock
        self._is_away = False
        self._look_again_at = 0.0
        self._asking: set[asyncio.Task[Any]] = set()

    async def add(self, limit: RateLimitItem, *names: str, weight: int = 1) -> int:
        """Return how many there are with this one since the window opened with the first; 0 while Redis is away."""
        key, seconds = limit.key_for(*names), limit.get_expiry()
        return await self._asked(lambda: self._storage.incr(key, seconds, amount=weight), otherwise=0)

    async def take(self, limit: RateLimitItem, *names: str) -> bool:
        """Return whether there was a place free in a window that slides; there is one while Redis is away."""
        return await self._asked(lambda: self._places.hit(limit, *names), otherwise=True)

    async def aclose(self) -> None:
        """Close the connections to Redis."""
        await asyncio.gather(*self._asking)
        if isinstance(self._storage, RedisStorage):
            client = self._storage.bridge.get_connection()  # type: ignore[attr-defined]
            await client.aclose()

    async def _asked(self, ask: Callable[[], Awaitable[Answer]], otherwise: Answer) -> Answer:
        if not self.are_shared:
            return await ask()
        if self._is_away:
            if self._clock() < self._look_again_at:
                return otherwise
            # One looks; the others go on without waiting beside it.
            self._look_again_at = self._clock() + LOOK_AGAIN_SECONDS
        # In a task of its own: the client of Redis can take its caller's cancellation for an end of its own
        # time limits (before Python 3.11), and whoever was cancelled would go on.
        asking = asyncio.create_task(self._asked_of_redis(ask, otherwise))
        self._asking.add(asking)
        asking.add_done_callback(self._asking.discard)
        return await asyncio.shield(asking)

    async def _asked_of_redis(self, ask: Callable[[], Awaitable[Answer]], otherwise: Answer) -> Answer:
        try:
            answer = await ask()
        except StorageError as exc:
            self._look_again_at = self._clock() + LOOK_AGAIN_SECONDS
            if not self._is_away:
                self._is_away = True
                logger.error("Redis is away, limits are not kept: %s", type(exc.__cause__).__name__)
            return otherwise
        if self._is_away:
            self._is_away = False
            logger.info("Redis is back, limits are kept")
        return answer


class Limits:
    """Holds contacts and addresses to the limits of the settings; Redis never sees who they are.

    Args:
        settings: the limits, the key that hides names, and where Redis is.
        counts: kept elsewhere than the settings say.
    """

    def __init__(self, settings: Settings, counts: Counts | None = None) -> None:
        self._counts = counts or Counts(settings.redis_url)
        self._key = settings.log_key
        self._contact_limit = settings.contact_limit
        self._address_limit = settings.address_limit

    async def aclose(self) -> None:
        """Close the connections to Redis."""
        await self._counts.aclose()

    async def contact(self, contact: str) -> Verdict:
        """Count one message of the contact and return what becomes of it: of a window's surplus, one gets notice."""
        if self._contact_limit is None:
            return Verdict.ALLOWED
        count = await self._counts.add(self._contact_limit, "contact", user_key(contact, self._key))
        surplus = count - self._contact_limit.amount
        if surplus <= 0:
            return Verdict.ALLOWED
        return Verdict.NOTICE if surplus == 1 else Verdict.SILENT

    async def note_refusal(self, address: str) -> bool:
        """Count one refused request of the address and return whether it had too many in this window.

        Only what is refused counts: who forges behind the same proxy as Twilio never locks Twilio out.
        """
        if self._address_limit is None:
            return False
        count = await self._counts.add(self._address_limit, "address", user_key(household(address), self._key))
        return count > self._address_limit.amount


def _redis(url: str) -> RedisStorage:
    return RedisStorage(
        f"async+{url}",
        wrap_exceptions=True,
        implementation="valkey",
        key_prefix=KEY_PREFIX,
        socket_connect_timeout=REDIS_SECONDS,
        socket_timeout=REDIS_SECONDS,
    )


def household(address: str) -> str:
    """Return the address, or the /64 of an IPv6 address: one person has all of its addresses to choose from."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and not parsed.ipv4_mapped:
        return str(ip_network((int(parsed), _IPV6_PREFIX), strict=False))
    return str(parsed)
