"""An emulated Twilio with a phone page: the assistant cannot tell it from the real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from sandbox import llm
from sandbox.faults.api_faults import ApiFaultsMiddleware
from sandbox.faults.board import board_of
from sandbox.mail.mailbox import Mail, Mailbox, mailbox_of
from sandbox.settings import Settings
from sandbox.twilio import control_api, customer_api, phone_page, rest_api
from sandbox.twilio.emulator import Emulator
from sandbox.twilio.errors import TwilioError, answer_twilio_error

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
    _run_with(app, app.state.twilio, mailbox_of(app))


def _run_with(app: FastAPI, emulator: Emulator, mailbox: Mailbox) -> None:
    """Tell the page of mails while the application runs, and close the emulator at its end."""
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(running: Any) -> AsyncIterator[Any]:
        loop = asyncio.get_running_loop()

        def tell(mail: Mail) -> None:
            # Mails leave on the threads of the internal API.
            loop.call_soon_threadsafe(emulator.events.publish, "mail", mail.as_json())

        async with inner(running) as state:
            try:
                with mailbox.telling(tell):
                    yield state
            finally:
                await emulator.close()

    app.router.lifespan_context = lifespan
