"""How long Twilio waits for a webhook's 204 when fifty customers write at once.

`python -m tests.bench.acknowledgement [sqlite] [postgresql]` starts the whole system and prints, in milliseconds,
how long signed webhooks take while the assistant works on turns all the time, beside a bare `GET /` of the same
server in the same moments, both again while no turn runs, and webhooks whose customers write within one second
instead of in one instant ("spread"). They are posted by a process of their own, whose
share is in every figure alike. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from connectors.database import open_engine
from connectors.settings import SANDBOX_AUTH_TOKEN
from tests.chaos.world import World
from tests.servers import PostgreSQL

DATABASES = ("sqlite", "postgresql")
CONTACTS = 50
ROUNDS = 10
# So much work is waiting when the measuring begins, and each round adds one message a contact.
WAITING_MESSAGES = 4
# Turns are put off until long after the measuring is over.
NO_TURNS = {"WHATSAPP_BURST_SECONDS": "60"}
TURNS = {"WHATSAPP_BURST_SECONDS": "0"}
CALM = {"WHATSAPP_RECONCILE_SECONDS": "60", "WHATSAPP_LEASE_SECONDS": "15"}
PAUSE = 0.3
TARGET = "/api/whatsapp/webhook"
PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}

Timings = dict[str, list[float]]


def main(arguments: Sequence[str]) -> None:
    """Measures on the databases named, both unless told; or, called by itself, posts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("databases", nargs="*", default=DATABASES, metavar="sqlite|postgresql")
    parser.add_argument("--contacts", type=int, default=CONTACTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--post", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.post:
        sys.stdout.write(json.dumps(asyncio.run(_post(json.loads(options.post)))))
    else:
        asyncio.run(_compare(options))


async def _compare(options: argparse.Namespace) -> None:
    for name in options.databases:
        with tempfile.TemporaryDirectory() as folder, _database(name, Path(folder)) as url:
            world = World(Path(folder), url, CALM)
            try:
                await world.start()
                quiet = await _measure(world, options, NO_TURNS, waiting=0, first=0)
                # Whose turns were put off are not worked on at once afterwards: it is other people who write then.
                busy = await _measure(world, options, TURNS, waiting=WAITING_MESSAGES, first=options.contacts)
            finally:
                await world.stop()
        sys.stdout.write(_table(name, {"while turns run": busy, "while none runs": quiet}))


@contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite:///{folder}/orquestador.db"
    else:
        with PostgreSQL(durable=True) as server:
            yield server.create_database()


async def _measure(
    world: World, options: argparse.Namespace, settings: Mapping[str, str], waiting: int, first: int
) -> dict[str, Any]:
    """Restarts Rasa with the settings, has another process post to it, and counts the turns done meanwhile."""
    replica = await _restarted(world, settings)
    order = {
        "port": replica.part.port,
        "public_url": world.public_url,
        "account": "AC" + "0" * 32,
        "contacts": options.contacts,
        "rounds": options.rounds,
        "waiting": waiting,
        "first": first,
    }
    before = await _turns_done(world)
    poster = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.acknowledgement", "--post", json.dumps(order), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await poster.communicate()
    measured: dict[str, Any] = json.loads(output)
    measured["turns"] = await _turns_done(world) - before
    return measured


async def _turns_done(world: World) -> int:
    def count() -> int:
        engine = open_engine(world.database_url)
        try:
            return int(engine.execute("SELECT count(*) FROM inbox WHERE status = 'answered'").scalar_one())
        finally:
            engine.dispose()

    return await asyncio.to_thread(count)


async def _restarted(world: World, settings: Mapping[str, str]) -> Any:
    if not world.replicas:
        return await world.replica(**settings)
    await world.replicas[0].kill()
    await world.replicas[0].start(**settings)
    return world.replicas[0]


async def _post(order: Mapping[str, Any]) -> dict[str, Any]:
    """Posts rounds of webhooks, each followed by a round of `GET /`, and gives every duration in milliseconds."""
    timings: Timings = {"webhook": [], "GET /": [], "webhook, spread": []}
    statuses = Counter[str]()
    lines = [await _Line.open(order["port"]) for _ in range(order["contacts"])]
    webhooks = _webhooks(order)
    bare = [f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{order['port']}\r\n\r\n".encode()] * len(lines)
    for _ in range(order["waiting"]):
        await _at_once(lines, webhooks)
    for _ in range(order["rounds"]):
        answers = await _at_once(lines, webhooks)
        timings["webhook"] += [milliseconds for _, milliseconds in answers]
        statuses.update(status for status, _ in answers)
        await asyncio.sleep(PAUSE)
        timings["GET /"] += [milliseconds for _, milliseconds in await _at_once(lines, iter(bare))]
        await asyncio.sleep(PAUSE)
    for _ in range(order["rounds"]):
        answers = await _within_a_second(lines, webhooks)
        timings["webhook, spread"] += [milliseconds for _, milliseconds in answers]
        statuses.update(status for status, _ in answers)
    for line in lines:
        line.close()
    return {"timings": timings, "statuses": statuses}


class _Line:
    """One open connection; an HTTP client's own work would take longer than the server's."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> _Line:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, request: bytes) -> tuple[str, float]:
        """Gives the answer's status and the milliseconds until all of it was there."""
        started = time.perf_counter()
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        _, _, length = head.partition(b"content-length:")
        if length:
            await self._reader.readexactly(int(length.split(b"\r\n")[0]))
        return head.split()[1].decode(), (time.perf_counter() - started) * 1000

    def close(self) -> None:
        self._writer.transport.abort()


async def _at_once(lines: Sequence[_Line], requests: Iterator[bytes]) -> list[tuple[str, float]]:
    return await asyncio.gather(*(line.ask(next(requests)) for line in lines))


async def _within_a_second(lines: Sequence[_Line], requests: Iterator[bytes]) -> list[tuple[str, float]]:
    """Asks on each line at a moment of its own."""

    async def ask(line: _Line, request: bytes) -> tuple[str, float]:
        await asyncio.sleep(random.random())
        return await line.ask(request)

    return await asyncio.gather(*(ask(line, next(requests)) for line in lines))


def _webhooks(order: Mapping[str, Any]) -> Iterator[bytes]:
    """Gives signed webhooks, ready to send, of one contact after the other."""
    validator = RequestValidator(SANDBOX_AUTH_TOKEN)
    ready = []
    for number in range(order["contacts"] * (2 * order["rounds"] + order["waiting"])):
        form = _form(order["account"], order["first"] + number % order["contacts"])
        body = urlencode(form).encode()
        headers = (
            f"POST {TARGET} HTTP/1.1",
            f"Host: 127.0.0.1:{order['port']}",
            f"X-Twilio-Signature: {validator.compute_signature(order['public_url'] + TARGET, form)}",
            "Content-Type: application/x-www-form-urlencoded; charset=UTF-8",
            f"Content-Length: {len(body)}",
        )
        ready.append("\r\n".join(headers).encode() + b"\r\n\r\n" + body)
    return iter(ready)


def _form(account: str, contact: int) -> dict[str, str]:
    sid = f"SM{time.time_ns():032x}"
    number = f"+52155500{contact:05d}"
    return {
        "AccountSid": account,
        "ApiVersion": "2010-04-01",
        "Body": "¿qué horarios tienen esta semana?",
        "From": f"whatsapp:{number}",
        "MessageSid": sid,
        "NumMedia": "0",
        "ProfileName": "Cliente",
        "SmsMessageSid": sid,
        "SmsStatus": "received",
        "To": "whatsapp:+15005550006",
        "WaId": number.lstrip("+"),
    }


def _table(database: str, measured: Mapping[str, Mapping[str, Any]]) -> str:
    header = f"{database:<36}{'count':>7}" + "".join(f"{name:>9}" for name in PERCENTILES) + "  ms"
    lines = ["", header]
    for when, result in measured.items():
        for what, timings in result["timings"].items():
            figures = "".join(f"{_percentile(timings, share):>9.1f}" for share in PERCENTILES.values())
            lines.append(f"{what + ' ' + when:<36}{len(timings):>7}{figures}")
        answers = ", ".join(f"{count} × {status}" for status, count in result["statuses"].items())
        lines.append(f"  webhooks answered: {answers}; turns done meanwhile: {result['turns']}")
    return "\n".join(lines) + "\n"


def _percentile(timings: Sequence[float], share: float) -> float:
    ordered = sorted(timings)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


if __name__ == "__main__":
    main(sys.argv[1:])
