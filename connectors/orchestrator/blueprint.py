"""The admin API as a part of a Sanic server, Rasa's or any other with an agent in its context."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from sanic import Blueprint, Sanic
from sanic.constants import HTTP_METHODS
from sanic.request import Request
from sanic.response import HTTPResponse

from connectors.alerts.watch import Watch, watch_over
from connectors.errors import Problem
from connectors.orchestrator.answers import Answer, problem_answer, respond
from connectors.orchestrator.api import URL_PREFIX, Api, check_method
from connectors.orchestrator.assistant import Agent, Assistant
from connectors.orchestrator.contract import Contract
from connectors.schema import prepare
from connectors.settings import Settings
from connectors.turn_loop import turn_loop_of
from connectors.whatsapp.turns import described

NAME = "orchestrator"

logger = logging.getLogger(__name__)


def orchestrator_blueprint(settings: Settings) -> Blueprint:
    """Return the routes, to be served below `/api/orchestrator`, and what starts and stops with their server."""
    contract = Contract()
    methods = frozenset[str]().union(*contract.paths.values())
    api: Api | None = None
    watch: Watch | None = None

    async def answer(request: Request, rest: str = "") -> HTTPResponse:
        # Other pages' browsers have no business here: what Rasa's server would allow them is not for these answers.
        request.ctx._sanic_cors_e = "1"
        try:
            if api is None:
                raise Problem(503, "starting", "The server is just starting.", {"Retry-After": "1"})
            return await respond(request, await _outcome(api.answer(request)))
        except Problem as problem:
            return await respond(request, problem_answer(problem))

    async def refuse_methods(request: Request) -> HTTPResponse | None:
        """Answer what no route is for, before Rasa's server answers a browser's preflight or names an error."""
        if request.method in methods or not _is_ours(request.path):
            return None
        request.ctx._sanic_cors_e = "1"
        try:
            check_method(request.method, contract.paths.get(request.path.rstrip("/"), methods))
        except Problem as problem:
            return await respond(request, problem_answer(problem))
        return None

    async def start(app: Sanic, loop: Any) -> None:
        nonlocal api, watch
        app.request_middleware.appendleft(refuse_methods)
        await asyncio.to_thread(prepare, settings.database_url)

        def agent() -> Agent | None:
            return getattr(app.ctx, "agent", None)

        assistant = Assistant(agent, turn_loop_of(app))
        api = Api(settings, assistant, contract)
        watch = watch_over(settings, api.health.check, lambda: assistant.broker)
        watch.start()

    async def stop(app: Sanic, loop: Any) -> None:
        if watch is not None:
            await watch.stop()
        if api is not None:
            await api.aclose()

    blueprint = Blueprint(NAME)
    for path in ("/", "/<rest:path>"):
        # Streamed, so that a body too large is refused before it is in memory.
        blueprint.add_route(answer, path, methods=list(HTTP_METHODS), stream=True, name=path)
    blueprint.listener(start, "before_server_start")
    blueprint.listener(stop, "before_server_stop")
    return blueprint


async def _outcome(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Return what work comes to; an error that nobody foresaw is a problem too, whose words stay here."""
    working = asyncio.ensure_future(work)
    try:
        await asyncio.wait({working})
    finally:
        # Whoever asked may have gone.
        working.cancel()
    error = working.exception()
    if error is not None and not isinstance(error, Problem):
        logger.error("orchestrator: %s", described(error))
        raise Problem(500, "unexpected", "Something broke that nobody foresaw; the log says where.") from error
    return working.result()


def _is_ours(path: str) -> bool:
    return path == URL_PREFIX or path.startswith(URL_PREFIX + "/")
