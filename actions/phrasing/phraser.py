"""Rewords what an action says, within a time limit, or leaves it to the templates."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from actions.errors import PhrasingError
from actions.phrasing.facts import lock, unlock
from actions.phrasing.templates import choose
from actions.settings import Settings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

Verdict = Mapping[str, Any]


class Message(Protocol):
    """What is to be said."""

    @property
    def response(self) -> str:
        """Name of the response in domain.yml."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """The facts it states, by name."""


class Phraser(Protocol):
    """Rewords a turn's messages."""

    async def reword(self, messages: Sequence[Message]) -> tuple[list[str | None], Verdict | None]:
        """Gives a text for each message, None where the template stays, and what the log keeps of it."""

    async def close(self) -> None:
        """Closes what is open."""


class TemplatesOnly:
    """Leaves every message to its template."""

    async def reword(self, messages: Sequence[Message]) -> tuple[list[str | None], Verdict | None]:
        """Gives no text: the templates stay."""
        return [None] * len(messages), None

    async def close(self) -> None:
        """Has nothing to close."""


_INSTRUCTIONS = (
    "Eres la voz de un consultorio de astrología que atiende por WhatsApp. Reescribe en español, con calidez y "
    "brevedad, el mensaje que recibes. Conserva cada marca como [[1]] exactamente una vez y sin cambiarla. No "
    "agregues números, fechas, precios, enlaces, promesas ni servicios. Responde solo con el mensaje."
)


@dataclass
class _Tally:
    """What the calls of one turn came to."""

    model: str | None = None
    verdicts: list[str] = field(default_factory=list)
    tokens_in: int = 0
    tokens_out: int = 0
    texts: list[str] = field(default_factory=list)


class OpenRouterPhraser:
    """Rewords templates by OpenRouter; the model sees tokens in place of facts and nothing of the customer."""

    def __init__(self, settings: Settings, api_key: str) -> None:
        self._model = settings.openrouter_model
        self._timeout = settings.phrasing_timeout
        self._base_url = str(settings.openrouter_base_url)
        self._api_key = api_key
        self._made: AsyncOpenAI | None = None

    async def reword(self, messages: Sequence[Message]) -> tuple[list[str | None], Verdict | None]:
        """Rewords the messages at once, all within one time limit; None where the template stays."""
        await self._client()
        started, tally = time.perf_counter(), _Tally()
        texts = await asyncio.gather(*(self._one(message, tally) for message in messages))
        if not tally.verdicts:
            return list(texts), None
        return list(texts), {
            "text": "\n".join(tally.texts) or None,
            "model": tally.model or self._model,
            "verdict": ",".join(tally.verdicts),
            "ms": round((time.perf_counter() - started) * 1000),
            "tokens_in": tally.tokens_in,
            "tokens_out": tally.tokens_out,
        }

    async def close(self) -> None:
        """Closes the connections to OpenRouter."""
        if self._made:
            await self._made.close()

    async def _client(self) -> AsyncOpenAI:
        if self._made is None:
            # It takes two seconds to import, which a server without a key should not spend, nor a turn wait for.
            openai = await asyncio.to_thread(import_module, "openai")
            self._made = openai.AsyncOpenAI(
                api_key=self._api_key,
                base_url=self._base_url,
                # Retries would eat the turn's time limit: a failure means the template, at once.
                max_retries=0,
                timeout=self._timeout,
            )
        return self._made

    async def _one(self, message: Message, tally: _Tally) -> str | None:
        template = choose(message.response)
        if template is None or template.exact:
            return None
        import openai

        locked, names = lock(template.text)
        if not set(names) <= set(message.facts):
            return None
        try:
            reworded = await asyncio.wait_for(self._ask(locked, tally), self._timeout)
            text = unlock(reworded, locked, names, message.facts)
        except (asyncio.TimeoutError, openai.APITimeoutError):
            tally.verdicts.append("rejected:timeout")
        except openai.APIStatusError as error:
            tally.verdicts.append(f"rejected:http_{error.status_code}")
        except openai.APIError:
            tally.verdicts.append("rejected:unreachable")
        except PhrasingError as error:
            tally.verdicts.append(f"rejected:{error.code}")
        else:
            tally.verdicts.append("accepted")
            return text
        return None

    async def _ask(self, locked: str, tally: _Tally) -> str:
        answer = await (await self._client()).chat.completions.create(
            model=self._model,
            messages=[
                {"role": "system", "content": _INSTRUCTIONS},
                {"role": "user", "content": locked},
            ],
            temperature=0.7,
            max_tokens=400,
        )
        # An error in the middle of generating comes as HTTP 200 without choices (OpenRouter's error handling).
        if not answer.choices:
            raise PhrasingError("no_choices")
        tally.model = answer.model
        if answer.usage:
            tally.tokens_in += answer.usage.prompt_tokens
            tally.tokens_out += answer.usage.completion_tokens
        text = answer.choices[0].message.content or ""
        # The log keeps what the model wrote: tokens in place of facts, so nothing personal.
        tally.texts.append(text)
        return text


def make_phraser(settings: Settings) -> Phraser:
    """Gives the phraser that the settings ask for: none without a key."""
    key = settings.openrouter_api_key.get_secret_value() if settings.openrouter_api_key else ""
    return OpenRouterPhraser(settings, key) if key else TemplatesOnly()
