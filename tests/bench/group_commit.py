"""What sharing a commit saves: fifty messages that come in at once, kept together and one by one.

Both write to a database of their own on the same disk, in turns. Milliseconds until all fifty are on disk.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from connectors.database import open_writer_engine
from connectors.group_commit import GroupCommit
from connectors.schema import upgrade
from connectors.whatsapp.inbound import InboundMessage
from connectors.whatsapp.inbox import Arrival, Inbox
from connectors.whatsapp.leases import Leases
from tests.servers import PostgreSQL

MESSAGES = 50
ROUNDS = 20

_numbers = count(1)


def main(arguments: Sequence[str]) -> None:
    """Prints a table: shared commits beside a commit for each."""
    logging.disable(logging.INFO)
    sys.stdout.write(f"{'':<14}{'shared':>10}{'one each':>10}  ms{'ratio':>8}\n")
    for name in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder, _databases(name, Path(folder)) as urls:
            shared, alone = asyncio.run(_compare(urls))
        ratio = statistics.median(b / a for a, b in zip(shared, alone, strict=True))
        figures = "".join(f"{statistics.median(each):>10.1f}" for each in (shared, alone))
        sys.stdout.write(f"{name:<14}{figures}    {ratio:>8.1f}\n")


@contextmanager
def _databases(name: str, folder: Path) -> Iterator[tuple[str, str]]:
    if name == "sqlite":
        yield f"sqlite:///{folder}/shared.db", f"sqlite:///{folder}/alone.db"
        return
    with PostgreSQL(durable=True) as server:
        yield server.create_database(), server.create_database()


async def _compare(urls: tuple[str, str]) -> tuple[list[float], list[float]]:
    commits = [GroupCommit(open_writer_engine(url), most) for url, most in zip(urls, (MESSAGES, 1), strict=True)]
    for url in urls:
        await asyncio.to_thread(upgrade, url)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for commit, measured in zip(commits, times, strict=True):
            measured.append(await _keep_fifty(commit))
    for commit in commits:
        await commit.close()
    return times


async def _keep_fifty(commit: GroupCommit) -> float:
    inbox = Inbox(Leases("turn", 15), 0)
    arrivals = [Arrival(_message(contact)) for contact in range(MESSAGES)]
    started = time.perf_counter()
    await asyncio.gather(*(commit.run_with_others(inbox.add, arrival) for arrival in arrivals))
    return (time.perf_counter() - started) * 1000


def _message(contact: int) -> InboundMessage:
    return InboundMessage(f"SM{next(_numbers):032x}", f"whatsapp:+5215550{contact:06}", "whatsapp:+15005550006", "hola")
