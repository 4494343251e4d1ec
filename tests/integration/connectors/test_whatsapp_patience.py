"""A customer whose turn takes long is asked for patience: once, before the answer, and nobody who should not be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.exc import OperationalError

from connectors.whatsapp.buttons import Button, Offer
from connectors.whatsapp.composing import Answer
from connectors.whatsapp.delivery import Delivery, DeliveryStatus
from connectors.whatsapp.handovers import hand_over
from connectors.whatsapp.inbox import ClaimedTurn, InboxStatus
from connectors.whatsapp.outbox import PATIENCE, ClaimedSend, OutgoingMessage
from connectors.whatsapp.patience import Patience
from connectors.whatsapp.texts import load_texts
from connectors.whatsapp.turns import Assistant as TurnsAssistant
from connectors.whatsapp.turns import Turns
from tests.integration.connectors.databases import DIALECTS
from tests.integration.connectors.stores import ANA, LEASE_SECONDS, Stores, message, stores
from tests.integration.connectors.whatsapp_world import (
    Assistant,
    Gate,
    Twilio,
    World,
    answering,
    eventually,
    serving_channel,
    whatsapp_world,
)

TEXTS = load_texts()
NOTICE = "HX00000000000000000000000000000016"
YES_NO = [{"title": "Sí", "payload": "/afirmar"}, {"title": "No", "payload": "/negar"}]


@pytest.fixture(params=DIALECTS)
def kept(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stores]:
    with stores(request.param, tmp_path, monkeypatch, template=NOTICE) as made:
        yield made


def begin(kept: Stores, owner: str = "one") -> ClaimedTurn:
    (turn,) = kept.do(kept.inbox.claim, owner, 10)
    return turn


def ask(kept: Stores, turn: ClaimedTurn) -> bool:
    return kept.do(Patience(kept.inbox, kept.outbox, "espera").ask, turn)


def bodies(kept: Stores) -> list[str]:
    """Give what is sent, in order, as it is sent."""
    said = []
    (following,) = kept.do(kept.outbox.claim, "sender", 10) or [None]
    while following:
        said.append(following.message.body)
        following = kept.do(kept.outbox.sent, following, f"SMout{len(said)}")
    return said


def answer(body: str = "listo", **rest: Any) -> OutgoingMessage:
    return OutgoingMessage("SM1", 0, ANA, body, **rest)


def test_it_goes_out_before_the_answers_and_once_however_often_the_turn_is_run(kept: Stores) -> None:
    kept.add(message("SM1"))
    first = begin(kept)
    assert ask(kept, first)
    kept.later(LEASE_SECONDS + 1)
    taken_over = begin(kept, "two")
    assert ask(kept, taken_over)
    kept.do(kept.outbox.add, [answer()])
    assert bodies(kept) == ["espera", "listo"]


def test_whose_turn_is_over_or_another_ones_is_not_asked(kept: Stores) -> None:
    kept.add(message("SM1"))
    lost = begin(kept)
    kept.later(LEASE_SECONDS + 1)
    turn = begin(kept, "two")
    assert not ask(kept, lost)
    kept.do(kept.inbox.finish, turn, InboxStatus.ANSWERED)
    assert not ask(kept, turn)
    assert bodies(kept) == []


def test_who_opted_out_or_is_about_to_or_has_a_person_is_not_asked(kept: Stores) -> None:
    kept.add(message("SM1"))
    turn = begin(kept)
    kept.do(kept.inbox.opt, ANA, out=True)
    assert not ask(kept, turn)
    kept.do(kept.inbox.opt, ANA, out=False)
    kept.do(hand_over, ANA)
    assert not ask(kept, turn)
    kept.do(lambda connection: connection.exec_driver_sql("UPDATE contacts SET handed_over_at = NULL"))
    kept.add(message("SM2", "BAJA"))
    assert not ask(kept, turn)
    assert bodies(kept) == []


def test_the_buttons_of_the_answer_before_it_still_count(kept: Stores) -> None:
    choices = (Button("Sí", "/afirmar"),)
    kept.do(kept.outbox.add, [OutgoingMessage("SM0", 0, ANA, "¿sí?", buttons=choices)])
    kept.add(message("SM1"))
    assert ask(kept, begin(kept))
    assert kept.do(kept.outbox.latest_offer, ANA) == Offer(choices, None)


def test_it_is_taken_back_unless_it_is_on_its_way(kept: Stores) -> None:
    kept.add(message("SM1"))
    turn = begin(kept)
    ask(kept, turn)
    kept.do(kept.outbox.withdraw, ("SM1", PATIENCE))
    assert kept.do(kept.outbox.delivery, ("SM1", PATIENCE)) is None
    ask(kept, turn)
    (send,) = kept.do(kept.outbox.claim, "sender", 10)
    kept.do(kept.outbox.withdraw, ("SM1", PATIENCE))
    assert kept.do(kept.outbox.delivery, ("SM1", PATIENCE)) == Delivery(DeliveryStatus.POSTING)
    kept.do(kept.outbox.sent, send, "SMout")
    kept.do(kept.outbox.withdraw, ("SM1", PATIENCE))
    assert kept.do(kept.outbox.delivery, ("SM1", PATIENCE)) == Delivery(DeliveryStatus.QUEUED, "SMout")


def test_where_the_window_is_closed_the_notice_waits_for_the_answer(kept: Stores) -> None:
    def refused(send: ClaimedSend) -> ClaimedSend | None:
        return kept.do(kept.outbox.failed, send, 63016)

    kept.add(message("SM1"))
    ask(kept, begin(kept))
    assert refused(kept.do(kept.outbox.claim, "sender", 10)[0]) is None
    kept.do(kept.outbox.add, [answer()])
    notice = refused(kept.do(kept.outbox.claim, "sender", 10)[0])
    assert notice is not None
    assert notice.message.template is not None


async def test_a_slow_answer_is_preceded_by_it(twilio: Twilio, database_url: str) -> None:
    async with serving_channel(twilio, None, database_url, whatsapp_patience_seconds=0.1) as world:
        gate, echo = Gate(), world.assistant.reply

        async def reply(message: UserMessage) -> None:
            await gate.opened()
            await echo(message)

        world.assistant.reply = reply  # type: ignore[method-assign]
        await world.write("uno")
        await eventually(lambda: twilio.sent)
        assert twilio.bodies() == [TEXTS.patience]
        gate.open()
        await world.write("dos")
        await eventually(lambda: len(twilio.sent) == 3)
        await asyncio.sleep(0.3)
    assert twilio.bodies() == [TEXTS.patience, "eco: uno", "eco: dos"]


@pytest.mark.parametrize(("patience", "takes"), [(0, 0.5), (2, 0.3)])
async def test_a_quick_answer_is_not_and_none_is_where_it_is_switched_off(patience: float, takes: float) -> None:
    async with whatsapp_world(whatsapp_patience_seconds=patience) as world:
        echo = world.assistant.reply

        async def reply(message: UserMessage) -> None:
            await asyncio.sleep(takes)
            await echo(message)

        world.assistant.reply = reply  # type: ignore[method-assign]
        await world.write("uno")
        await eventually(lambda: world.twilio.sent)
        await asyncio.sleep(2.2 - takes if patience else 0.2)
    assert world.twilio.bodies() == ["eco: uno"]


async def test_a_choice_by_its_number_still_takes_the_button_offered_before(twilio: Twilio) -> None:
    async with serving_channel(twilio, whatsapp_patience_seconds=0.1) as world:
        world.assistant.reply = answering({"text": "¿Reservo?", "buttons": YES_NO})
        await world.write("reserva")
        await eventually(lambda: twilio.sent)

        async def breaks_slowly(message: UserMessage) -> None:
            await eventually(lambda: len(twilio.sent) == 2)
            world.assistant.reply = answering({"text": "listo"})
            raise RuntimeError

        world.assistant.reply = breaks_slowly  # type: ignore[method-assign]
        await world.write("1")
        await eventually(lambda: len(twilio.sent) == 3)
    assert twilio.bodies()[1:] == [TEXTS.patience, "listo"]
    assert world.assistant.texts[1:] == ["/afirmar", "/afirmar"]


async def test_a_turn_that_breaks_at_once_is_preceded_by_it_where_its_repetition_comes_late() -> None:
    async with whatsapp_world(whatsapp_patience_seconds=0.5) as world:
        echo, broken = world.assistant.reply, [1, 2]

        async def reply(message: UserMessage) -> None:
            if broken:
                broken.pop()
                raise RuntimeError
            await echo(message)

        world.assistant.reply = reply  # type: ignore[method-assign]
        await world.write("uno")
        await eventually(lambda: len(world.twilio.sent) == 2)
    assert world.twilio.bodies() == [TEXTS.patience, "eco: uno"]


async def test_answers_that_are_read_back_are_preceded_by_it_once(twilio: Twilio, database_url: str) -> None:
    assistant = Assistant()
    events: list[Any] = []

    class Slow:
        async def retrieve(self, sender_id: str) -> DialogueStateTracker:
            await asyncio.sleep(0.4)
            return DialogueStateTracker.from_events(sender_id, events)

    async def dies(message: UserMessage) -> None:
        await eventually(lambda: twilio.sent)
        events.extend([UserUttered("uno", message_id=message.message_id), BotUttered("hecho")])
        raise RuntimeError

    assistant.tracker_store, assistant.reply = Slow(), dies  # type: ignore[method-assign]
    async with serving_channel(twilio, assistant, database_url, whatsapp_patience_seconds=0.1) as world:
        await world.write("uno")
        await eventually(lambda: len(twilio.sent) == 2)
    assert twilio.bodies() == [TEXTS.patience, "hecho"]


async def test_what_twilio_has_not_taken_when_the_answer_is_there_is_not_sent_any_more(twilio: Twilio) -> None:
    async with serving_channel(twilio, whatsapp_patience_seconds=0.1) as world:
        gate, echo = Gate(), world.assistant.reply

        async def reply(message: UserMessage) -> None:
            await gate.opened()
            await echo(message)

        world.assistant.reply = reply  # type: ignore[method-assign]
        twilio.refusals = [(429, {"code": 20429}, {"retry-after": "1"})]
        await world.write("uno")
        await eventually(lambda: twilio.attempts)
        gate.open()
        await eventually(lambda: twilio.sent)
    assert twilio.bodies() == ["eco: uno"]


async def test_a_turn_goes_on_where_the_database_does_not_take_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = []

    def away(self: Patience, connection: object, turn: ClaimedTurn) -> bool:
        asked.append(turn.sid)
        raise OperationalError("", {}, Exception("database is locked"))

    monkeypatch.setattr(Patience, "ask", away)
    async with whatsapp_world(whatsapp_patience_seconds=0.1) as world:
        await _answered_after(world, asked)
    assert (len(asked), world.twilio.bodies()) == (1, ["eco: uno"])
    assert f"nobody is asked for patience in turn {asked[0]}" in caplog.text


async def test_a_turn_does_not_wait_for_it() -> None:
    async def answers(message: UserMessage) -> None:
        await asyncio.sleep(0.1)
        await message.output_channel.send_response("", {"text": "listo"})

    async def nothing(sender: str) -> None:
        return None

    async def never(turn: ClaimedTurn) -> None:
        await asyncio.Event().wait()

    turns = Turns(TurnsAssistant(answers, nothing), TEXTS, nothing, nothing, never, 0.01)
    began = time.monotonic()
    assert await turns.run(ClaimedTurn(ANA, "one", (message("SM1"),), 1), Offer()) == [Answer("listo")]
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(("waited", "least"), [(29.8, 0.2), (600, 0.1)])
async def test_the_time_that_a_turn_waited_to_be_begun_counts(waited: float, least: float) -> None:
    asked: list[float] = []
    began = time.monotonic()

    async def answers(message: UserMessage) -> None:
        await eventually(lambda: asked)

    async def nothing(sender: str) -> None:
        return None

    async def ask(turn: ClaimedTurn) -> None:
        asked.append(time.monotonic() - began)

    turns = Turns(TurnsAssistant(answers, nothing), TEXTS, nothing, nothing, ask, 30, typing_after=0.1)
    await turns.run(ClaimedTurn(ANA, "one", (message("SM1"),), 1, waited), Offer())
    assert asked[0] >= least - 0.01


async def _answered_after(world: World, asked: list[str]) -> None:
    echo = world.assistant.reply

    async def reply(message: UserMessage) -> None:
        await eventually(lambda: asked)
        await echo(message)

    world.assistant.reply = reply  # type: ignore[method-assign]
    await world.write("uno")
    await eventually(lambda: world.twilio.sent)
