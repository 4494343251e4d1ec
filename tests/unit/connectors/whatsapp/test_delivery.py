import itertools

import pytest

from connectors.errors import MalformedForm
from connectors.whatsapp.delivery import Delivery, DeliveryStatus, Receipt, read_receipt

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


def test_reads_receipts_and_passes_over_states_it_does_not_know() -> None:
    failed = read_receipt({"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "63016"})
    assert failed == Receipt("SM1", S.FAILED, 63016)
    assert read_receipt({"MessageSid": "SM1", "MessageStatus": "canceled"}) is None
    with pytest.raises(MalformedForm):
        read_receipt({"MessageSid": "SM1"})


@pytest.mark.parametrize(
    ("query", "key"),
    [("turn=SM0&number=2", ("SM0", 2)), ("number=2", None), ("turn=SM0&number=x", None), ("turn=SM0&number=²", None)],
)
def test_a_receipt_names_its_message_by_the_address_it_came_to(query: str, key: tuple[str, int] | None) -> None:
    receipt = read_receipt({"MessageSid": "SM1", "MessageStatus": "sent"}, query)
    assert receipt is not None
    assert receipt.key == key
