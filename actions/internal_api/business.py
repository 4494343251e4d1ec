"""The business's own data, remembered for a while: it changes seldom and every turn reads by it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from actions.errors import ServiceUnavailable
from actions.internal_api.models import Business

FRESH_SECONDS = 60.0


class BusinessMemory:
    """Opening hours and kinds of session, asked for at most once a minute.

    While the business system is away the last known data are used: they only help to read "a las 4"; whether a
    time is free is always asked of the system itself.
    """

    def __init__(self) -> None:
        self._known: Business | None = None
        self._asked_at = 0.0

    async def get(self, ask: Callable[[], Awaitable[Business]]) -> Business:
        """Gives the data, remembered or asked for.

        Raises:
            ServiceUnavailable: when nothing is known yet and the system does not answer.
        """
        if self._known and time.monotonic() - self._asked_at < FRESH_SECONDS:
            return self._known
        try:
            self._known = await ask()
            self._asked_at = time.monotonic()
        except ServiceUnavailable:
            if self._known is None:
                raise
        return self._known
