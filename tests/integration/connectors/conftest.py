"""A Twilio, and our own database of each kind, migrated."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.connectors.databases import DIALECTS, database, migrate
from tests.integration.connectors.whatsapp_world import Twilio, twilio_serving


@pytest.fixture
async def twilio() -> AsyncIterator[Twilio]:
    async with twilio_serving() as twilio:
        yield twilio


@pytest.fixture(params=DIALECTS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    with database(request.param, tmp_path, monkeypatch) as url:
        migrate()
        yield url
