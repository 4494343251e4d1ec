"""What customers are to be reminded of, told to the channel: only this process speaks with the internal API."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from typing import Any

import structlog

from actions.errors import ApiError
from actions.internal_api import models
from actions.internal_api.client import InternalApi
from actions.services import Services
from actions.values import format_fecha, format_hora

logger = structlog.get_logger(__name__)


async def answer(day: str, services: Services) -> tuple[HTTPStatus, dict[str, Any]]:
    """Gives an HTTP status and the reminders of a day's appointments, `{"reminders": [...]}`, in order of time.

    Each has `appointment_id`, `start` (ISO 8601 with its zone), `phone` (E.164), `name` (or null), and the start's
    `day` and `time` as customers read them. What went wrong is told as `{"error": code}`.

    Args:
        day: YYYY-MM-DD, in the business's zone.
        services: the process's.
    """
    try:
        date = dt.date.fromisoformat(day)
    except ValueError:
        return HTTPStatus.BAD_REQUEST, {"error": "day_invalid"}
    try:
        reminders = await InternalApi(services.transport, record=lambda call: None).reminders(date)
    except ApiError as exc:
        logger.warning("reminders.not_told", error=exc.code)
        return HTTPStatus.SERVICE_UNAVAILABLE, {"error": exc.code}
    logger.info("reminders.told", count=len(reminders))
    return HTTPStatus.OK, {"reminders": [_told(reminder, services.now()) for reminder in reminders]}


def _told(reminder: models.Reminder, now: dt.datetime) -> dict[str, str | None]:
    return {
        "appointment_id": reminder.appointment_id,
        "start": reminder.start.isoformat(),
        "phone": reminder.phone,
        "name": reminder.customer_name,
        "day": format_fecha(reminder.start.date(), now),
        "time": format_hora(reminder.start.time()),
    }
