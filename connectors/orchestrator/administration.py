"""What an operator does by the admin API: each action is noted before it is done, and again with what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from connectors.conversation_log.forgetting import forget, is_under_way, sender_of
from connectors.conversation_log.retention import prune
from connectors.conversation_log.spool import Spool
from connectors.database import open_writer_engine
from connectors.errors import AlertNotTaken, Problem
from connectors.group_commit import GroupCommit
from connectors.orchestrator import audit
from connectors.orchestrator.audit import Outcome
from connectors.orchestrator.authorisation import Caller
from connectors.orchestrator.reading import Reading, is_hash
from connectors.settings import Settings
from connectors.whatsapp.handovers import hand_over, handed_over, release
from connectors.whatsapp.tables import contacts
from connectors.whatsapp.work import inbox_of
from privacy import user_key

Body = Mapping[str, Any]
Counts = dict[str, int]

# What says whom an action is about stays out of the audit's parameters.
_PERSONAL = {"action", "user"}


class Administration:
    """Does what operators ask for, on a connection of its own, until `aclose`."""

    def __init__(self, settings: Settings, reading: Reading) -> None:
        self._settings = settings
        self._reading = reading
        self._commit = GroupCommit(open_writer_engine(settings.database_url))
        self._inbox = inbox_of(settings)
        self._actions: Mapping[str, Callable[[Body, str], Awaitable[Counts]]] = {
            "pause": self._pause,
            "release": self._release,
            "retry": self._retry,
            "forget": self._forget,
            "prune": self._prune,
            "alert_test": self._test_alert,
        }

    async def aclose(self) -> None:
        """Do what waits, and close the connection."""
        await self._commit.close()

    async def do(self, caller: Caller, body: Body) -> dict[str, Any]:
        """Do one action and return its name, how much of each kind it was done to, and its note in the audit.

        Raises:
            Problem: it cannot be done.
            StorageError: the database did not take it; without its note nothing is done.
        """
        action = body["action"]
        address = await self._address(body["user"]) if "user" in body else ""
        subject = user_key(address, self._settings.log_key) if address else None
        parameters = {name: value for name, value in body.items() if name not in _PERSONAL}
        note = await self._commit.run(
            lambda connection: audit.begin(connection, caller.name, action, subject, parameters), alone=True
        )
        outcome, counts = Outcome.FAILED, None
        try:
            counts = await self._actions[action](body, address)
            outcome = Outcome.DONE
        except Problem:
            outcome = Outcome.REFUSED
            raise
        finally:
            await self._commit.run(lambda connection: audit.end(connection, note, outcome, counts), alone=True)
        return {"action": action, "counts": counts, "audit": note}

    async def _pause(self, body: Body, address: str) -> Counts:
        if not address.startswith("whatsapp:"):
            raise Problem(400, "user_not_on_whatsapp", "Only customers on WhatsApp can be handed over to a person.")
        return {"handed_over": int(await self._commit.run(lambda connection: hand_over(connection, address)))}

    async def _release(self, body: Body, address: str) -> Counts:
        def work(connection: Connection) -> int:
            return len(release(connection, [address] if address else list(handed_over(connection))))

        return {"released": await self._commit.run(work)}

    async def _retry(self, body: Body, address: str) -> Counts:
        sids = body.get("sids")
        return {"retried": await self._commit.run(lambda connection: self._inbox.retry(connection, sids))}

    async def _forget(self, body: Body, address: str) -> Counts:
        spool = Spool(self._settings.log_spool, self._settings.log_spool_rows)
        dry_run = body.get("dry_run", False)

        def work(connection: Connection) -> Counts:
            # What is under way is written afterwards: whoever reads this forgets again.
            under_way = is_under_way(connection, address)
            counts = forget(connection, address, self._settings.log_key, dry_run, spool)
            return {**counts, "under_way": int(under_way)}

        try:
            return await self._commit.run(work, alone=True)
        finally:
            await self._reading.work(spool.close)

    async def _prune(self, body: Body, address: str) -> Counts:
        engine, days, dry_run = self._reading.engine, body["days"], body.get("dry_run", False)
        return await self._reading.work(lambda: prune(engine, days, dry_run=dry_run))

    async def _test_alert(self, body: Body, address: str) -> Counts:
        try:
            alerts = import_module("connectors.alerts")
        except ModuleNotFoundError as exc:
            raise Problem(501, "alerts_missing", "There are no alerts in this version.") from exc
        try:
            return dict(await alerts.send_test(self._settings))
        except AlertNotTaken as exc:
            raise Problem(502, "alert_not_taken", f"Nobody was told: {exc}.") from exc

    async def _address(self, user: str) -> str:
        """Return whom a user's name stands for: a number, a conversation's id, or the hash of one of our contacts."""
        if not is_hash(user):
            return sender_of(user)
        key = self._settings.log_key

        def find() -> str | None:
            with self._reading.engine.connect() as connection:
                addresses = connection.execute(select(contacts.c.address)).scalars()
                return next((address for address in addresses if user_key(address, key) == user), None)

        found = await self._reading.work(find)
        if found is None:
            raise Problem(404, "user_unknown", "No contact on WhatsApp has this hash.")
        return found
