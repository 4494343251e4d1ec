"""The parts of the system, and what each is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import httpx
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from valkey.asyncio import Valkey
from valkey.exceptions import ValkeyError

from connectors.database import only_reads, open_engine
from connectors.errors import DatabaseUnavailable, SettingsError, SpoolUnavailable
from connectors.orchestrator.assistant import Assistant
from connectors.orchestrator.health import SECONDS, Finding, Part
from connectors.schema import check_revision
from connectors.settings import Settings
from connectors.writability import TAKES_NO_WRITES, prove_writes

NOT_CONFIGURED = "not configured"
GREETING = "hola"

# What waits for the database may fill so much of its place on disk before it is a failure.
_FULL = 0.5
_OWN_SECONDS = SECONDS * 0.9

T = TypeVar("T")


class Parts:
    """Asks every part, over connections that stay open until `aclose`.

    The Rasa server knows neither the internal API nor OpenRouter: the action server, which works with them,
    is asked how they are.
    """

    def __init__(self, settings: Settings, assistant: Assistant) -> None:
        self._settings = settings
        self._assistant = assistant
        self._engine = open_engine(settings.database_url)
        # Threads of their own: one that hangs holds up nobody else.
        self._threads = {part: ThreadPoolExecutor(1, f"health-{part}") for part in ("database", "logging")}
        self._http = httpx.AsyncClient(timeout=_OWN_SECONDS, trust_env=False)
        self._redis = _redis(settings.redis_url) if settings.redis_url else None
        self._told: asyncio.Task[dict[str, Any] | Finding] | None = None

    def all(self) -> list[Part]:
        """Return all parts, in the order in which they are shown."""
        return [
            Part("rasa", True, self._rasa),
            Part("openrouter", False, lambda: self._behind_actions("openrouter")),
            Part("twilio", True, self._twilio),
            Part("api", True, lambda: self._behind_actions("api")),
            Part("logging", True, self._logging),
            Part("actions", True, self._actions),
            Part("database", True, self._database),
            Part("redis", False, self._ping_redis),
        ]

    async def aclose(self) -> None:
        """Close the connections."""
        for threads in self._threads.values():
            threads.shutdown(wait=False, cancel_futures=True)
        await self._http.aclose()
        if self._redis is not None:
            await self._redis.aclose()
        self._engine.dispose()

    async def _rasa(self) -> Finding:
        agent = self._assistant.agent
        if agent is None:
            return Finding(False, "no model is loaded")
        understood = await self._assistant.turn_loop.run(lambda: agent.parse_message(GREETING))
        return Finding() if (understood.get("intent") or {}).get("name") else Finding(False, "it understands nothing")

    async def _actions(self) -> Finding:
        base = self._assistant.action_server
        if base is None:
            return Finding(False, NOT_CONFIGURED)
        answer = await self._get(f"{base}/health")
        return answer if isinstance(answer, Finding) else _success(answer)

    async def _behind_actions(self, name: str) -> Finding:
        if self._told is None or self._told.done():
            self._told = asyncio.create_task(self._ask_actions())
        told = await asyncio.shield(self._told)
        if isinstance(told, Finding):
            return told
        part = told.get(name)
        if not isinstance(part, dict):
            return Finding(False, "the action server does not know it")
        error, ms = part.get("error"), part.get("ms")
        return Finding(part.get("ok") is True, str(error) if error else None, ms if isinstance(ms, int) else None)

    async def _ask_actions(self) -> dict[str, Any] | Finding:
        base = self._assistant.action_server
        if base is None:
            return Finding(False, "no action server is configured")
        answer = await self._get(f"{base}/health/parts")
        if isinstance(answer, Finding):
            return Finding(False, f"the action server cannot be asked: {answer.error}")
        content = _object(answer)
        if answer.status_code == httpx.codes.NOT_FOUND or not content:
            return Finding(False, f"the action server does not tell: HTTP {answer.status_code}")
        return content

    async def _twilio(self) -> Finding:
        settings = self._settings
        sid = settings.twilio_account_sid
        answer = await self._get(
            f"{settings.twilio_api_base_url}/2010-04-01/Accounts/{sid}.json", auth=(sid, settings.auth_tokens[0])
        )
        if isinstance(answer, Finding):
            return answer
        if answer.status_code in {401, 403}:
            return Finding(False, "credentials")
        # https://www.twilio.com/docs/iam/api/account: active, suspended or closed.
        status = _object(answer).get("status")
        if answer.is_success and status != "active":
            return Finding(False, "the account is suspended or closed")
        return _success(answer)

    async def _database(self) -> Finding:
        return await self._in_thread("database", self._ask_database)

    def _ask_database(self) -> Finding:
        try:
            with self._engine.connect() as connection:
                check_revision(connection, newer_will_do=True)
            # One that only answers is of no use: no message would be taken in.
            prove_writes(self._engine)
        except (SettingsError, DatabaseUnavailable) as exc:
            return Finding(False, str(exc))
        except SQLAlchemyError as exc:
            is_read_only = isinstance(exc, DBAPIError) and only_reads(exc)
            return Finding(False, TAKES_NO_WRITES if is_read_only else type(exc).__name__)
        return Finding()

    async def _logging(self) -> Finding:
        if not self._settings.logging_enabled:
            return Finding(error="switched off")
        backlog = getattr(self._assistant.broker, "backlog", None)
        return await self._in_thread("logging", lambda: self._ask_log(backlog)) if backlog else Finding()

    def _ask_log(self, backlog: Callable[[], int]) -> Finding:
        try:
            waiting = backlog()
        except SpoolUnavailable:
            return Finding(False, "the disk on which rows wait cannot be used")
        is_full = waiting > _FULL * self._settings.log_spool_rows
        return Finding(False, f"{waiting} rows wait for the database") if is_full else Finding()

    async def _ping_redis(self) -> Finding:
        if self._redis is None:
            return Finding(error=NOT_CONFIGURED)
        try:
            await self._redis.ping()
        except ValkeyError as exc:
            return Finding(False, type(exc).__name__)
        return Finding()

    async def _get(self, url: str, **options: Any) -> httpx.Response | Finding:
        try:
            return await self._http.get(url, **options)
        except httpx.HTTPError as exc:
            return Finding(False, type(exc).__name__)

    async def _in_thread(self, part: str, ask: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads[part], ask)


def _success(answer: httpx.Response) -> Finding:
    return Finding() if answer.is_success else Finding(False, f"HTTP {answer.status_code}")


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _redis(url: str) -> Valkey:
    client: Valkey = Valkey.from_url(url, socket_connect_timeout=_OWN_SECONDS, socket_timeout=_OWN_SECONDS)
    return client
