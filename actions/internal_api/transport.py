"""HTTP to the business system: one pooled client, deadlines, retries, and httpx's errors made ours."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import stamina
from pydantic import BaseModel, ValidationError, parse_obj_as

from actions.errors import AssistantError, Misunderstood, ServiceUnavailable
from actions.internal_api.mapping import ApiMapping, Operation, load_mapping
from actions.internal_api.refusals import read_refusal
from actions.internal_api.restraint import Restraint
from actions.internal_api.strictness import instants_in
from actions.metrics import get_metrics
from actions.settings import Settings
from privacy.logs import present_turn

ATTEMPTS = 3
MOST_BYTES = 2 * 1024 * 1024
"""A month of free times has 60 KB."""
# As the contract has it.
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
# No byte of the request has left this machine.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# Refused for what we sent, which will be the same again.
_OUR_FAULT = (400, 401)
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


@dataclass
class _Trace:
    """What is known of a call while it is made.

    Attributes:
        status: of the latest answer.
        may_have_worked: whether an attempt to change something reached the system and its result is not known.
    """

    status: int | None = None
    may_have_worked: bool = False


class _Passing(Exception):
    """A failure that may be gone at the next attempt.

    Args:
        error: what it is if it is not gone.
        after: seconds to wait at least, where the system says so.
    """

    def __init__(
        self, error: type[ServiceUnavailable] | type[Misunderstood] = ServiceUnavailable, after: float | None = None
    ) -> None:
        super().__init__()
        self.error = error
        self.after = after


class Transport:
    """Sends calls to the business system and reads its answers.

    One per process; it is safe for any number of turns at once. Reads, and writes with an `Idempotency-Key`, are
    repeated when the system does not answer, answers 5xx or 429, or answers what nobody can read. Where it fails again
    and again it is left alone for some seconds. Every call tells the system the turn it belongs to, so that its log and
    ours can be read together.
    """

    def __init__(self, settings: Settings) -> None:
        self._timeout = settings.internal_api_timeout
        self._zone = settings.zone
        self.mapping: ApiMapping = load_mapping(settings.mapping_file)
        self._restraint = Restraint(settings.internal_api_concurrency, counts=_Passing)
        token = settings.internal_api_token.get_secret_value()
        self._http = httpx.AsyncClient(
            base_url=str(settings.internal_api_url),
            timeout=httpx.Timeout(settings.internal_api_timeout, connect=1.0),
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            limits=httpx.Limits(
                max_connections=settings.internal_api_concurrency,
                max_keepalive_connections=settings.internal_api_concurrency,
                # Many servers close an idle connection after five seconds, just when a request may be on its way.
                keepalive_expiry=3.0,
            ),
            trust_env=False,
        )

    async def close(self) -> None:
        """Closes the pool."""
        await self._http.aclose()

    async def call(
        self,
        result: type[_Result],
        operation: str,
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
            operation: its name in the mapping.
            record: is told of the call, whatever came of it.
            path: values of the path.
            params: query, by our names; None values are left out.
            headers: identity and idempotency, by our names.
            within: seconds the call may take with all its attempts, at most the settings' time limit.
            body: JSON body, by our names; None values are left out.

        Raises:
            ApiError: see `actions.errors`.
        """
        called = self.mapping.operations[operation]
        request = self._request(called, path or {}, params or {}, headers or {}, body)
        seconds = self._timeout if within is None else min(within, self._timeout)
        started, trace, error = time.perf_counter(), _Trace(), None
        try:
            return await self._until_answered(result, request, seconds, trace)
        except AssistantError as exc:
            error = exc.code
            raise
        finally:
            took = time.perf_counter() - started
            record(ApiCall(called.method, called.path, trace.status, round(took * 1000), error is None, error))
            get_metrics().api_call(called.method, called.path, trace.status, took)

    def _request(
        self,
        called: Operation,
        path: Mapping[str, str],
        params: Mapping[str, str | int | None],
        headers: Mapping[str, str],
        body: Mapping[str, Any] | None,
    ) -> httpx.Request:
        sent = {called.body.get(k, k): v for k, v in (body or {}).items() if v is not None}
        return self._http.build_request(
            called.method,
            called.path.format(**{k: quote(v, safe="") for k, v in path.items()}),
            params={called.query.get(k, k): v for k, v in params.items() if v is not None},
            headers={self.mapping.header(k): v for k, v in {**_origin(), **headers}.items() if v},
            json=None if body is None else sent,
        )

    async def _until_answered(
        self, result: type[_Result], request: httpx.Request, seconds: float, trace: _Trace
    ) -> _Result:
        keyed = self.mapping.header("Idempotency-Key") in request.headers
        attempts = ATTEMPTS if request.method == "GET" or keyed else 1
        deadline = time.monotonic() + seconds
        try:
            async for attempt in stamina.retry_context(
                on=partial(_pause_before_repeating, deadline),
                attempts=attempts,
                timeout=seconds,
                wait_initial=0.1,
                wait_max=1.0,
                wait_jitter=0.1,
            ):
                with attempt:
                    left = max(0.0, deadline - time.monotonic())
                    async with self._restraint.kept(left):
                        return await self._attempt(result, request, deadline - time.monotonic(), trace)
        except _Passing as exc:
            raise exc.error(is_open=trace.may_have_worked) from exc
        except ServiceUnavailable as exc:
            exc.is_open = trace.may_have_worked
            raise
        raise ServiceUnavailable(is_open=trace.may_have_worked)

    async def _attempt(self, result: type[_Result], request: httpx.Request, seconds: float, trace: _Trace) -> _Result:
        changes = request.method != "GET"
        try:
            status, after, content = await asyncio.wait_for(self._exchange(request), max(0.0, seconds))
        except _NEVER_SENT as exc:
            raise _Passing from exc
        except asyncio.TimeoutError as exc:
            trace.may_have_worked |= changes
            raise ServiceUnavailable("timeout") from exc
        except httpx.HTTPError as exc:
            trace.may_have_worked |= changes
            raise _Passing from exc
        trace.status = status
        if 200 <= status < 300:
            try:
                return self._read(result, content)
            except ValueError as exc:
                trace.may_have_worked |= changes
                raise _Passing(Misunderstood) from exc
        error = read_refusal(status, content, self.mapping, self._zone)
        if error is None:
            # A fault of its own may have come up after the change.
            trace.may_have_worked |= changes and status >= 500
            raise _Passing(after=after)
        if isinstance(error, Misunderstood) and status not in _OUR_FAULT:
            raise _Passing(Misunderstood) from error
        raise error

    async def _exchange(self, request: httpx.Request) -> tuple[int, float | None, bytes]:
        """Gives status, the seconds of Retry-After and the body, of which too much is a failure."""
        response = await self._http.send(request, stream=True)
        try:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MOST_BYTES:
                    return response.status_code, None, b""
            return response.status_code, _retry_after(response), bytes(body)
        finally:
            await response.aclose()

    def _read(self, result: type[_Result], content: bytes) -> _Result:
        with instants_in(self._zone):
            try:
                return parse_obj_as(result, self.mapping.as_ours(result, json.loads(content)))
            except (ValidationError, RecursionError) as exc:
                # Not the error's own words: they quote the answer.
                raise ValueError("an answer that is not the contract's") from exc


def _pause_before_repeating(deadline: float, error: Exception) -> bool | float:
    """Says whether to try again, and after how many seconds where the system asked for some."""
    if not isinstance(error, _Passing) or time.monotonic() + (error.after or 0.0) >= deadline:
        return False
    return True if error.after is None else error.after


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() and len(value) < 6 else None


def _origin() -> dict[str, str]:
    turn_id = present_turn() or ""
    return {"X-Request-Id": turn_id} if _REQUEST_ID.fullmatch(turn_id) else {}
