"""Ten megabytes where a sentence belongs."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest

from tests.e2e.attacks.conftest import Note
from tests.e2e.attacks.stranger import REST, each, form_of, knock, signed, told
from tests.e2e.attacks.traces import rasa_process, resident, rows
from tests.e2e.conftest import RASA, System

pytestmark = pytest.mark.e2e

HUGE = "ñandú " * (10 * 1024 * 1024 // 7)
TOO_LARGE = 413
# What a process may be larger by, in MB, after requests of 10 MB each: less than one of them kept as text.
ROOM = 60


def _json(path: str, body: dict[str, str]) -> int:
    return httpx.post(RASA + path, json=body, timeout=60.0, trust_env=False).status_code


def _webhook(**fields: str) -> int:
    form = form_of("+5215559990000", "hola", **fields)
    return knock(form, signed(form))


ATTACKS: dict[str, Callable[[], int]] = {
    "a webhook's Body": lambda: _webhook(Body=HUGE),
    "a webhook's ProfileName": lambda: _webhook(ProfileName=HUGE),
    "a webhook's unknown field": lambda: _webhook(Unknown=HUGE),
    "a webhook's field name": lambda: _webhook(**{HUGE: "x"}),
    "the testing API's message": lambda: _json("/api/orchestrator/test", {"message": HUGE}),
}


def test_ten_megabytes_are_refused_while_others_are_served(system: System, note: Note) -> None:
    told(system, "hola")
    pid = rasa_process()
    before = resident(pid)
    started = time.monotonic()
    statuses: dict[str, int] = {}

    def flood(_: int) -> None:
        for name, attack in ATTACKS.items():
            statuses[name] = attack()

    def be_served(_: int) -> float:
        asked = time.monotonic()
        assert "Carta natal" in told(system, "qué paquetes tienen")[0]
        return time.monotonic() - asked

    served = [
        result for result in each(lambda job: job[0](job[1]), [(flood, 0), (be_served, 1), (be_served, 2)]) if result
    ]
    flood(0)
    grown = resident(pid) - before

    for name, status in statuses.items():
        note(f"10 MB in {name}", "ñandú ñandú …", f"HTTP {status}", "status, memory, another customer's answer")
    note("Others, during 10 MB requests", "qué paquetes tienen", f"answered in {max(served):.1f} s", "answer")
    assert set(statuses.values()) == {TOO_LARGE}
    assert max(served) < 15
    assert grown < ROOM, f"{grown} MB more after {time.monotonic() - started:.0f} s"
    assert not rows(system, "SELECT 1 FROM inbox WHERE contact = 'whatsapp:+5215559990000'")


def test_ten_megabytes_on_the_rest_channel_are_refused_or_cut(system: System, note: Note) -> None:
    pid = rasa_process()
    before = resident(pid)
    statuses = []
    for body in (
        {"sender": "grande", "message": HUGE},
        {"sender": HUGE, "message": "hola"},
        {"sender": "x", "y": HUGE},
    ):
        with httpx.Client(base_url=RASA, timeout=60.0, trust_env=False) as client:
            statuses.append(client.post(REST, json=body).status_code)
    longest = rows(system, "SELECT max(length(data)) FROM events")[0][0]
    grown = resident(pid) - before

    note(
        "10 MB on the REST channel",
        "message, sender, unknown field",
        f"HTTP {statuses}",
        "status, memory, tracker store",
    )
    assert set(statuses) <= {200, 400, 413}
    assert longest < 100_000
    assert grown < ROOM
    assert "Carta natal" in told(system, "qué paquetes tienen")[0]


def test_a_text_longer_than_whatsapp_takes_is_answered(system: System, note: Note) -> None:
    answer = told(system, "hola " * 2000)[0]

    note("10,000 characters in a message", "hola hola …", answer, "answer, inbox")
    assert answer
    assert rows(system, "SELECT max(length(json_extract(content, '$.text'))) FROM inbox")[0][0] <= 4096


def test_deeply_nested_json_is_refused(system: System, note: Note) -> None:
    nested = "[" * 100_000 + "]" * 100_000
    statuses = [
        httpx.post(
            RASA + path, content=nested, headers={"content-type": "application/json"}, trust_env=False
        ).status_code
        for path in (REST, "/api/orchestrator", "/api/orchestrator/test")
    ]

    note("JSON 100,000 deep", "[[[[…", f"HTTP {statuses}", "statuses, another customer's answer")
    assert all(400 <= status < 500 for status in statuses)
    assert "Carta natal" in told(system, "qué paquetes tienen")[0]
