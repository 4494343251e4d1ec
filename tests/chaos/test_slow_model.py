"""A language model that is slow and now and then fails makes nobody wait for long, and tells nobody anything wrong.

Fifty customers write as people do, with pauses: what they are answered is reworded where it may be.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from connectors.database import open_engine
from launcher.environment import ROOT
from sandbox.llm.outputs import OUTPUTS
from tests.chaos.agenda import spoken
from tests.chaos.bad_day.business import Diary
from tests.chaos.bad_day.exchange import Exchange, Phone
from tests.chaos.bad_day.speech import INNARDS, LINK, said_day, said_time
from tests.chaos.bad_day.tables import Sent, Tables
from tests.chaos.conftest import SEED
from tests.chaos.databases import SqliteFile
from tests.chaos.world import World

CONTACTS = 50
FIRST_NUMBER = 5215580000001
DEADLINE_MS, GRACE_MS = 4000, 500
RESULTS = ROOT / "results" / "slow_model.md"
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
}
# Few answers would come from the cache otherwise, and few from the model.
VARIATIONS = 20
# What a table of the answers' tone, or the model's, may hold and no customer should read.
NEVER = re.compile(r"\[\[|\]\]|<[a-z]|as an AI|modelo de lenguaje|gratis|descuento|reembolso", re.IGNORECASE)
TABLE = text("SELECT * FROM phrasing_stats")

pytestmark = pytest.mark.asyncio(loop_scope="function")


class Customer:
    """Says some things with pauses, and knows what must stand in each answer."""

    def __init__(self, phone: Phone, lines: list[tuple[str, tuple[str, ...]]], dice: Random) -> None:
        self.phone = phone
        self.complaints: list[str] = []
        self._lines = lines
        self._dice = dice

    async def converse(self) -> None:
        """Writes, and looks at each answer."""
        await asyncio.sleep(self._dice.uniform(0, 40))
        for said, wanted in self._lines:
            answer = "\n".join(await self.phone.say(said))
            for fact in wanted:
                if fact not in answer:
                    self.complaints.append(f"{said!r}: {fact!r} is not in {answer!r}")
            if NEVER.search(answer) or INNARDS.search(LINK.sub("", answer)):
                self.complaints.append(f"{said!r}: this is not for customers: {answer!r}")
            await asyncio.sleep(self._dice.uniform(3, 9))


async def test_makes_nobody_wait_and_tells_nobody_anything_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    style = tmp_path / "estilo.yml"
    source = (ROOT / "estilo.yml").read_text(encoding="utf-8")
    style.write_text(re.sub(r"(?m)^variantes: \d+$", f"variantes: {VARIATIONS}", source), encoding="utf-8")
    world = World(tmp_path, SqliteFile(tmp_path / "orquestador.db").url, SETTINGS | {"PHRASING_STYLE": str(style)})
    try:
        await world.start()
        await world.replica()
        customers = await _crowd(world)
        await world.faults(llm=MODEL)
        phones = [customer.phone for customer in customers]
        exchange = Exchange(world.sandbox, phones)
        began = time.monotonic()
        async with exchange.listening():
            await asyncio.gather(*(customer.converse() for customer in customers))
        seconds = time.monotonic() - began
        tables = await Tables.read(world.database_url, sum(len(phone.turns) for phone in phones))
        table = _table(world.database_url)
    finally:
        await world.stop()

    report = _report(tables, table, phones, seconds)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(report, encoding="utf-8")
    with capsys.disabled():
        print(f"\n{report}")  # noqa: T201 -- what the run is for
    complaints = [complaint for customer in customers for complaint in customer.complaints]
    assert not complaints, "\n".join(complaints)
    assert {row["llm_verdict"] for row in table} >= {"accepted", "rejected"}
    assert sum(row["occurrences"] for row in table if row["llm_reason"] is None) > CONTACTS
    # From the message's arrival, whatever else the turn did: a turn that waited for the model ends with the deadline.
    late = [row for row in tables.log if (row["llm_ms"] or 0) > DEADLINE_MS + GRACE_MS]
    assert not late, [(row["message"], row["llm_ms"], row["processing_time"]) for row in late]


async def _crowd(world: World) -> list[Customer]:
    """Makes the customers, half of them with an appointment."""
    diary, sent, customers = Diary(await world.business()), Sent(world.database_url), []
    for place in range(CONTACTS):
        number = f"+{FIRST_NUMBER + place}"
        email = f"persona{place}@correo-de-prueba.mx"
        diary.add_customer(email, number)
        dice = Random(f"{SEED} {number}")
        phone = Phone(world.sandbox, sent, number, dice)
        customers.append(Customer(phone, list(_lines(diary, email, place)), dice))
    (await world.sandbox.put("/sandbox/business", json=diary.document())).raise_for_status()
    return customers


def _lines(diary: Diary, email: str, place: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Gives what a customer says, and the facts that must stand in the answer."""
    when = diary.hour()
    day, hour = said_day(when, diary.today), said_time(when)
    yield "hola, buenas tardes", ("Cliente",)
    if place % 2:
        number = diary.add_appointment(email, when)
        yield f"¿cómo va mi cita {number}?", (number, day, hour)
        yield f"cancelar cita {number}", (number, day, hour)
        yield "sí", (number, day, hour)
        yield f"¿cómo va mi cita {number}?", (number, day, hour)
    else:
        yield f"Quiero agendar una cita el {spoken(when)} a las {hour}", (day, hour, email)
        yield "sí", (day, hour, "C-", "50.00 USD")
        yield "¿qué paquetes tienen?", ("50.00 USD",)
    yield "gracias", ()
    yield "adiós", ()


def _table(url: str) -> list[Mapping[str, Any]]:
    engine = open_engine(url, future=True)
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(TABLE).mappings()]
    engine.dispose()
    return rows


def _report(tables: Tables, table: list[Mapping[str, Any]], phones: list[Phone], seconds: float) -> str:
    """Writes down what the run came to."""
    turns = [turn for phone in phones for turn in phone.turns]
    asked = sorted(row["processing_time"] for row in tables.log if row["llm_ms"])
    others = sorted(row["processing_time"] for row in tables.log if not row["llm_ms"])
    figures = {
        "contacts": len(phones),
        "messages, and how many were answered": f"{len(turns)}, {sum(bool(turn.heard) for turn in turns)}",
        "seconds in all": f"{seconds:.0f}",
        "ms of turns that asked the model: median, 95 %, most": _spread(asked),
        "ms of all others": _spread(others),
        "ms that a turn waited for the model, at most": max((row["llm_ms"] or 0 for row in tables.log), default=0),
        "bad outputs that the model drew from": len(OUTPUTS),
    }
    columns = list(table[0]) if table else []
    rows = ["| " + " | ".join("" if row[name] is None else str(row[name]) for name in columns) + " |" for row in table]
    return "\n".join(
        [
            "# A slow and faulty model",
            "",
            "| | |",
            "| --- | --- |",
            *(f"| {name} | {figure} |" for name, figure in figures.items()),
            "",
            "`SELECT * FROM phrasing_stats`:",
            "",
            "| " + " | ".join(columns) + " |",
            "| " + " | ".join("---" for _ in columns) + " |",
            *rows,
            "",
        ]
    )


def _spread(times: list[int]) -> str:
    if not times:
        return "none"
    return f"{times[len(times) // 2]}, {times[int(0.95 * (len(times) - 1))]}, {times[-1]} ({len(times)} turns)"
