"""Where alerts are kept: in the database, for all servers on it and beyond restarts, or in this process."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import Boolean, Column, Integer, Table, Text, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine, Row

from connectors.alerts.conditions import Condition, Look, Severity
from connectors.alerts.episodes import Alert, Episodes, Notice
from connectors.database import open_engine, open_writer_engine
from connectors.tables import Json, UtcDateTime, metadata
from connectors.whatsapp.leases import moment
from connectors.write_queue import turn_to_write

alerts = Table(
    "alerts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("facts", Json, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    # When any server found it last.
    Column("seen_at", UtcDateTime, nullable=False),
    Column("sightings", Integer, nullable=False),
    # NULL when nobody was told, or when its end was.
    Column("told_at", UtcDateTime),
    # Until when one server is about to tell.
    Column("claimed_until", UtcDateTime),
)

_INSERTS = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_MATTERS = or_(alerts.c.is_open, alerts.c.told_at.is_not(None))


class DatabaseLedger:
    """Keeps alerts in the database, where one of all servers gets each notice; not for an event loop's thread.

    Args:
        database_url: The database.
        seconds: How often each server looks.
        statement_seconds: How long PostgreSQL may take for a statement.
    """

    def __init__(self, database_url: str, seconds: float, statement_seconds: float) -> None:
        self._reader = open_engine(database_url, future=True)
        self._writer = open_writer_engine(database_url)
        self._episodes = Episodes(seconds)
        self._statement_ms = round(statement_seconds * 1000)

    @property
    def reader(self) -> Engine:
        """Connections on which nothing is written."""
        return self._reader

    def close(self) -> None:
        """Close the connections."""
        self._reader.dispose()
        self._writer.dispose()

    def prepare(self, connection: Connection) -> None:
        """Have statements of the transaction end in time."""
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL statement_timeout = {self._statement_ms}"))

    def record(self, look: Look) -> list[Notice]:
        """Keep what a look found, and return what is to be told, which no other server gets for two minutes.

        Raises:
            SQLAlchemyError: the database does not take it.
        """
        if not look.found and not self._has_any():
            self._episodes.advance({}, look, datetime.now(timezone.utc))
            return []
        with turn_to_write(self._writer.url), self._writer.begin() as connection:
            self._be_alone(connection)
            before = _kept(connection)
            after, notices = self._episodes.advance(before, look, moment(connection))
            changed = [_as_row(alert) for key, alert in after.items() if before.get(key) != alert]
            if changed:
                connection.execute(_upsert(connection.dialect.name), changed)
        return notices

    def settle(self, notice: Notice, *, is_told: bool) -> None:
        """Note that a notice was told, or could not be.

        Raises:
            SQLAlchemyError: the database does not take it.
        """
        key = notice.alert.condition.key
        with turn_to_write(self._writer.url), self._writer.begin() as connection:
            self._be_alone(connection)
            alert = _kept(connection).get(key)
            if alert is None or alert.claimed_until != notice.alert.claimed_until:
                # It took so long that the notice is another server's by now.
                return
            settled = alert.settled(notice.telling, moment(connection), is_told=is_told)
            values = {"told_at": settled.told_at, "claimed_until": settled.claimed_until}
            connection.execute(update(alerts).where(alerts.c.key == key).values(values))

    def _has_any(self) -> bool:
        with self._reader.connect() as connection:
            self.prepare(connection)
            return connection.execute(select(alerts.c.key).where(_MATTERS).limit(1)).first() is not None

    def _be_alone(self, connection: Connection) -> None:
        """Have servers come one after another; on SQLite a writer is alone from its first moment."""
        self.prepare(connection)
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE alerts IN SHARE ROW EXCLUSIVE MODE"))


class MemoryLedger:
    """Keeps alerts in this process, for what the database cannot keep: that it is away.

    Args:
        seconds: How often this server looks.
    """

    def __init__(self, seconds: float) -> None:
        self._episodes = Episodes(seconds)
        self._alerts: dict[str, Alert] = {}

    def record(self, look: Look, now: datetime) -> list[Notice]:
        """Keep what a look found, and return what is to be told."""
        self._alerts, notices = self._episodes.advance(self._alerts, look, now)
        return notices

    def settle(self, notice: Notice, now: datetime, *, is_told: bool) -> None:
        """Note that a notice was told, or could not be."""
        key = notice.alert.condition.key
        self._alerts[key] = self._alerts[key].settled(notice.telling, now, is_told=is_told)


def open_alerts(connection: Connection) -> list[Alert]:
    """Return the alerts that last, the oldest first."""
    query = select(alerts).where(alerts.c.is_open).order_by(alerts.c.since, alerts.c.key)
    return [_from_row(row) for row in connection.execute(query)]


def _kept(connection: Connection) -> dict[str, Alert]:
    return {row.key: _from_row(row) for row in connection.execute(select(alerts).order_by(alerts.c.key))}


def _from_row(row: Row) -> Alert:
    condition = Condition(row.name, row.subject, Severity(row.severity), row.title, row.facts)
    return Alert(condition, row.since, row.seen_at, row.sightings, row.is_open, row.told_at, row.claimed_until)


def _as_row(alert: Alert) -> Mapping[str, Any]:
    condition = alert.condition
    return {
        "key": condition.key,
        "name": condition.name,
        "subject": condition.subject,
        "severity": condition.severity.value,
        "title": condition.title,
        "facts": dict(condition.facts),
        "is_open": alert.is_open,
        "since": alert.since,
        "seen_at": alert.seen_at,
        "sightings": alert.sightings,
        "told_at": alert.told_at,
        "claimed_until": alert.claimed_until,
    }


def _upsert(dialect: str) -> Any:
    insert = _INSERTS[dialect](alerts)
    changed = {column.name: insert.excluded[column.name] for column in alerts.c if not column.primary_key}
    return insert.on_conflict_do_update(index_elements=[alerts.c.key], set_=changed)
