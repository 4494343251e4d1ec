"""What an operator does with the conversation log: `python -m connectors.conversation_log COMMAND`.

It works on the database of `DATABASE_URL`, while the assistant runs and while it does not. Times are UTC and
milliseconds, costs US dollars.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from connectors.conversation_log.forgetting import OPT_OUTS_KEPT, forget, is_under_way, sender_of
from connectors.conversation_log.queries import MOST_DAYS, LogFilter, page, stats, user_stats
from connectors.conversation_log.retention import prune
from connectors.conversation_log.spool import Spool
from connectors.database import PROJECT_ROOT, open_engine, open_writer_engine
from connectors.errors import ConnectorError
from connectors.schema import prepare, require
from connectors.settings import LEAST_RETENTION_DAYS, Settings, get_settings
from privacy.identity import user_key

DAYS = 30
LIMIT = 20


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        settings = get_settings()
        return _COMMANDS[chosen.command](chosen, settings)
    except (ConnectorError, SQLAlchemyError) as error:
        print(f"{chosen.command}: {error}", file=sys.stderr)  # noqa: T201 -- for the person at the terminal
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m connectors.conversation_log", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    statistics = commands.add_parser("stats", help="show days, intents, errors, latency and phrasing")
    user = commands.add_parser("user", help="show what one contact's turns were like")
    user.add_argument("number", help="+5215512345678, or another channel's conversation id")
    for one in (statistics, user):
        one.add_argument("--days", type=_at_least(1), default=DAYS, help=f"how far to look back ({DAYS})")
    logs = commands.add_parser("logs", help="list turns, the newest first")
    logs.add_argument("--user", metavar="NUMBER", help="those of one contact")
    logs.add_argument("--intent", help="those of one intent")
    logs.add_argument("--failed", action="store_true", help="those that failed")
    logs.add_argument("--text", help="those with these words in message or response")
    logs.add_argument("--limit", type=_at_least(1), default=LIMIT, help=f"how many, up to 500 ({LIMIT})")
    logs.add_argument("--cursor", help="go on where the page before ended")
    logs.add_argument("--json", action="store_true", help="everything, a JSON object a line")
    retention = commands.add_parser("prune", help="delete what is older than LOG_RETENTION_DAYS")
    retention.add_argument("--days", type=_at_least(LEAST_RETENTION_DAYS), help="another age than that")
    forgetting = commands.add_parser("forget", help="delete all that is kept of one contact")
    forgetting.add_argument("number", help="+5215512345678, or another channel's conversation id")
    for one in (retention, forgetting):
        one.add_argument("--dry-run", action="store_true", help="only count")
    consuming = commands.add_parser("consume", help="write what Rasa's broker brings by RabbitMQ or Kafka")
    consuming.add_argument("--endpoints", type=Path, default=PROJECT_ROOT / "endpoints.yml", help="whose event_broker")
    return parser


def _consume(chosen: argparse.Namespace, settings: Settings) -> int:
    # Rasa, which the other commands can do without.
    from connectors.conversation_log.consumer import run

    with _database(settings, open_engine(settings.database_url)):
        asyncio.run(run(chosen.endpoints, settings))
    return 0


def _stats(chosen: argparse.Namespace, settings: Settings) -> int:
    # Shown when the transaction is over: the server cuts off one that waits for somebody to turn the page.
    with _reading(settings) as connection:
        whole = stats(connection, chosen.days)
    for name, found in whole.items():
        if isinstance(found, list):
            _say(f"\n{name}")
            _say_table(found)
    return 0


def _user(chosen: argparse.Namespace, settings: Settings) -> int:
    with _reading(settings) as connection:
        found = user_stats(connection, user_key(sender_of(chosen.number), settings.log_key), chosen.days)
    for name, value in found.items():
        _say(f"{name:<20}{_shown(value)}")
    return 0


def _logs(chosen: argparse.Namespace, settings: Settings) -> int:
    wanted = LogFilter(
        user_id=user_key(sender_of(chosen.user), settings.log_key) if chosen.user else None,
        intent=chosen.intent,
        success=False if chosen.failed else None,
        text=chosen.text,
    )
    with _reading(settings) as connection:
        found = page(connection, wanted, chosen.limit, chosen.cursor)
    for row in found.rows:
        _say(json.dumps(row, ensure_ascii=False) if chosen.json else _line(row))
    if found.next_cursor:
        print(f"More: --cursor {found.next_cursor}", file=sys.stderr)  # noqa: T201 -- beside what may be piped on
    return 0


def _prune(chosen: argparse.Namespace, settings: Settings) -> int:
    with _database(settings, open_writer_engine(settings.database_url)) as engine:
        days = chosen.days or settings.log_retention_days
        counts = prune(engine, days, dry_run=chosen.dry_run)
    _say(f"Older than {days} days:")
    _say_counts(counts, chosen.dry_run)
    return 0


def _forget(chosen: argparse.Namespace, settings: Settings) -> int:
    spool = Spool(settings.log_spool)
    with _database(settings, open_writer_engine(settings.database_url)) as engine, engine.begin() as connection:
        busy = is_under_way(connection, chosen.number)
        counts = forget(connection, chosen.number, settings.log_key, chosen.dry_run, spool)
    kept = counts.pop(OPT_OUTS_KEPT)
    _say_counts(counts, chosen.dry_run)
    if kept:
        _say("They have opted out: that and the number stay, or they would be written to again.")
    if busy:
        _say("The assistant was at work for them: forget them once more in a minute.")
    return 0 if kept or any(counts.values()) else 1


@contextmanager
def _reading(settings: Settings) -> Iterator[Connection]:
    with _database(settings, open_engine(settings.database_url, future=True)) as engine, engine.connect() as connection:
        yield connection


@contextmanager
def _database(settings: Settings, engine: Engine) -> Iterator[Engine]:
    prepare(settings.database_url)
    require(settings.database_url)
    try:
        yield engine
    finally:
        engine.dispose()


def _at_least(least: int) -> Callable[[str], int]:
    def number(written: str) -> int:
        if not least <= (read := int(written)) <= MOST_DAYS:
            raise argparse.ArgumentTypeError(f"must be from {least} to {MOST_DAYS}")
        return read

    return number


def _line(row: Mapping[str, Any]) -> str:
    outcome = "ok" if row["success"] else f"{row['error_type']}: {row['error_code']}"
    understood = f"{_shown(row['intent'])} {_shown(row['confidence'])}"
    head = f"{row['timestamp'][:19]}Z  {row['user_id']}  {understood}  {outcome}  {row['processing_time']} ms"
    texts = ((">", row["message"]), ("<", row["response"] or ""))
    return "\n".join([head, *(f"    {mark} {said}" for mark, text in texts for said in text.splitlines())])


def _say_table(rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        _say("  nothing")
        return
    lines = [list(rows[0]), *([_shown(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        _say("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _say_counts(counts: Mapping[str, int], dry_run: bool) -> None:
    for name, count in counts.items():
        _say(f"  {name:<20}{count:>10}")
    _say(f"{sum(counts.values())} rows {'would be' if dry_run else 'were'} deleted.")


def _shown(value: Any) -> str:
    return "–" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _say(line: str) -> None:
    print(line)  # noqa: T201 -- for the person at the terminal


_COMMANDS: Mapping[str, Callable[[argparse.Namespace, Settings], int]] = {
    "stats": _stats,
    "user": _user,
    "logs": _logs,
    "prune": _prune,
    "forget": _forget,
    "consume": _consume,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
