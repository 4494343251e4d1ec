"""The internal API's own application, with its way of refusing."""

import hmac
import json
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.dependencies.utils import get_flat_dependant
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.internal_api import (
    appointments,
    business,
    changes,
    packages,
    payments,
    people,
    problems,
    records,
    reminders,
    state,
    verifications,
)
from sandbox.internal_api.database import Database
from sandbox.internal_api.document import Document
from sandbox.internal_api.http import Db, accept_request_id
from sandbox.internal_api.journal import Journal
from sandbox.mail.mailbox import Mailbox
from sandbox.settings import Settings

OPEN_PATH = "/v1/health"
_control = APIRouter(include_in_schema=False)
# Shown in the contract; the check itself is Door's, so that it comes before anything is read.
_bearer = HTTPBearer(auto_error=False, scheme_name="token", description="INTERNAL_API_TOKEN")


class Door:
    """Lets only those with the API's token into /v1, before anything else of the request is read."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401."""
        if scope["type"] == "http" and scope["path"].startswith("/v1/") and scope["path"] != OPEN_PATH:
            given = dict(scope["headers"]).get(b"authorization", b"")
            if not hmac.compare_digest(given, self._expected):
                await _respond(problems.Unauthorized())(scope, receive, send)
                return
        await self._app(scope, receive, send)


def create_api(settings: Settings, mailbox: Mailbox) -> FastAPI:
    """Return the API, with its database in `state.database`, opened at first use; its mails go to the mailbox."""
    api = FastAPI(
        title="Internal API",
        version="1.0.0",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    api.state.settings = settings
    api.state.database = Database(settings)
    api.state.mailbox = mailbox
    api.add_middleware(Door, token=settings.internal_api_token)
    # Around the door: who was not let in is in the journal too.
    api.add_middleware(Journal, unnoted=OPEN_PATH)
    shared = [Depends(_bearer), Depends(_refuse_unknown_queries), Depends(accept_request_id)]
    for module in (business, packages, appointments, changes, payments, verifications, people, records, reminders):
        api.include_router(module.router, dependencies=shared)
    api.include_router(_control)
    api.add_exception_handler(problems.Problem, _on_problem)
    api.add_exception_handler(RequestValidationError, _on_invalid)
    api.add_exception_handler(HTTPException, _on_http_exception)
    api.add_exception_handler(SQLAlchemyError, _on_database_error)
    api.add_exception_handler(Exception, _on_crash)
    return api


@_control.get("/sandbox/business")
def read_state(database: Db) -> JSONResponse:
    """The whole state of the business."""
    with database.reading() as session:
        whole = state.read(session)
    return JSONResponse(json.loads(json.dumps(whole, default=lambda moment: moment.isoformat())))


@_control.put("/sandbox/business")
def replace_state(database: Db, document: Document) -> JSONResponse:
    """Replace the whole state, or refuse the document and change nothing."""
    with database.writing() as session:
        state.replace(session, document)
    return read_state(database)


def _refuse_unknown_queries(request: Request) -> None:
    """Refuse a parameter that the operation does not have: a misspelt filter would filter nothing."""
    known = {parameter.alias for parameter in get_flat_dependant(request.scope["route"].dependant).query_params}
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        raise problems.InvalidRequest.of_all([(f"query.{name[:60]}", "is not a parameter") for name in unknown])


def _respond(problem: problems.Problem) -> Response:
    content = json.dumps(problem.content(), ensure_ascii=False).encode("utf-8", "replace")
    return Response(content, problem.status, problem.headers, problems.MEDIA_TYPE)


def _on_problem(_request: Request, problem: Any) -> Response:
    return _respond(problem)


def _on_invalid(_request: Request, error: Any) -> Response:
    errors = [(".".join(str(part)[:60] for part in item["loc"]), str(item["msg"])) for item in error.errors()]
    missing = {item["loc"] for item in error.errors() if item["type"] == "value_error.missing"}
    if ("header", "Idempotency-Key") in missing:
        return _respond(problems.IdempotencyKeyRequired())
    return _respond(problems.InvalidRequest.of_all(errors))


def _on_http_exception(request: Request, error: Any) -> Response:
    if error.status_code == 404:
        return _respond(problems.NotFound())
    if error.status_code == 405:
        response = _respond(problems.MethodNotAllowed())
        response.headers["Allow"] = ", ".join(_methods(request))
        return response
    return _respond(problems.InvalidRequest.of("body", "is not JSON in UTF-8"))


def _methods(request: Request) -> list[str]:
    """Return the methods of a path; the framework itself names those of its first route only."""
    matching = (route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE)
    return sorted({method for route in matching for method in route.methods})


def _on_database_error(_request: Request, _error: Exception) -> Response:
    return _respond(problems.ServiceUnavailable())


def _on_crash(_request: Request, _error: Exception) -> Response:
    return _respond(problems.Problem())
