"""The action server: rasa_sdk's own, with metrics, health, reminders and logs; `python -m actions.server --port 5055`.

rasa_sdk loads this module among the actions: nothing may happen when it is imported.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pluggy
import structlog
from prometheus_client.exposition import choose_encoder
from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, json, raw

from actions.dialogue.base import where
from actions.logs import configure_logging
from actions.metrics import get_metrics

PACKAGE = "actions"

logger = structlog.get_logger("actions.server")
implements = pluggy.HookimplMarker("rasa_sdk")


class Extensions:
    """What this server has beyond rasa_sdk's, as a plugin of it.

    Like `/webhook` itself, all of it is for whoever reaches the server: only its neighbours must.
    """

    @implements
    def attach_sanic_app_extensions(self, app: Sanic) -> None:
        """Adds the routes, and replaces the handler of errors."""
        app.add_route(_metrics, "/metrics", methods=["GET"], name="metrics")
        app.add_route(_parts, "/health/parts", methods=["GET"], name="parts")
        app.register_listener(_prepare, "before_server_start")
        app.add_route(_reminders, "/reminders", methods=["GET"], name="reminders")
        # rasa_sdk's answers with the whole request and logs it: what the customer wrote.
        app.exception(Exception)(_tell_nothing)


async def _prepare(*_: Any) -> None:
    from actions.services import get_services

    await get_services().phraser.prepare()


async def _metrics(request: Request) -> HTTPResponse:
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return raw(await asyncio.to_thread(encode, get_metrics().registry), content_type=content_type)


async def _parts(request: Request) -> HTTPResponse:
    from actions.health import check_parts

    return json(await check_parts())


async def _reminders(request: Request) -> HTTPResponse:
    from actions.reminders import answer
    from actions.services import get_services

    status, content = await answer(request.args.get("day", ""), get_services())
    return json(content, status=status)


async def _tell_nothing(request: Request, error: Exception) -> HTTPResponse:
    status = error.status_code if isinstance(error, SanicException) else 500
    name = type(error).__name__
    if status >= 500:
        # The error's own words may quote the customer.
        logger.error("request.broke", route=getattr(request.route, "path", None), error=name, at=where(error))
    return json({"error": name}, status=status)


def main(arguments: list[str] | None = None) -> None:
    """Serves until it is told to stop; takes rasa_sdk's arguments."""
    configure_logging()
    # Only now: what they warn of as they are loaded is for the log.
    from rasa_sdk import utils
    from rasa_sdk.endpoint import create_argument_parser, run
    from rasa_sdk.plugin import plugin_manager

    parser: Any = create_argument_parser()
    parser.prog = "python -m actions.server"
    parser.set_defaults(actions=PACKAGE)
    told = parser.parse_args(arguments)
    utils.update_sanic_log_level()
    utils.configure_file_logging(logging.getLogger(), told.log_file, told.loglevel, told.logging_config_file)
    # Once more for what these have changed.
    configure_logging(told.loglevel)
    manager = plugin_manager()
    if not manager.has_plugin(PACKAGE):
        manager.register(Extensions(), PACKAGE)
    run(
        told.actions,
        told.port,
        told.cors,
        told.ssl_certificate,
        told.ssl_keyfile,
        told.ssl_password,
        told.auto_reload,
    )


if __name__ == "__main__":
    main()
