from __future__ import annotations

import pytest

from sandbox.twilio import store as store_module
from sandbox.twilio.events import EventHub
from sandbox.twilio.records import Contact, Message
from sandbox.twilio.store import SEED, Store


def message(number: int, phone: str = "+5215512345678") -> Message:
    return Message(f"SM{number:032x}", phone, "inbound", f"{number}", "received")


def test_past_its_bound_the_oldest_message_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MAX_MESSAGES", 2)
    store = Store(EventHub())
    for number in range(3):
        store.add(message(number))

    assert [kept.text for kept in store.messages()] == ["2", "1"]
    assert [kept.text for kept in store.thread("+5215512345678")] == ["1", "2"]


def test_past_its_bound_the_oldest_contact_goes_with_its_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MAX_CONTACTS", len(SEED))
    store = Store(EventHub())
    store.add(message(1, SEED[0].phone))
    store.save_contact(Contact("+525511112222", "Zoé"))

    assert store.contact(SEED[0].phone) is None
    assert list(store.messages()) == []
    assert len(store.contacts()) == len(SEED)


def test_renaming_keeps_the_chat() -> None:
    store = Store(EventHub())
    store.add(message(1))
    store.save_contact(Contact("+5215512345678", "Ana María"))

    assert [kept.text for kept in store.thread("+5215512345678")] == ["1"]
