"""A language model that is slow and now and then fails makes nobody wait for long, and tells nobody anything wrong.

Fifty customers write as people do, with pauses: what they are answered is reworded where it may be.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from launcher.environment import ROOT
from tests.chaos.bad_day.crowd import converse
from tests.chaos.bad_day.tables import Tables
from tests.chaos.bad_day.verdict import Complaint, judge, leaks, report, transcript
from tests.chaos.conftest import SEED
from tests.chaos.databases import SqliteFile
from tests.chaos.slow_model.customers import CONTACTS, prepare
from tests.chaos.slow_model.outputs import calls_of, slipped
from tests.chaos.slow_model.summary import Summary, median_of, stats_of
from tests.chaos.world import World

RESULTS = ROOT / "results" / "slow_model.md"
DEADLINE_MS, GRACE_MS = 4000, 500
# A failure in twenty calls, and a bad answer in twenty.
MODEL = {
    "median_ms": 1500,
    "status": 503,
    "rate": 0.01,
    "drop_rate": 0.01,
    "garble": 0.01,
    "error_in_body": 0.01,
    "no_choices": 0.01,
    "script": "all",
    "bad_rate": 0.05,
}
SETTINGS = {
    "OPENROUTER_API_KEY": "sk-or-v1-for-the-sandbox-alone",
    "OPENROUTER_MODEL": "a/model",
    "PHRASING_TIMEOUT": str(DEADLINE_MS / 1000),
    "WHATSAPP_CONTACT_LIMIT": "off",
    "WHATSAPP_SENDS_PER_SECOND": "1000",
    "WHATSAPP_TURNS_IN_FLIGHT": "20",
    # As it is by default; the tests of the channel ask for it sooner.
    "WHATSAPP_PATIENCE_SECONDS": "6",
}
# With fewer kept, most answers would soon come from the cache and not from the model.
VARIATIONS = 20

pytestmark = pytest.mark.asyncio(loop_scope="function")


async def test_makes_nobody_wait_and_tells_nobody_anything_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = SETTINGS | {"PHRASING_STYLE": str(_style(tmp_path))}
    world = World(tmp_path, SqliteFile(tmp_path / "orquestador.db").url, settings)
    try:
        await world.start()
        await world.replica()
        day, customers = await prepare(world, SEED)
        await world.faults(llm=MODEL)
        began = time.monotonic()
        await converse(world, customers)
        seconds = time.monotonic() - began
        await world.faults()
        after, calls = await world.business(), await calls_of(world)
        tables = await Tables.read(world.database_url, sum(len(person.phone.turns) for person in customers))
        summary = Summary(customers, tables, stats_of(world.database_url), calls, MODEL, seconds)
    finally:
        await world.stop()

    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(summary.document(), encoding="utf-8")
    (tmp_path / "conversations.txt").write_text("\n".join(map(transcript, customers)), encoding="utf-8")
    with capsys.disabled():
        print(f"\n{summary.document()}")  # noqa: T201 -- what the run is for
    misheard: list[Complaint] = [(person, what) for person in customers for what in person.misheard]
    complaints = [*misheard, *slipped(calls, customers), *judge(day, after, tables), *leaks(tmp_path)]
    assert not complaints, report(complaints)
    _assert_nobody_waited(summary)
    # Else nothing was put to the test.
    assert summary.count("accepted", None) > CONTACTS
    assert summary.count("rejected", "timeout"), "no call was ever too slow"
    assert any(call["script"] for call in calls), "the model said nothing bad"


def _assert_nobody_waited(summary: Summary) -> None:
    """Holds each turn to the deadline, and to what turns of the same minutes take that do not ask the model.

    On a busy machine both take longer.
    """
    late = [row for row in summary.tables.log if (row["llm_ms"] or 0) > DEADLINE_MS + GRACE_MS]
    assert not late, [(row["action"], row["llm_ms"], row["processing_time"]) for row in late]
    # The deadline counts from when the message came, whatever else the turn did in the meantime.
    most = DEADLINE_MS + GRACE_MS + max(row["processing_time"] for row in summary.unasked)
    slow = [row for row in summary.asked if row["processing_time"] > most]
    assert not slow, [(row["action"], row["llm_ms"], row["processing_time"]) for row in slow]
    # Who needs no rewording does not wait for those who do; they wait for the model and for nothing else.
    others = median_of([row["processing_time"] for row in summary.unasked])
    assert others < GRACE_MS
    own = median_of([row["processing_time"] - row["llm_ms"] for row in summary.asked])
    assert own < others + GRACE_MS


def _style(folder: Path) -> Path:
    file = folder / "estilo.yml"
    source = (ROOT / "estilo.yml").read_text(encoding="utf-8")
    text, changed = re.subn(r"(?m)^variantes: \d+$", f"variantes: {VARIATIONS}", source)
    assert changed == 1
    file.write_text(text, encoding="utf-8")
    return file
