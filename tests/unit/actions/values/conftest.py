from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from actions.values import Context


@pytest.fixture
def ctx() -> Context:
    """A Monday morning in Mexico City."""
    return Context(datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("America/Mexico_City")))
