import itertools

import pytest

from connectors.errors import MalformedForm
from connectors.whatsapp.buttons import Button
from connectors.whatsapp.delivery import Delivery, DeliveryStatus, Receipt, read_receipt
from connectors.whatsapp.outbox import InMemoryOutbox, OutgoingMessage

ANA = "whatsapp:+5215512345678"
S = DeliveryStatus


@pytest.mark.parametrize("order", itertools.permutations([S.QUEUED, S.SENT, S.DELIVERED, S.READ]))
def test_receipts_in_any_order_end_at_the_furthest_state(order: tuple[DeliveryStatus, ...]) -> None:
    delivery = Delivery()
    for status in order:
        delivery = delivery.advanced(status)
    assert delivery.status is S.READ


def test_a_late_sent_does_not_hide_a_failure_or_its_code() -> None:
    delivery = Delivery().advanced(S.UNDELIVERED, 63016).advanced(S.SENT)
    assert (delivery.status, delivery.error_code) == (S.UNDELIVERED, 63016)


async def test_an_answer_is_kept_once_however_often_its_turn_runs() -> None:
    outbox = InMemoryOutbox()
    message = OutgoingMessage("SM1", 0, ANA, "hola")
    await outbox.add([message])
    await outbox.add([message])
    await outbox.sent(await outbox.claim(), "SMout")
    await outbox.settled()
    assert await outbox.delivery(("SM1", 0)) == Delivery(S.QUEUED, "SMout")


async def test_a_receipt_that_comes_before_its_message_is_noted_counts() -> None:
    outbox = InMemoryOutbox()
    await outbox.add([OutgoingMessage("SM1", 0, ANA, "hola")])
    message = await outbox.claim()
    await outbox.record(Receipt("SMout", S.DELIVERED))
    await outbox.sent(message, "SMout")
    assert await outbox.delivery(message.key) == Delivery(S.DELIVERED, "SMout")


async def test_the_offer_is_the_latest_turns_and_names_the_message_that_shows_it() -> None:
    outbox = InMemoryOutbox()
    await outbox.add([OutgoingMessage("SM1", 0, ANA, "¿?", buttons=(Button("Sí", "/afirmar"),))])
    await outbox.sent(await outbox.claim(), "SMout")
    assert (await outbox.latest_offer(ANA)).shown_in == "SMout"

    await outbox.add([OutgoingMessage("SM2", 0, ANA, "listo")])
    assert (await outbox.latest_offer(ANA)).buttons == ()


def test_reads_receipts_and_passes_over_states_it_does_not_know() -> None:
    failed = read_receipt({"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "63016"})
    assert failed == Receipt("SM1", S.FAILED, 63016)
    assert read_receipt({"MessageSid": "SM1", "MessageStatus": "canceled"}) is None
    with pytest.raises(MalformedForm):
        read_receipt({"MessageSid": "SM1"})
