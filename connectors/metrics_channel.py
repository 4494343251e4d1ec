"""GET /metrics on Rasa's server, as an input channel; `credentials.yml` names it by its class."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import choose_encoder
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty, raw

from connectors.errors import Problem
from connectors.logs import configure_logging
from connectors.metrics import get_metrics
from connectors.orchestrator.authorisation import Authorisation
from connectors.present import Observer, Present
from connectors.settings import Settings, get_settings
from connectors.whatsapp.door import Knock
from connectors.whatsapp.limiting import Counts

URL_PREFIX = "/metrics"


class MetricsInput(InputChannel):
    """Gives Prometheus this process's metrics, and how much waits; no message ever comes this way.

    Who may read them is who may use the admin API: with `ORCHESTRATOR_TOKEN` whoever brings a token, without it this
    machine alone.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @classmethod
    def name(cls) -> str:
        """Return the channel's name."""
        return "metrics"

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, Any] | None) -> MetricsInput:
        """Return the channel as the environment configures it; `credentials.yml` holds no secret."""
        return cls(get_settings())

    def url_prefix(self) -> str:
        """Return where the metrics are, from the root and not below `/webhooks/`."""
        return URL_PREFIX

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the route."""
        configure_logging()
        metrics = get_metrics()
        counts = Counts(self._settings.redis_url)
        authorisation = Authorisation(self._settings, counts)
        observer: Observer | None = None

        async def scrape(request: Request) -> HTTPResponse:
            try:
                await authorisation.admit(Knock(request.raw_url.decode("latin-1"), request.headers, request.ip))
            except Problem as problem:
                return empty(status=problem.status, headers=dict(problem.headers))
            if observer is None:
                return empty(status=503)
            encode, content_type = choose_encoder(request.headers.get("accept", ""))
            whole = _Whole(metrics.registry, await observer.look())
            return raw(await asyncio.to_thread(encode, whole), content_type=content_type)

        async def start(app: Sanic, loop: Any) -> None:
            nonlocal observer
            observer = Observer(self._settings.database_url, metrics)
            domain = getattr(getattr(app.ctx, "agent", None), "domain", None)
            if domain is not None:
                metrics.know_intents(domain.intents)

        async def stop(app: Sanic, loop: Any) -> None:
            await counts.aclose()
            if observer:
                await asyncio.to_thread(observer.close)

        blueprint = Blueprint(self.name())
        blueprint.add_route(scrape, "/", methods=["GET"])
        blueprint.listener(start, "after_server_start")
        blueprint.listener(stop, "before_server_stop")
        return blueprint


class _Whole:
    """What was counted, and what there is now."""

    def __init__(self, registry: CollectorRegistry, present: Present) -> None:
        self._registry = registry
        self._present = present

    def collect(self) -> Iterator[Metric]:
        yield from self._registry.collect()
        yield from self._present.families()
