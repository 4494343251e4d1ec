"""Who may use the admin API: whoever has a token; without any, this machine."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from connectors.errors import Problem
from connectors.settings import Settings
from connectors.whatsapp.door import Door, Knock, is_local
from connectors.whatsapp.limiting import Counts, household
from privacy import user_key

LOCAL = "local"
"""What somebody on this machine is called where no token is needed."""
REFUSAL_WEIGHT = 10
"""A refused request counts as so many."""

# https://www.rfc-editor.org/rfc/rfc6750#section-2.1
_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*) *", re.IGNORECASE)
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="orchestrator"'}
_WRONG = {"WWW-Authenticate": 'Bearer realm="orchestrator", error="invalid_token"'}
_OURSELVES = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Caller:
    """Who was let in.

    Attributes:
        name: the name of their token, `local` where none is needed.
        address: where they are.
    """

    name: str
    address: str


class Authorisation:
    """Lets callers in, each address as often as the settings say.

    Who is let in is counted apart from who is not: somebody who guesses tokens behind the same proxy as an
    operator never locks the operator out.

    Args:
        settings: the tokens and the limit.
        counts: where requests are counted.
    """

    def __init__(self, settings: Settings, counts: Counts) -> None:
        self._door = Door(settings)
        self._tokens = Tokens(settings)
        self._limit = settings.orchestrator_limit
        self._counts = counts
        self._key = settings.log_key

    async def admit(self, knock: Knock) -> Caller:
        """Return who is at the door.

        Raises:
            Problem: 401 without a token that counts, 403 where there is none that could, 429 for too many requests.
        """
        address = self._door.client_address(knock)
        try:
            name = self._tokens.owner(knock)
        except Problem:
            await self._count(("refused",), address, REFUSAL_WEIGHT)
            raise
        await self._count(("admitted", name), address)
        return Caller(name, address)

    async def _count(self, kind: tuple[str, ...], address: str, weight: int = 1) -> None:
        if self._limit is None:
            return
        hidden = user_key(household(address), self._key)
        if await self._counts.add(self._limit, "orchestrator", *kind, hidden, weight=weight) > self._limit.amount:
            wait = {"Retry-After": str(self._limit.get_expiry())}
            raise Problem(429, "too_many_requests", "This address makes too many requests.", wait)


class Tokens:
    """Knows whose token a request brings.

    Args:
        settings: the tokens, and whether customers are real.
    """

    def __init__(self, settings: Settings) -> None:
        self._tokens = [(name, token.encode()) for name, token in settings.orchestrator_tokens]
        self._is_production = settings.is_production

    def owner(self, knock: Knock) -> str:
        """Return the name of the token, `local` where none is needed.

        Raises:
            Problem: 401 without a token that counts, 403 where there is none that could.
        """
        if self._tokens:
            return self._owner_of_token(knock)
        if self._is_production:
            raise Problem(403, "no_token_set", "ORCHESTRATOR_TOKEN is not set: nobody is let in.")
        if not is_local(knock) or not _is_meant_for_us(knock):
            raise Problem(403, "not_local", "ORCHESTRATOR_TOKEN is not set: only this machine itself is let in.")
        return LOCAL

    def _owner_of_token(self, knock: Knock) -> str:
        headers = knock.headers.getall("authorization", [])
        if not headers:
            raise Problem(401, "token_missing", "Send `Authorization: Bearer TOKEN`.", _CHALLENGE)
        found = _BEARER.fullmatch(headers[0]) if len(headers) == 1 else None
        given = found[1].encode() if found else b""
        # All are compared, so that the time taken does not tell which one came close.
        owners = [name for name, token in self._tokens if hmac.compare_digest(token, given)]
        if not owners:
            raise Problem(401, "token_wrong", "This token does not count.", _WRONG)
        return owners[0]


def _is_meant_for_us(knock: Knock) -> bool:
    """Tell whether a request names this machine: a browser may be led here under the name of a page's own server."""
    try:
        return urlsplit("//" + knock.headers.get("host", "")).hostname in _OURSELVES
    except ValueError:
        return False
