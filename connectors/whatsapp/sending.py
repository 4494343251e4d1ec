"""Sending what waits in the outbox."""

from __future__ import annotations

import logging

from connectors.errors import TwilioError, TwilioRejected
from connectors.whatsapp.outbox import Outbox, OutgoingMessage
from connectors.whatsapp.twilio_client import TwilioClient

logger = logging.getLogger(__name__)


class Sender:
    """Hands claimed answers to Twilio; one that fails never holds up those behind it."""

    def __init__(self, client: TwilioClient, outbox: Outbox) -> None:
        self._client = client
        self._outbox = outbox

    async def deliver(self, message: OutgoingMessage) -> None:
        """Send a claimed answer and note in the outbox what became of it."""
        twilio_sid: str | None = None
        error_code: int | None = None
        try:
            twilio_sid = await self._send(message)
        except TwilioError as exc:
            error_code = exc.code
            logger.error("answer %s/%d not sent: %s", *message.key, exc)
        finally:
            if twilio_sid:
                await self._outbox.sent(message, twilio_sid)
            else:
                await self._outbox.failed(message, error_code)

    async def _send(self, message: OutgoingMessage) -> str:
        try:
            return await self._client.send(message)
        except TwilioRejected as exc:
            if not message.template:
                raise
            logger.warning("template %s refused, its text is sent: %s", message.template.sid, exc)
        return await self._client.send(message, use_template=False)
