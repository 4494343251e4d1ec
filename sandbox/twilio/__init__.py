"""An emulated Twilio with a phone page: the assistant cannot tell it from the real one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from sandbox import llm
from sandbox.settings import Settings
from sandbox.twilio import control_api, customer_api, phone_page, rest_api
from sandbox.twilio.api_faults import ApiFaultsMiddleware
from sandbox.twilio.emulator import Emulator
from sandbox.twilio.errors import TwilioError, answer_twilio_error
from sandbox.twilio.faults import board_of

__all__ = ["install"]


def install(app: FastAPI, settings: Settings) -> None:
    """Add Twilio's API, the customers' side, the phone page, the faults and the scripted model."""
    board = board_of(app)
    app.state.twilio = Emulator(settings, board)
    app.add_exception_handler(TwilioError, answer_twilio_error)
    app.add_middleware(ApiFaultsMiddleware, board=board)
    for part in (rest_api, customer_api, control_api, phone_page):
        app.include_router(part.router)
    phone_page.mount_files(app)
    llm.install(app, settings)
    _close_at_shutdown(app, app.state.twilio)


def _close_at_shutdown(app: FastAPI, emulator: Emulator) -> None:
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(running: Any) -> AsyncIterator[Any]:
        async with inner(running) as state:
            try:
                yield state
            finally:
                await emulator.close()

    app.router.lifespan_context = lifespan
