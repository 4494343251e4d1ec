"""HTTP to the business system: one pooled client, deadlines, retries, and httpx's errors made ours."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import stamina
from pydantic import BaseModel, ValidationError, parse_obj_as

from actions.errors import (
    ApiError,
    AssistantError,
    Misunderstood,
    NotFound,
    Refused,
    ServiceUnavailable,
    VerificationRequired,
)
from actions.metrics import get_metrics
from actions.settings import Settings
from privacy.logs import present_turn

ATTEMPTS = 3
# As the contract has it.
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_Result = TypeVar("_Result", bound=BaseModel)


@dataclass(frozen=True)
class ApiCall:
    """One call as the conversation log keeps it: the path's template, never its values; `ms` is milliseconds."""

    method: str
    path_template: str
    status: int | None
    ms: int
    success: bool
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Gives the call as JSON."""
        return asdict(self)


class Transport:
    """Sends calls to the business system and reads its answers.

    One per process; it is safe for any number of turns at once. Reads, and writes with an
    `Idempotency-Key`, are repeated when the system does not answer or answers 5xx. Every call tells the system the
    turn it belongs to, so that its log and ours can be read together.
    """

    def __init__(self, settings: Settings) -> None:
        self._timeout = settings.internal_api_timeout
        token = settings.internal_api_token.get_secret_value()
        self._http = httpx.AsyncClient(
            base_url=str(settings.internal_api_url),
            timeout=httpx.Timeout(settings.internal_api_timeout, connect=1.0),
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            limits=httpx.Limits(max_connections=50, max_keepalive_connections=20),
            trust_env=False,
        )

    async def close(self) -> None:
        """Closes the pool."""
        await self._http.aclose()

    async def call(
        self,
        result: type[_Result],
        method: str,
        path_template: str,
        *,
        record: Callable[[ApiCall], None],
        path: Mapping[str, str] | None = None,
        params: Mapping[str, str | int | None] | None = None,
        headers: Mapping[str, str] | None = None,
        within: float | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> _Result:
        """Makes one call and gives its typed answer.

        Args:
            result: the model of the answer.
            method: HTTP method.
            path_template: path with `{name}` in place of values.
            record: is told of the call, whatever came of it.
            path: values of the template.
            params: query; None values are left out.
            headers: identity and idempotency.
            within: seconds the call may take with all its attempts; the settings' time limit by default.
            body: JSON body; None values are left out.

        Raises:
            ApiError: see `actions.errors`.
        """
        request = self._http.build_request(
            method,
            path_template.format(**{k: quote(v, safe="") for k, v in (path or {}).items()}),
            params={k: v for k, v in (params or {}).items() if v is not None},
            headers={k: v for k, v in {**_origin(), **(headers or {})}.items() if v},
            json=None if body is None else {k: v for k, v in body.items() if v is not None},
        )
        started = time.perf_counter()
        status: int | None = None
        error: str | None = None
        try:
            response = await self._send(request, self._timeout if within is None else within)
            status = response.status_code
            return _read(result, response)
        except AssistantError as exc:
            error = exc.code
            raise
        finally:
            seconds = time.perf_counter() - started
            record(ApiCall(method, path_template, status, round(seconds * 1000), error is None, error))
            get_metrics().api_call(method, path_template, status, seconds)

    async def _send(self, request: httpx.Request, within: float) -> httpx.Response:
        try:
            return await asyncio.wait_for(self._send_until_answered(request), min(within, self._timeout))
        except (_Passing, asyncio.TimeoutError) as exc:
            raise ServiceUnavailable from exc

    async def _send_until_answered(self, request: httpx.Request) -> httpx.Response:
        repeatable = request.method == "GET" or "Idempotency-Key" in request.headers
        async for attempt in stamina.retry_context(
            on=_Passing, attempts=ATTEMPTS if repeatable else 1, wait_initial=0.1, wait_max=1.0, wait_jitter=0.1
        ):
            with attempt:
                return await self._send_once(request)
        raise _Passing

    async def _send_once(self, request: httpx.Request) -> httpx.Response:
        try:
            response = await self._http.send(request)
        except httpx.TransportError as exc:
            raise _Passing from exc
        if response.status_code >= 500 or response.status_code == 429:
            raise _Passing
        return response


class _Passing(Exception):
    """A failure that may be gone at the next attempt."""


def _origin() -> dict[str, str]:
    turn_id = present_turn() or ""
    return {"X-Request-Id": turn_id} if _REQUEST_ID.fullmatch(turn_id) else {}


def _read(result: type[_Result], response: httpx.Response) -> _Result:
    if response.is_success:
        try:
            return parse_obj_as(result, response.json())
        except (ValueError, ValidationError) as exc:
            raise Misunderstood from exc
    raise _refusal(response)


def _refusal(response: httpx.Response) -> ApiError:
    try:
        problem = response.json()
    except ValueError:
        return Misunderstood()
    if not isinstance(problem, dict):
        return Misunderstood()
    code = str(problem.get("code", ""))
    if code == "verification_required":
        return VerificationRequired()
    if response.status_code == 404:
        return NotFound()
    if response.status_code in (401, 400) or not code:
        return Misunderstood()
    return Refused(code, problem)
