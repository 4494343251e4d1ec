"""Looking for a value everywhere that the system may have left it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.e2e.conftest import ROOT, System

LOGS = ROOT / "var" / "log"


def digits(number: str) -> re.Pattern[bytes]:
    """Gives what finds a number in whatever groups it is written, but in no longer one."""
    return re.compile(rb"(?<![0-9])" + rb"[^\w\n]{0,3}".join(char.encode() for char in number) + rb"(?![0-9])")


def exactly(text: str) -> re.Pattern[bytes]:
    """Gives what finds a text that is no part of a longer word or number, nor a second's fraction."""
    return re.compile(rb"(?<![\w.])" + re.escape(text.encode()) + rb"(?!\w)")


def everywhere(system: System, *more: Path) -> Iterator[Path]:
    """Gives every file of the system: databases with their journals, spool, output, logs."""
    for folder in (system.log.parent, ROOT / "var", *more):
        yield from sorted(path for path in folder.rglob("*") if path.is_file())


def process_logs(system: System, *more: Path) -> Iterator[Path]:
    """Gives what the processes wrote to terminals and log files."""
    yield from sorted(path for path in LOGS.rglob("*") if path.is_file())
    yield from (system.log.parent / "output.txt", *more)


def found_in(files: Iterable[Path], *wanted: re.Pattern[bytes]) -> list[str]:
    """Gives the places where any of it was found, with a little of what is around it."""
    places = []
    for file in files:
        content = file.read_bytes()
        for pattern in wanted:
            if hit := pattern.search(content):
                around = content[max(0, hit.start() - 80) : hit.end() + 30]
                places.append(f"{file.name}: {around!r}")
    return places


def rows(system: System, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Gives what a query finds in the database of the assistant."""
    with sqlite3.connect(system.log) as connection:
        return connection.execute(query, values).fetchall()


def events_of(system: System, sender: str) -> list[tuple[str, str, str]]:
    """Gives a conversation's events in the tracker store: kind, intent or action, data as JSON."""
    query = "SELECT type_name, coalesce(intent_name, action_name, ''), data FROM events WHERE sender_id = ? ORDER BY id"
    return rows(system, query, sender)


def resident(pid: int) -> int:
    """Gives the memory of a process and its children, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    mine = re.search(r"VmRSS:\s+(\d+) kB", status)
    return (int(mine[1]) // 1024 if mine else 0) + sum(resident(int(child)) for child in children)


def rasa_process() -> int:
    """Gives the process that started Rasa, or guards it."""
    for command in sorted(Path("/proc").glob("[0-9]*/cmdline"), key=lambda path: int(path.parent.name)):
        try:
            words = command.read_bytes().split(b"\0")
        except OSError:  # ended meanwhile
            continue
        if {b"rasa", b"run", b"5005"} <= set(words):
            return int(command.parent.name)
    raise AssertionError("Rasa does not run")
