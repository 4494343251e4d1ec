"""How the services are that actions need: asked now, both at once, each within its time limit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Mapping
from dataclasses import asdict, dataclass, replace

import httpx

from actions.internal_api.mapping import load_mapping
from actions.phrasing.phraser import Phraser
from actions.services import get_services
from actions.settings import Settings, get_settings

SECONDS = 1.5
"""Less than those give it who ask the action server."""
NOT_CONFIGURED = "not configured"

# What OpenRouter's statuses mean: https://openrouter.ai/docs/api-reference/errors
_OPENROUTER = {401: "key", 402: "credit", 403: "key"}


@dataclass(frozen=True)
class Health:
    """How one service is: `ms` is milliseconds, `error` is free of personal data and of secrets."""

    ok: bool
    ms: int
    error: str | None = None


async def check_parts(
    settings: Settings | None = None, phraser: Phraser | None = None, seconds: float = SECONDS
) -> dict[str, dict[str, object]]:
    """Gives `ok`, `ms` and `error` of the internal API (`api`) and of the language model (`openrouter`).

    Where no model is configured it is well, with the error "not configured": the texts are the templates. Where the
    phraser has met a refusal that only OpenRouter's customer can mend (`trouble`), that is the error for as long.

    Args:
        settings: the process's by default.
        phraser: who asks the model; without settings the process's.
        seconds: how long each may take.
    """
    if settings is None:
        settings, phraser = get_settings(), get_services().phraser
    async with httpx.AsyncClient(timeout=seconds, trust_env=False) as http:
        api, openrouter = await asyncio.gather(
            _timed(_ask_api(http, settings), seconds), _timed(_ask_openrouter(http, settings), seconds)
        )
    return {"api": asdict(api), "openrouter": asdict(_troubled(openrouter, phraser.trouble if phraser else None))}


def _troubled(found: Health, trouble: str | None) -> Health:
    """Gives what the phraser has met in place of a key that looks fine, or of an answer that says nothing of it."""
    is_told = found.error in _OPENROUTER.values()
    return replace(found, ok=False, error=trouble) if trouble and not is_told else found


async def _timed(asking: Awaitable[tuple[bool, str | None]], seconds: float) -> Health:
    started = time.perf_counter()
    try:
        ok, error = await asyncio.wait_for(asking, seconds)
    except asyncio.TimeoutError:
        ok, error = False, f"no answer within {seconds:g} s"
    except httpx.HTTPError as exc:
        # Its own words hold the address.
        ok, error = False, type(exc).__name__
    return Health(ok, round((time.perf_counter() - started) * 1000), error)


async def _ask_api(http: httpx.AsyncClient, settings: Settings) -> tuple[bool, str | None]:
    """Asks for the business's data: the health path needs no token, and so would not show that ours counts."""
    answer = await http.get(
        f"{str(settings.internal_api_url).rstrip('/')}{load_mapping(settings.mapping_file).operations['business'].path}",
        headers=_bearer(settings.internal_api_token.get_secret_value()),
    )
    return _verdict(answer, {401: "token", 403: "token"})


async def _ask_openrouter(http: httpx.AsyncClient, settings: Settings) -> tuple[bool, str | None]:
    """Asks what the key may still spend, which costs nothing (https://openrouter.ai/docs/api-reference/limits)."""
    key = settings.openrouter_api_key.get_secret_value() if settings.openrouter_api_key else ""
    if not key:
        return True, NOT_CONFIGURED
    answer = await http.get(f"{str(settings.openrouter_base_url).rstrip('/')}/key", headers=_bearer(key))
    ok, error = _verdict(answer, _OPENROUTER)
    return (False, "credit") if ok and _is_spent(answer) else (ok, error)


def _verdict(answer: httpx.Response, named: Mapping[int, str]) -> tuple[bool, str | None]:
    if answer.is_success:
        return True, None
    return False, named.get(answer.status_code, f"HTTP {answer.status_code}")


def _is_spent(answer: httpx.Response) -> bool:
    """Tells whether the key has a limit and nothing is left of it."""
    try:
        left = answer.json()["data"]["limit_remaining"]
    except (ValueError, LookupError, TypeError):
        return False
    return isinstance(left, int | float) and left <= 0


def _bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}
