"""What no webhook brought is found in Twilio's list of messages, and answered once."""

from __future__ import annotations

import email.utils
import itertools
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy.engine import Connection

from connectors.group_commit import GroupCommit
from connectors.whatsapp import reconciliation
from connectors.whatsapp.reception import Reception
from connectors.whatsapp.reconciliation import OVERLAP, Reconciliation
from connectors.whatsapp.twilio_client import TwilioClient
from tests.integration.connectors.databases import DIALECTS
from tests.integration.connectors.stores import OURS, Stores, stores
from tests.integration.connectors.whatsapp_world import (
    ACCOUNT,
    ANA,
    Twilio,
    eventually,
    form_of,
    serving_channel,
    twilio_serving,
    whatsapp_world,
)

_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _no_webhook_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciliation, "WEBHOOK_TIME", timedelta(0))


@pytest.fixture
async def twilio() -> AsyncIterator[Twilio]:
    async with twilio_serving() as twilio:
        yield twilio


def resource(body: str, sender: str = ANA, ago: float = 0, **fields: Any) -> dict[str, Any]:
    created = email.utils.format_datetime(datetime.now(timezone.utc) - timedelta(seconds=ago))
    return {
        "sid": f"SMlost{next(_numbers):028x}",
        "account_sid": ACCOUNT,
        "body": body,
        "from": sender,
        "to": "whatsapp:+15005550006",
        "direction": "inbound",
        "num_media": "0",
        "date_created": created,
        "date_sent": created,
        **fields,
    }


async def test_what_no_webhook_brought_is_answered_once_in_the_order_of_writing() -> None:
    async with whatsapp_world(whatsapp_reconcile_seconds=0.2) as world:
        await eventually(lambda: world.twilio.listings)
        form = form_of("por webhook")
        await world.post("/api/whatsapp/webhook", form)
        brought = resource("por webhook", sid=form["MessageSid"])
        world.twilio.received += [brought, resource("perdido"), resource("perdido también")]
        await eventually(lambda: len(world.twilio.sent) == 3)
        seen = world.twilio.listings
        await eventually(lambda: world.twilio.listings > seen + 2)
        assert world.twilio.bodies() == ["eco: por webhook", "eco: perdido", "eco: perdido también"]
        sources = await world.rows("SELECT source FROM inbox ORDER BY position")
        assert [row.source for row in sources] == ["webhook", "reconciliation", "reconciliation"]


async def test_what_came_while_no_server_was_there_is_found_by_the_next(twilio: Twilio, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/channel.db"
    async with serving_channel(twilio, None, url, whatsapp_reconcile_seconds=0.2) as world:
        await eventually(lambda: twilio.listings > 1)
        await world.write("hola")
        await eventually(lambda: twilio.sent)
    twilio.received.append(resource("mientras tanto"))
    async with serving_channel(twilio, None, url, whatsapp_reconcile_seconds=0.2):
        await eventually(lambda: len(twilio.sent) == 2)
    assert twilio.bodies() == ["eco: hola", "eco: mientras tanto"]


async def test_an_outage_stays_in_mind_until_twilios_list_was_read(twilio: Twilio, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/channel.db"
    async with serving_channel(twilio, None, url, whatsapp_reconcile_seconds=0.2) as world:
        await eventually(lambda: twilio.listings > 1)
    longer_ago = "UPDATE reconciliations SET looked_until = datetime(looked_until, '-2 hours') RETURNING 1"
    assert await world.rows(longer_ago)
    twilio.received.append(resource("hace una hora", ago=3600))
    twilio.list_status = 500
    async with serving_channel(twilio, None, url, whatsapp_reconcile_seconds=0.2) as world:
        await world.write("después")
        await eventually(lambda: twilio.sent)
    twilio.list_status = 200
    async with serving_channel(twilio, None, url, whatsapp_reconcile_seconds=0.2):
        await eventually(lambda: len(twilio.sent) == 2)
    assert twilio.bodies() == ["eco: después", "eco: hace una hora"]


async def test_at_the_first_start_nothing_of_the_past_is_answered() -> None:
    async with whatsapp_world(whatsapp_reconcile_seconds=0.2) as world:
        world.twilio.received.append(resource("de antes", ago=300))
        await eventually(lambda: world.twilio.listings > 3)
        assert world.twilio.sent == []


async def test_a_message_that_cannot_be_read_holds_up_no_other() -> None:
    async with whatsapp_world(whatsapp_reconcile_seconds=0.2) as world:
        await eventually(lambda: world.twilio.listings)
        world.twilio.received += [resource("sms", sender="+5215512345678"), resource("", num_media="1"), resource("sí")]
        await eventually(lambda: "eco: sí" in world.twilio.bodies())


async def test_a_list_that_makes_no_sense_is_read_again_later() -> None:
    async with whatsapp_world(whatsapp_reconcile_seconds=0.2) as world:
        await eventually(lambda: world.twilio.listings)
        world.twilio.received.append("not a message")  # type: ignore[arg-type]
        seen = world.twilio.listings
        await eventually(lambda: world.twilio.listings > seen + 2)
        world.twilio.received = [resource("perdido")]
        await eventually(lambda: world.twilio.sent)


class Asked:
    """Twilio's client, of which it is noted for what times its list was read."""

    address = OURS

    def __init__(self) -> None:
        self.times: list[tuple[datetime, datetime]] = []

    async def received(self, since: datetime, until: datetime, known: set[str]) -> AsyncIterator[dict[str, str]]:
        self.times.append((since, until))
        for form in ():
            yield form


class AtOnce:
    """Does at once what others do together."""

    def __init__(self, kept: Stores) -> None:
        self._kept = kept

    async def run(self, work: Callable[[Connection], Any]) -> Any:
        return self._kept.do(work)


def reconciling(kept: Stores, asked: Asked) -> Reconciliation:
    client, commit = cast(TwilioClient, asked), cast(GroupCommit, AtOnce(kept))
    return Reconciliation(client, commit, kept.inbox, cast(Reception, None))


@pytest.mark.parametrize("ahead", [3600, -3600])
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_list_is_read_by_the_databases_clock_however_wrong_ones_own_is(
    dialect: str, ahead: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stores(dialect, tmp_path, monkeypatch) as kept:
        asked = Asked()
        first, second = reconciling(kept, asked), reconciling(kept, asked)
        began = kept.now = datetime.now(timezone.utc) - timedelta(seconds=ahead)
        await first._look()
        assert kept.do(kept.inbox.looked_until, OURS) == began
        kept.later(60)
        await second._look()

    assert asked.times == [(began, began), (began - OVERLAP, began + timedelta(seconds=60))]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_after_a_clock_that_was_ahead_the_list_is_read_on(
    dialect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stores(dialect, tmp_path, monkeypatch) as kept:
        asked = Asked()
        there_all_along, new = reconciling(kept, asked), reconciling(kept, asked)
        kept.later(7200)
        await there_all_along._look()
        kept.later(-7200)
        back = kept.now
        await new._look()
        await there_all_along._look()
        kept.later(60)
        await there_all_along._look()
        assert kept.do(kept.inbox.looked_until, OURS) == kept.now

    assert [since for since, _ in asked.times[1:]] == [back - OVERLAP, back, back]
