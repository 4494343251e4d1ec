"""Faults on demand: how the emulated outside world misbehaves until told otherwise."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, Extra, Field, validator

_dice = random.SystemRandom()
# How far a model's delays spread: one call in twelve waits for more than twice the median.
_SIGMA = 0.5


class _Fault(BaseModel):
    """What every part of the sandbox can suffer.

    Attributes:
        latency_ms: Delay before every answer.
        status: HTTP error status to answer with; None answers normally.
        rate: Share of the calls that get the status, 0 to 1.
    """

    latency_ms: int = Field(default=0, ge=0, le=120_000)
    status: int | None = Field(default=None, ge=400, le=599)
    rate: float = Field(default=1.0, ge=0, le=1)

    class Config:
        extra = Extra.forbid

    def wait_ms(self) -> float:
        """Return how long this call waits, in milliseconds."""
        return self.latency_ms

    async def delay(self) -> None:
        """Wait for as long as this call does."""
        if milliseconds := self.wait_ms():
            await asyncio.sleep(milliseconds / 1000)

    def error_status(self) -> int | None:
        """Return the status that this call fails with, if it is one of those that fail."""
        return self.status if self.status and happens(self.rate) else None


class TwilioFaults(_Fault):
    """Faults of Twilio's API, of its webhooks and of WhatsApp behind it.

    Attributes:
        retry_after: Seconds for the Retry-After header of a 429 or 503.
        duplicate_webhooks: How many times more each webhook is delivered.
        reorder_webhooks: Lets a contact's next message overtake the one before.
        error_code: Code with which WhatsApp refuses every message, by receipt.
        lose_webhooks: Share of the customers' messages whose webhook is never sent, 0 to 1: only the list
            of messages shows them.
        lose_answers: Share of the messages that the API takes without its answer ever arriving, 0 to 1:
            the connection is cut.
    """

    retry_after: int | None = Field(default=None, ge=0, le=3_600)
    duplicate_webhooks: int = Field(default=0, ge=0, le=10)
    reorder_webhooks: bool = False
    error_code: int | None = Field(default=None, ge=10_000, le=99_999)
    lose_webhooks: float = Field(default=0.0, ge=0, le=1)
    lose_answers: float = Field(default=0.0, ge=0, le=1)


class ApiFaults(_Fault):
    """Faults of the internal API; all but the latencies are shares of the calls, 0 to 1.

    Attributes:
        latency_up_to_ms: Further delay before every answer, drawn anew each time and mostly short.
        drop_rate: The connection is cut off, and nothing is done.
        lose_answers: What is asked for is done, and the connection cut off in place of the answer.
        garble: It is done, and answered with JSON that ends in the middle.
        mistype: It is done, and answered with values of wrong types.
    """

    latency_up_to_ms: int = Field(default=0, ge=0, le=120_000)
    drop_rate: float = Field(default=0.0, ge=0, le=1)
    lose_answers: float = Field(default=0.0, ge=0, le=1)
    garble: float = Field(default=0.0, ge=0, le=1)
    mistype: float = Field(default=0.0, ge=0, le=1)

    def wait_ms(self) -> float:
        """Return the latency and what is drawn of the other one."""
        # The cube: half of the calls wait for an eighth of it at most.
        return self.latency_ms + self.latency_up_to_ms * _dice.random() ** 3

    def spoils_answers(self) -> bool:
        """Say whether anything can happen to an answer once it is made."""
        return bool(self.lose_answers or self.garble or self.mistype)


class LlmFaults(_Fault):
    """Faults of the language model; all but the delays, texts and names are shares of the calls, 0 to 1.

    Attributes:
        reply: A fixed text it answers with, whatever it is asked.
        script: Bad outputs that it answers with, one drawn for each call: a name, several, or "all", out of
            `sandbox.llm.outputs`. Calls that ask for JSON get none.
        bad_rate: Share of the calls answered so; None is all of them.
        median_ms: Further delay before every answer, log-normal around this median.
        retry_after: Seconds for the Retry-After header of a 429 or 503.
        drop_rate: The connection is cut before an answer.
        lose_answers: It is cut while the answer is on its way.
        garble: HTTP 200 with JSON that ends in the middle.
        error_in_body: HTTP 200 with an error in place of choices, as when a provider fails while it generates.
        no_choices: The list of choices is empty.
        no_usage: The answer does not tell its tokens.
        primary_down: The first model asked for is down: the second one answers, or nobody (502).
    """

    reply: str | None = Field(default=None, max_length=20_000)
    script: list[str] | None = None
    bad_rate: float | None = Field(default=None, ge=0, le=1)
    median_ms: int = Field(default=0, ge=0, le=120_000)
    retry_after: int | None = Field(default=None, ge=0, le=3_600)
    drop_rate: float = Field(default=0.0, ge=0, le=1)
    lose_answers: float = Field(default=0.0, ge=0, le=1)
    garble: float = Field(default=0.0, ge=0, le=1)
    error_in_body: float = Field(default=0.0, ge=0, le=1)
    no_choices: float = Field(default=0.0, ge=0, le=1)
    no_usage: float = Field(default=0.0, ge=0, le=1)
    primary_down: float = Field(default=0.0, ge=0, le=1)

    @validator("script", pre=True)
    @classmethod
    def _names_are_known(cls, value: object) -> object:
        # Here, because the model's package imports this module.
        from sandbox.llm.outputs import OUTPUTS

        if value is None or value == "all":
            return value and list(OUTPUTS)
        names = value if isinstance(value, list) else [value]
        if not names or any(name not in OUTPUTS for name in names):
            raise ValueError(f"not all, nor a choice of {', '.join(OUTPUTS)}")
        return names

    def wait_ms(self) -> float:
        """Return the latency and what is drawn around the median."""
        return self.latency_ms + self.median_ms * _dice.lognormvariate(0, _SIGMA)

    def draw_script(self) -> str | None:
        """Draw the bad output of this call; None when it is one of those answered well."""
        if not self.script or not happens(1.0 if self.bad_rate is None else self.bad_rate):
            return None
        return _dice.choice(self.script)


class Faults(BaseModel):
    """All faults of the sandbox; what is not named is well."""

    twilio: TwilioFaults = Field(default_factory=TwilioFaults)
    api: ApiFaults = Field(default_factory=ApiFaults)
    llm: LlmFaults = Field(default_factory=LlmFaults)

    class Config:
        """What is not a fault is a mistake."""

        extra = Extra.forbid


class FaultBoard:
    """Holds the faults in force."""

    def __init__(self) -> None:
        self.now = Faults()

    def as_json(self) -> dict[str, Any]:
        """Return the faults in force as JSON."""
        return self.now.dict()


def happens(rate: float) -> bool:
    """Draw whether something of this probability happens now."""
    return _dice.random() < rate


def board_of(app: FastAPI) -> FaultBoard:
    """Return the application's fault board, which all parts of the sandbox share."""
    if not hasattr(app.state, "faults"):
        app.state.faults = FaultBoard()
    board: FaultBoard = app.state.faults
    return board
