"""What an operator does with the alerts: `python -m connectors.alerts COMMAND`.

`list` reads the database of `DATABASE_URL`, `test` needs none.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from sqlalchemy.exc import SQLAlchemyError

from connectors.alerts.ledger import open_alerts
from connectors.alerts.notifier import send_test
from connectors.database import open_engine
from connectors.errors import ConnectorError
from connectors.schema import prepare, require
from connectors.settings import Settings, get_settings


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m connectors.alerts", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="show what is wrong now, as far as the servers have found it")
    commands.add_parser("test", help="send a message that says that nothing is wrong")
    chosen = parser.parse_args(arguments)
    try:
        settings = get_settings()
        if chosen.command == "test":
            asyncio.run(send_test(settings))
            _say("The webhook took the message.")
        else:
            _list(settings)
    except (ConnectorError, SQLAlchemyError) as error:
        print(f"{chosen.command}: {error}", file=sys.stderr)  # noqa: T201 -- for the person at the terminal
        return 1
    return 0


def _list(settings: Settings) -> None:
    prepare(settings.database_url)
    require(settings.database_url)
    engine = open_engine(settings.database_url, future=True)
    try:
        with engine.connect() as connection:
            found = open_alerts(connection)
    finally:
        engine.dispose()
    for alert in found:
        condition = alert.condition
        facts = "; ".join(f"{name}: {value}" for name, value in condition.facts.items())
        told = "told" if alert.told_at else "not told yet"
        _say(f"{condition.key}  {condition.severity.value}  since {alert.since:%Y-%m-%d %H:%M:%S}Z  {told}")
        _say(f"    {condition.title}" + (f" ({facts})" if facts else ""))
    _say(f"{len(found)} alerts are open.")


def _say(line: str) -> None:
    print(line)  # noqa: T201 -- for the person at the terminal


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
