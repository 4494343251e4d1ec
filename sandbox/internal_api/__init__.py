"""A working reference of the business's internal API, described by `contract/internal_api.yaml`."""

from fastapi import FastAPI
from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from sandbox.internal_api.api import create_api
from sandbox.mail.mailbox import mailbox_of
from sandbox.settings import Settings


class _Forward(BaseRoute):
    """Hands the API's paths to the API as they are: a mount would cut their beginning off."""

    def __init__(self, api: FastAPI) -> None:
        self._api = api

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match what belongs to the API, known to it or not."""
        path = scope.get("path", "")
        ours = scope["type"] == "http" and (path.startswith("/v1/") or path == "/sandbox/business")
        return (Match.FULL if ours else Match.NONE), {}

    def url_path_for(self, name: str, /, **path_params: object) -> URLPath:
        """Refuse: no path of the API is built by name."""
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the API answer."""
        await self._api(scope, receive, send)


def install(app: FastAPI, settings: Settings) -> None:
    """Add the API to an application, whose start opens the database and whose end closes it."""
    api = create_api(settings, mailbox_of(app))
    app.state.internal_api = api
    app.router.routes.append(_Forward(api))
    app.router.add_event_handler("startup", api.state.database.engine)
    app.router.add_event_handler("shutdown", api.state.database.close)
