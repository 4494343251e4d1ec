"""One question to OpenRouter and its answer: https://openrouter.ai/docs/api-reference/chat-completion."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import httpx
import stamina

from actions.errors import PhrasingError
from actions.settings import Settings

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletion

ATTEMPTS = 2
MOST_TOKENS = 400
# What OpenRouter's statuses mean for us: https://openrouter.ai/docs/api-reference/errors
_TROUBLES = {401: "key", 402: "credit", 403: "key"}
_PASSING = frozenset([408, 429, 500, 502, 503, 504, 524, 529])


@dataclass(frozen=True)
class Answer:
    """What a model answered: `cost` is in US dollars, None where nobody says."""

    text: str
    model: str | None
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None


class ModelError(PhrasingError):
    """The model could not be asked, or gave no answer.

    Attributes:
        trouble: `key` or `credit` where only its customer can help.
        after: seconds to wait at least before asking again, where it says so.
        is_passing: whether asking again may help.
    """

    def __init__(
        self, code: str, *, trouble: str | None = None, after: float | None = None, is_passing: bool = False
    ) -> None:
        super().__init__(code)
        self.trouble = trouble
        self.after = after
        self.is_passing = is_passing


class OpenRouter:
    """Asks a model, or whichever of its fallbacks OpenRouter finds working; one per process.

    Providers that keep or train on what they are sent are excluded.
    """

    def __init__(self, settings: Settings, api_key: str) -> None:
        self.model = settings.openrouter_model
        self._models = [settings.openrouter_model, *settings.fallback_models]
        self._base_url = str(settings.openrouter_base_url)
        self._headers = {"HTTP-Referer": settings.openrouter_referer, "X-Title": settings.openrouter_title}
        self._api_key = api_key
        self._most = settings.phrasing_concurrency
        self._made: AsyncOpenAI | None = None

    async def prepare(self) -> None:
        """Loads the client, which takes two seconds that no customer should wait for."""
        await self._client()

    async def _client(self) -> AsyncOpenAI:
        if self._made is not None:
            return self._made
        openai = await asyncio.to_thread(import_module, "openai")
        # Others may have come as far in the meantime.
        if self._made is None:
            limits = httpx.Limits(max_connections=self._most, keepalive_expiry=30.0)
            self._made = openai.AsyncOpenAI(
                api_key=self._api_key,
                base_url=self._base_url,
                # Its own retries know nothing of our deadline.
                max_retries=0,
                default_headers={name: value for name, value in self._headers.items() if value},
                http_client=httpx.AsyncClient(limits=limits, trust_env=False),
            )
        return self._made

    async def ask(
        self,
        prompt: Sequence[Mapping[str, Any]],
        within: float,
        *,
        temperature: float = 0.7,
        most_tokens: int = MOST_TOKENS,
        stop: Sequence[str] = (),
        as_json: bool = False,
    ) -> Answer:
        """Gives the answer to a chat, after one more try where that may help and fits.

        Args:
            prompt: the messages, as OpenAI has them.
            within: seconds for all of it.
            temperature: 0 for the same answer each time.
            most_tokens: how long the answer may be.
            stop: texts at which the answer ends, four at most.
            as_json: whether the answer is to be a JSON object.

        Raises:
            ModelError: `timeout`, `unreachable`, `unreadable`, `no_choices` or `http_STATUS`.
        """
        client = await self._client()
        deadline = time.monotonic() + within
        body = self._body(as_json) | ({"stop": list(stop)} if stop else {})
        async for attempt in stamina.retry_context(
            on=partial(_pause_before_repeating, deadline),
            attempts=ATTEMPTS,
            timeout=within,
            wait_initial=0.05,
            wait_max=0.5,
            wait_jitter=0.05,
        ):
            with attempt:
                asking = client.chat.completions.create(
                    model=self.model,
                    messages=cast(Any, prompt),
                    temperature=temperature,
                    max_tokens=most_tokens,
                    extra_body=body,
                )
                return await _answer(asking, deadline - time.monotonic())
        raise ModelError("timeout")

    async def close(self) -> None:
        """Closes the connections."""
        if self._made:
            await self._made.close()

    def _body(self, as_json: bool) -> dict[str, Any]:
        body: dict[str, Any] = {"provider": {"data_collection": "deny"}, "usage": {"include": True}}
        if len(self._models) > 1:
            body["models"] = self._models
        if as_json:
            body["response_format"] = {"type": "json_object"}
        return body


async def _answer(asking: Awaitable[ChatCompletion], seconds: float) -> Answer:
    """Waits for an answer, and makes ours of what can go wrong."""
    import openai

    try:
        return _read(await asyncio.wait_for(asking, max(0.0, seconds)))
    except (asyncio.TimeoutError, openai.APITimeoutError) as exc:
        raise ModelError("timeout") from exc
    except openai.APIStatusError as exc:
        raise _of_status(exc.status_code, _retry_after(exc.response)) from exc
    except openai.APIConnectionError as exc:
        raise ModelError("unreachable", is_passing=True) from exc
    except (openai.APIError, ValueError, TypeError, AttributeError) as exc:
        # A 200 that is no answer: cut off, or of another shape.
        raise ModelError("unreadable", is_passing=True) from exc


def _read(answer: ChatCompletion) -> Answer:
    """Gives what is in an answer; a failure in the middle of generating comes as a 200 with an error in it."""
    error = getattr(answer, "error", None)
    if error:
        status = error.get("code") if isinstance(error, dict) else None
        raise _of_status(status if isinstance(status, int) else 502, None)
    if not answer.choices:
        raise ModelError("no_choices", is_passing=True)
    usage = answer.usage
    cost = getattr(usage, "cost", None)
    return Answer(
        answer.choices[0].message.content or "",
        answer.model,
        usage.prompt_tokens if usage else 0,
        usage.completion_tokens if usage else 0,
        float(cost) if isinstance(cost, int | float) else None,
    )


def _of_status(status: int, after: float | None) -> ModelError:
    return ModelError(f"http_{status}", trouble=_TROUBLES.get(status), after=after, is_passing=status in _PASSING)


def _pause_before_repeating(deadline: float, error: Exception) -> bool | float:
    if not isinstance(error, ModelError) or not error.is_passing:
        return False
    if time.monotonic() + (error.after or 0.0) >= deadline:
        return False
    return True if error.after is None else error.after


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() and len(value) < 6 else None
