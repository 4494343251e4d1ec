"""Whoever works on turns gives way while a webhook's message is being kept, and no longer."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from connectors.right_of_way import RightOfWay
from connectors.whatsapp.inbox import Inbox
from connectors.whatsapp.leases import Leases
from connectors.whatsapp.limiting import Verdict
from connectors.whatsapp.reception import Reception
from connectors.whatsapp.texts import load_texts

FORM = {"MessageSid": "SM00000001", "From": "whatsapp:+5215512345678", "To": "whatsapp:+15005550006", "Body": "hola"}


class Commits:
    """Takes what is to be kept, and keeps it when a test says so."""

    def __init__(self) -> None:
        self.keeping: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def run_with_others(self, work: Any, item: Any) -> asyncio.Future[bool]:
        return self.keeping


class NoLimits:
    async def contact(self, contact: str) -> Verdict:
        return Verdict.ALLOWED


async def test_the_right_of_way_is_had_until_the_message_is_kept() -> None:
    right_of_way, arrivals, expected = RightOfWay(), Commits(), list[str]()
    reception = Reception(
        cast(Any, NoLimits()),
        cast(Any, arrivals),
        cast(Any, Commits()),
        Inbox(Leases("turn", 15), 0),
        cast(Any, None),
        load_texts(),
        expected.append,
        lambda: None,
        right_of_way,
    )
    receiving = asyncio.create_task(reception.receive(FORM))
    await asyncio.sleep(0)
    assert right_of_way.is_wanted

    arrivals.keeping.set_result(True)
    assert await receiving
    assert not right_of_way.is_wanted
    assert expected == [FORM["From"]]
