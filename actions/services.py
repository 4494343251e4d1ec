"""The one place where the action server's clients are made: once, at the first use."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from actions.internal_api.business import BusinessMemory
from actions.internal_api.transport import Transport
from actions.llm.model import make_model
from actions.llm.opinion import Understanding, make_understanding
from actions.phrasing.phraser import Phraser, make_phraser
from actions.settings import Settings, get_settings


@dataclass(frozen=True)
class Services:
    """What actions work with; tests hand in their own.

    Attributes:
        settings: the process's settings.
        transport: HTTP to the business system.
        business: the business's data, remembered.
        phraser: rewords templates, or leaves them as they are.
        understanding: takes messages for something that our own reading is not sure of, or nothing.
        now: gives the present as an aware datetime in the business's zone.
    """

    settings: Settings
    transport: Transport
    business: BusinessMemory
    phraser: Phraser
    understanding: Understanding
    now: Callable[[], dt.datetime]


def make_services(settings: Settings) -> Services:
    """Makes the clients of one process."""
    # httpx logs every URL, and a path can name a customer's appointment.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    model = make_model(settings)
    return Services(
        settings=settings,
        transport=Transport(settings),
        business=BusinessMemory(),
        phraser=make_phraser(settings, model),
        understanding=make_understanding(settings, model),
        now=lambda: dt.datetime.now(settings.zone),
    )


@lru_cache(maxsize=1)
def get_services() -> Services:
    """Gives the process's clients, made at the first call."""
    return make_services(get_settings())
