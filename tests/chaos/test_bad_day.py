"""Whatever the business system does to five hundred conversations, nothing is done twice and nobody is misinformed.

Its answers take up to five seconds; some are errors, some never arrive, before or after what was asked for is done, and
some cannot be read: all of it at once, and all day.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import pytest

from launcher.environment import ROOT
from tests.chaos.bad_day.crowd import AT_ONCE, converse, prepare
from tests.chaos.bad_day.facts import changes_of
from tests.chaos.bad_day.summary import Summary
from tests.chaos.bad_day.tables import Tables
from tests.chaos.bad_day.verdict import judge, leaks, report, transcript
from tests.chaos.conftest import SEED
from tests.chaos.databases import SqliteFile
from tests.chaos.world import World

RESULTS = ROOT / "results" / "bad_day.md"
FAULTS = {
    "latency_up_to_ms": 5000,
    "status": 503,
    "rate": 0.1,
    "drop_rate": 0.025,
    "lose_answers": 0.025,
    "garble": 0.02,
    "mistype": 0.02,
}
SETTINGS = {
    "WHATSAPP_TURNS_IN_FLIGHT": str(AT_ONCE),
    "WHATSAPP_CONTACT_LIMIT": "off",
    "WHATSAPP_SENDS_PER_SECOND": "1000",
    "WHATSAPP_PATIENCE_SECONDS": "4",
    "WHATSAPP_LEASE_SECONDS": "15",
    "INTERNAL_API_CONCURRENCY": str(AT_ONCE),
}
# It is easy to do no harm to people whom nobody serves.
LEAST_SERVED = 0.9

pytestmark = pytest.mark.asyncio(loop_scope="function")


async def test_does_no_harm_on_a_bad_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = World(tmp_path, SqliteFile(tmp_path / "orquestador.db").url, SETTINGS)
    try:
        await world.start()
        await world.replica()
        day = await prepare(world, SEED)
        await world.faults(api=FAULTS)
        began = time.monotonic()
        await converse(world, day.people)
        seconds = time.monotonic() - began
        await world.faults()
        after = await world.business()
        tables = await Tables.read(world.database_url, sum(len(person.phone.turns) for person in day.people))
    finally:
        await world.stop()

    changes = [change for person in day.people for change in changes_of(person, day.before, after)]
    summary = Summary(day, changes, tables, _attempts(tmp_path), seconds)
    summary.write(RESULTS, json.dumps(FAULTS))
    (tmp_path / "conversations.txt").write_text("\n".join(map(transcript, day.people)), encoding="utf-8")
    with capsys.disabled():
        print(f"\n{summary.line()}")  # noqa: T201 -- what the run is for
    complaints = [*judge(day, after, tables), *leaks(tmp_path)]
    assert not complaints, report(complaints)
    assert summary.served >= LEAST_SERVED * len(day.people), summary.line()


def _attempts(folder: Path) -> Counter[str]:
    """Counts what the business system's own journal says of each attempt, faults behind it not included."""
    lines = (folder / "sandbox.log").read_text(encoding="utf-8").splitlines()
    calls = [json.loads(line) for line in lines if '"api.call"' in line and line.startswith("{")]
    return Counter(str(call["status"]) for call in calls)
