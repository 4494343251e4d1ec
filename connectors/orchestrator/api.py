"""The admin API of a running server: its requests, from the door to what they ask for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sanic.request import Request
from sqlalchemy.exc import SQLAlchemyError

import connectors
from connectors.bodies import read_body
from connectors.errors import Problem, StorageError
from connectors.orchestrator.administration import Administration
from connectors.orchestrator.answers import Answer
from connectors.orchestrator.assistant import Assistant
from connectors.orchestrator.authorisation import Authorisation, Caller
from connectors.orchestrator.contract import Contract
from connectors.orchestrator.health import Health, PartHealth
from connectors.orchestrator.parts import Parts
from connectors.orchestrator.reading import Reading
from connectors.orchestrator.trials import Trials, examples
from connectors.settings import Settings
from connectors.whatsapp.door import Knock
from connectors.whatsapp.limiting import Counts

URL_PREFIX = "/api/orchestrator"
MAX_BODY_BYTES = 64 * 1024
CLOSE_SECONDS = 5.0

ADMIN, TEST, DOCUMENT = URL_PREFIX, URL_PREFIX + "/test", URL_PREFIX + "/openapi.yaml"

Get = Callable[[Mapping[str, Any]], Awaitable[Answer]]


class Api:
    """Answers requests, until `aclose`.

    Args:
        settings: The settings.
        assistant: Rasa.
        contract: What requests may be.
    """

    def __init__(self, settings: Settings, assistant: Assistant, contract: Contract) -> None:
        self._contract = contract
        self._assistant = assistant
        self._counts = Counts(settings.redis_url)
        self._authorisation = Authorisation(settings, self._counts)
        self._parts = Parts(settings, assistant)
        self._reading = Reading(settings)
        self._administration = Administration(settings, self._reading)
        self._doing: set[asyncio.Task[Any]] = set()
        self._trials = Trials(assistant, settings.log_key)
        self.health = Health(self._parts.all())
        reading = self._reading
        self._gets: Mapping[str, tuple[str, Mapping[str, Get]]] = {
            ADMIN: (
                "action",
                {
                    "health": self._health,
                    "stats": _told(reading.stats),
                    "logs": _told(reading.logs),
                    "failed": _told(reading.failed),
                    "handed_over": _told(reading.handed_over),
                    "audit": _told(reading.audit),
                },
            ),
            TEST: ("type", {"health": self._health, "examples": _told(_examples)}),
        }
        self._posts: Mapping[str, Callable[[Caller, dict[str, Any]], Awaitable[Answer]]] = {
            ADMIN: self._do,
            TEST: self._try,
        }

    async def aclose(self) -> None:
        """Close what is open."""
        if self._doing:
            await asyncio.wait(self._doing, timeout=CLOSE_SECONDS)
        await self._administration.aclose()
        await self._parts.aclose()
        await self._counts.aclose()
        self._reading.close()

    async def answer(self, request: Request) -> Answer:
        """Return the answer to a request.

        Raises:
            Problem: it is refused, or cannot be answered.
        """
        path, _, query = request.raw_url.partition(b"?")
        knock = Knock(request.raw_url.decode("latin-1"), request.headers, request.ip)
        caller = await self._authorisation.admit(knock)
        template = path.decode("latin-1").rstrip("/")
        if template not in self._contract.paths:
            raise Problem(404, "path_unknown", f"There is {', '.join(self._contract.paths)}.")
        check_method(request.method, self._contract.paths[template])
        try:
            if request.method == "POST":
                self._contract.no_query(query)
                body = self._contract.body(template, await _json(request))
                return await self._posts[template](caller, body)
            return await self._get(template, query)
        except (StorageError, SQLAlchemyError) as exc:
            raise Problem(503, "database_unavailable", f"The database does not do it: {type(exc).__name__}.") from exc

    async def _get(self, template: str, query: bytes) -> Answer:
        if template == DOCUMENT:
            self._contract.no_query(query)
            return Answer(self._contract.text, content_type="application/yaml")
        select, gets = self._gets[template]
        given = self._contract.query(template, query, select)
        return await gets[given[select]](given)

    async def _health(self, query: Mapping[str, Any]) -> Answer:
        checked = await self.health.look()
        data = {
            "overall": checked.is_well,
            "services": {name: part.ok for name, part in checked.parts.items()},
            "details": {name: _detail(part) for name, part in checked.parts.items()},
            "version": {"software": connectors.__version__, "model": self._assistant.model_id},
            "checked_at": checked.at,
        }
        return Answer.of(data, success=checked.is_well, status=200 if checked.is_well else 503)

    async def _do(self, caller: Caller, body: dict[str, Any]) -> Answer:
        # Whoever asks may go before it is done; it is done all the same, and noted.
        doing = asyncio.create_task(self._administration.do(caller, body))
        self._doing.add(doing)
        doing.add_done_callback(self._done)
        return Answer.of(await asyncio.shield(doing))

    def _done(self, doing: asyncio.Task[Any]) -> None:
        self._doing.discard(doing)
        if not doing.cancelled():
            # Looked at here, in case that nobody else does.
            doing.exception()

    async def _try(self, caller: Caller, body: dict[str, Any]) -> Answer:
        data = await self._trials.run(body["message"], body.get("sender"))
        return Answer.of(data, success=data["error"] is None)


def check_method(method: str, allowed: frozenset[str]) -> None:
    """Make sure that a method is allowed.

    Raises:
        Problem: 405 with those that are.
    """
    if method not in allowed:
        names = ", ".join(sorted(allowed))
        raise Problem(405, "method_not_allowed", f"There is {names} here.", {"Allow": names})


async def _json(request: Request) -> Any:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Problem(415, "not_json", "Send JSON, as `Content-Type: application/json`.")
    body = await read_body(request, _check_size)
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as exc:
        # The error's own words would quote the body.
        raise Problem(400, "json_malformed", "The body is no JSON in UTF-8.") from exc


def _no_number(name: str) -> None:
    raise ValueError("JSON knows no such number")


def _check_size(size: int) -> None:
    if size > MAX_BODY_BYTES:
        raise Problem(413, "body_too_large", f"A body has at most {MAX_BODY_BYTES} bytes.")


def _told(tell: Callable[[Mapping[str, Any]], Awaitable[Any]]) -> Get:
    async def answer(query: Mapping[str, Any]) -> Answer:
        return Answer.of(await tell(query))

    return answer


async def _examples(query: Mapping[str, Any]) -> dict[str, Any]:
    return {"examples": examples()}


def _detail(part: PartHealth) -> dict[str, Any]:
    return {"ok": part.ok, "vital": part.vital, "ms": part.ms, "error": part.error}
