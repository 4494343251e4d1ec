"""What an operator does with the WhatsApp channel: `python -m connectors.whatsapp COMMAND`.

It works on the database of `DATABASE_URL`; a running server notices within a second.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from connectors.database import PROJECT_ROOT, open_writer_engine
from connectors.errors import ConnectorError
from connectors.group_commit import GroupCommit
from connectors.schema import prepare, require
from connectors.settings import Settings, get_settings
from connectors.whatsapp.handovers import handed_over, release
from connectors.whatsapp.inbox import Inbox
from connectors.whatsapp.leases import Leases
from connectors.whatsapp.limiting import Limits
from connectors.whatsapp.outbox import Outbox
from connectors.whatsapp.reception import Reception
from connectors.whatsapp.reconciliation import Reconciliation
from connectors.whatsapp.reminders import Reminders, State, action_server, reminders_on
from connectors.whatsapp.texts import load_texts
from connectors.whatsapp.twilio_client import TwilioClient

ADDRESS_PREFIX = "whatsapp:"
ENDPOINTS = PROJECT_ROOT / "endpoints.yml"


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        return asyncio.run(_run(chosen, get_settings()))
    except (ConnectorError, SQLAlchemyError) as error:
        print(f"{chosen.command}: {error}", file=sys.stderr)  # noqa: T201 -- for the person at the terminal
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m connectors.whatsapp", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("failed", help="list the messages whose turns failed too often")
    retry = commands.add_parser("retry", help="have failed messages answered after all")
    retry.add_argument("sid", nargs="*", help="MessageSids")
    retry.add_argument("--all", action="store_true", help="all of them")
    commands.add_parser("handed-over", help="list the customers whom a person looks after")
    release = commands.add_parser("release", help="have the assistant answer customers again")
    release.add_argument("number", nargs="*", help="their numbers, +5215512345678")
    release.add_argument("--all", action="store_true", help="all of them")
    reconcile = commands.add_parser("reconcile", help="take in what Twilio received and no webhook brought")
    reconcile.add_argument("--hours", type=float, default=24.0, help="how far to look back (24)")
    remind = commands.add_parser("remind", help="remind customers of tomorrow's appointments, once of each")
    remind.add_argument("--day", type=_day, metavar="YYYY-MM-DD", help="of another day than tomorrow")
    remind.add_argument("--dry-run", action="store_true", help="say of which appointments, and write to nobody")
    remind.add_argument(
        "--endpoints", type=Path, default=ENDPOINTS, metavar="FILE", help="where the action server is (endpoints.yml)"
    )
    return parser


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as exc:
        raise argparse.ArgumentTypeError("must be a day, written YYYY-MM-DD") from exc


async def _run(chosen: argparse.Namespace, settings: Settings) -> int:
    if chosen.command == "remind":
        return await _remind(chosen, settings)
    async with _store(settings) as (commit, inbox):
        if chosen.command == "failed":
            parked = await commit.run(inbox.parked)
            for one in parked:
                _say(f"{one.sid}  {one.received_at:%Y-%m-%d %H:%M:%S}Z  {one.attempts} attempts  {one.error}")
            _say(f"{len(parked)} failed messages.")
        elif chosen.command == "retry":
            if bool(chosen.sid) == chosen.all:
                _say("retry: name the messages, or say --all")
                return 2
            count = await commit.run(lambda connection: inbox.retry(connection, None if chosen.all else chosen.sid))
            _say(f"{count} messages will be answered.")
        elif chosen.command == "handed-over":
            waiting = await commit.run(handed_over)
            for contact, since in waiting.items():
                _say(f"{contact.removeprefix(ADDRESS_PREFIX)}  since {since:%Y-%m-%d %H:%M:%S}Z")
            _say(f"{len(waiting)} customers are looked after by a person.")
        elif chosen.command == "release":
            return await _release(commit, chosen)
        else:
            _say(f"{await _reconcile(settings, commit, inbox, chosen.hours)} messages were taken in.")
    return 0


async def _release(commit: GroupCommit, chosen: argparse.Namespace) -> int:
    if bool(chosen.number) == chosen.all:
        _say("release: name the numbers, or say --all")
        return 2
    waiting = await commit.run(handed_over)
    named = list(waiting) if chosen.all else [ADDRESS_PREFIX + number for number in chosen.number]
    released = await commit.run(lambda connection: release(connection, named))
    for contact in set(named) - set(released):
        _say(f"{contact.removeprefix(ADDRESS_PREFIX)} is not looked after by a person.")
    _say(f"{len(released)} customers are answered by the assistant again.")
    return 0 if released or chosen.all else 1


async def _reconcile(settings: Settings, commit: GroupCommit, inbox: Inbox, hours: float) -> int:
    client, limits = TwilioClient(settings), Limits(settings)
    outbox = Outbox(Leases("send", settings.whatsapp_lease_seconds))
    reception = Reception(limits, commit, commit, inbox, outbox, load_texts(), lambda _: None, lambda: None)
    try:
        since = datetime.now(timezone.utc) - timedelta(hours=hours)
        return await Reconciliation(client, commit, inbox, reception).run(since)
    finally:
        await commit.run(inbox.expect)
        await limits.aclose()
        await client.aclose()


async def _remind(chosen: argparse.Namespace, settings: Settings) -> int:
    if not (template := settings.twilio_reminder_template_sid):
        print("remind: TWILIO_REMINDER_TEMPLATE_SID is not set", file=sys.stderr)  # noqa: T201 -- as above
        return 2
    day = chosen.day or datetime.now(ZoneInfo(settings.business_timezone)).date() + timedelta(days=1)
    told = await reminders_on(day, action_server(chosen.endpoints))
    async with _store(settings) as (commit, inbox):
        outbox = Outbox(Leases("send", settings.whatsapp_lease_seconds))
        reminders = Reminders(inbox, outbox, template, load_texts())
        do = reminders.judge if chosen.dry_run else reminders.put
        judged = await commit.run(lambda connection: do(connection, told))
    for one in judged if chosen.dry_run else ():
        _say(f"{one.reminder.appointment_id}  {one.reminder.day}, {one.reminder.time}  {one.state.value}")
    counts = Counter(one.state for one in judged)
    others = [f"{counts[state]} {state.value}" for state in State if state is not State.DUE and counts[state]]
    will = "would be" if chosen.dry_run else "will be"
    _say(f"{day}: {', '.join([f'{counts[State.DUE]} reminders {will} sent', *others])}.")
    return 0


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[tuple[GroupCommit, Inbox]]:
    await asyncio.to_thread(prepare, settings.database_url)
    await asyncio.to_thread(require, settings.database_url)
    commit = GroupCommit(open_writer_engine(settings.database_url))
    leases = Leases("turn", settings.whatsapp_lease_seconds)
    try:
        yield commit, Inbox(leases, settings.whatsapp_burst_seconds)
    finally:
        await commit.close()


def _say(line: str) -> None:
    print(line)  # noqa: T201 -- for the person at the terminal


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
