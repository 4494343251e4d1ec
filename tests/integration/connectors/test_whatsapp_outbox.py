"""The outbox: each answer sent once, in order, and known for what became of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.database import open_writer_engine
from connectors.whatsapp import outbox as outbox_module
from connectors.whatsapp.buttons import Button, Offer
from connectors.whatsapp.delivery import Delivery, DeliveryStatus, Receipt
from connectors.whatsapp.outbox import (
    APOLOGY,
    CONFIRMATION,
    LOOK_UP_AFTER,
    PLEA,
    ClaimedSend,
    ContentTemplate,
    OutgoingMessage,
)
from tests.integration.connectors.databases import DIALECTS
from tests.integration.connectors.stores import ANA, BEA, LEASE_SECONDS, Stores, message, stores

S = DeliveryStatus
TEMPLATE = "HX00000000000000000000000000000016"


@pytest.fixture(params=DIALECTS)
def kept(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stores]:
    with stores(request.param, tmp_path, monkeypatch, template=TEMPLATE) as made:
        yield made


def answer(
    turn: str = "SM1", number: int = 0, body: str = "hola", recipient: str = ANA, **rest: object
) -> OutgoingMessage:
    return OutgoingMessage(turn, number, recipient, body, **rest)  # type: ignore[arg-type]


def claim(kept: Stores, owner: str = "one", limit: int = 10) -> list[ClaimedSend]:
    return kept.do(kept.outbox.claim, owner, limit)


def delivery(kept: Stores, turn: str = "SM1", number: int = 0) -> Delivery | None:
    return kept.do(kept.outbox.delivery, (turn, number))


def test_an_answer_is_kept_once_and_whole_however_often_its_turn_runs(kept: Stores) -> None:
    whole = answer(
        media_url="https://x/1", template=ContentTemplate("HX2", ("¿?", "Sí")), buttons=(Button("Sí", "/afirmar"),)
    )
    kept.do(kept.outbox.add, [whole])
    kept.do(kept.outbox.add, [answer(body="otra cosa")])
    (send,) = claim(kept)
    assert send.message == whole
    assert (send.attempt, send.doubtful_since) == (1, None)
    assert kept.do(kept.outbox.sent, send, "SMout") is None
    assert delivery(kept) == Delivery(S.QUEUED, "SMout")
    assert claim(kept) == []


def test_a_contacts_answers_go_out_in_order_one_at_a_time_and_others_beside_them(kept: Stores) -> None:
    kept.do(kept.outbox.add, [answer(number=0, body="a"), answer(number=1, body="b")])
    kept.do(kept.outbox.add, [answer("SM2", recipient=BEA, body="c")])
    first, other = claim(kept)
    assert (first.message.body, other.message.body) == ("a", "c")
    assert claim(kept, "two") == []
    following = kept.do(kept.outbox.sent, first, "SMa")
    assert following is not None
    assert following.message.body == "b"


def test_an_answers_age_and_its_turns_are_told_apart(kept: Stores) -> None:
    kept.add(message("SM1"))
    kept.later(3)
    kept.do(kept.outbox.add, [answer()])
    kept.do(kept.outbox.add, [answer("SM-unknown", recipient=BEA)])
    kept.later(2)
    ages = {send.message.turn_sid: (send.age.total_seconds(), send.turn_age.total_seconds()) for send in claim(kept)}
    assert ages == {"SM1": (2, 5), "SM-unknown": (2, 2)}


def test_one_that_is_given_up_holds_up_no_other(kept: Stores) -> None:
    kept.do(kept.outbox.add, [answer(number=0), answer(number=1, body="b")])
    following = kept.do(kept.outbox.failed, claim(kept)[0], 63021)
    assert following is not None
    assert following.message.body == "b"
    assert delivery(kept) == Delivery(S.FAILED, None, 63021)


@pytest.mark.parametrize("in_doubt", [True, False])
def test_one_that_is_postponed_stays_first_and_tells_whether_it_may_have_been_sent(
    kept: Stores, in_doubt: bool
) -> None:
    kept.do(kept.outbox.add, [answer(number=0), answer(number=1)])
    began = kept.now
    kept.do(kept.outbox.postpone, claim(kept)[0], 3, in_doubt=in_doubt)
    assert claim(kept) == []
    kept.later(3)
    (again,) = claim(kept)
    assert (again.message.number, again.attempt) == (0, 2)
    assert again.doubtful_since == (began if in_doubt else None)
    kept.do(kept.outbox.postpone, again, 3, in_doubt=False)
    kept.later(3)
    (third,) = claim(kept)
    assert third.doubtful_since == (began if in_doubt else None), "a later refusal says nothing of the first attempt"


def test_what_a_dead_process_was_sending_is_doubtful_for_who_takes_it_over(kept: Stores) -> None:
    kept.do(kept.outbox.add, [answer()])
    claim(kept, "dead")
    began = kept.now
    kept.later(LEASE_SECONDS + 1)
    (taken,) = claim(kept, "living")
    assert (taken.message, taken.doubtful_since) == (answer(), began)


def test_a_receipt_tells_that_a_doubtful_message_was_taken(kept: Stores) -> None:
    kept.do(kept.outbox.add, [answer()])
    claim(kept, "dead")
    assert kept.do(kept.outbox.record, Receipt("SMout", S.SENT, key=("SM1", 0)))
    kept.later(LEASE_SECONDS + 1)
    assert claim(kept, "living") == []
    assert delivery(kept) == Delivery(S.SENT, "SMout")


@pytest.mark.parametrize("order", list(itertools.permutations([S.SENT, S.DELIVERED, S.READ]))[:6:2])
@pytest.mark.parametrize("is_named", [True, False])
def test_receipts_in_any_order_never_take_a_state_back(kept: Stores, order: list[S], is_named: bool) -> None:
    kept.do(kept.outbox.add, [answer()])
    kept.do(kept.outbox.sent, claim(kept)[0], "SMout")
    for status in order:
        kept.later(1)
        assert kept.do(kept.outbox.record, Receipt("SMout", status, key=("SM1", 0) if is_named else None))
    assert delivery(kept) == Delivery(S.READ, "SMout")


def test_receipts_of_what_is_not_ours_or_not_that_message_change_nothing(kept: Stores) -> None:
    kept.do(kept.outbox.add, [answer()])
    kept.do(kept.outbox.sent, claim(kept)[0], "SMout")
    assert not kept.do(kept.outbox.record, Receipt("SMother", S.READ))
    assert not kept.do(kept.outbox.record, Receipt("SMother", S.READ, key=("SM9", 0)))
    assert not kept.do(kept.outbox.record, Receipt("SMother", S.READ, key=("SM1", 0)))
    assert delivery(kept) == Delivery(S.QUEUED, "SMout")


def test_outside_the_window_the_template_is_sent_once_a_turn(kept: Stores) -> None:
    kept.do(kept.outbox.add, [answer(number=0), answer(number=1)])
    second = kept.do(kept.outbox.sent, claim(kept)[0], "SMa")
    assert second is not None
    kept.do(kept.outbox.sent, second, "SMb")
    for sid, number in (("SMa", 0), ("SMb", 1), ("SMa", 0)):
        kept.do(kept.outbox.record, Receipt(sid, S.UNDELIVERED, 63016, ("SM1", number)))
    (send,) = claim(kept)
    assert (send.message.template, send.message.body) == (ContentTemplate(TEMPLATE), "")
    assert kept.do(kept.outbox.sent, send, "SMt") is None
    kept.do(kept.outbox.record, Receipt("SMt", S.UNDELIVERED, 63016))
    assert claim(kept) == []


def test_who_wants_no_more_gets_what_confirms_it_and_nothing_else(kept: Stores) -> None:
    kept.do(kept.outbox.add, [answer("SM0")])
    kept.do(kept.outbox.postpone, claim(kept)[0], 0, in_doubt=True)
    kept.do(kept.outbox.add, [answer()])
    kept.do(kept.inbox.opt, ANA, out=True)
    kept.do(kept.outbox.add, [answer("SM2", CONFIRMATION, "adiós"), answer("SM3", PLEA)])
    (send,) = claim(kept)
    assert send.message.body == "adiós"
    assert kept.do(kept.outbox.sent, send, "SMout") is None
    for turn, number in (("SM0", 0), ("SM1", 0), ("SM3", PLEA)):
        assert delivery(kept, turn, number) == Delivery(S.FAILED, None, 21610)


def test_a_message_that_twilio_refuses_outright_for_the_window_brings_the_template_too(kept: Stores) -> None:
    kept.do(kept.outbox.add, [answer()])
    following = kept.do(kept.outbox.failed, claim(kept)[0], 63016)
    assert following is not None
    assert following.message.template == ContentTemplate(TEMPLATE)


def test_a_send_given_back_is_doubtful_and_due_when_twilios_list_can_tell(kept: Stores) -> None:
    kept.do(kept.outbox.add, [answer()])
    began = kept.now
    kept.do(kept.outbox.give_back, claim(kept)[0])
    kept.later(LOOK_UP_AFTER - 0.1)
    assert claim(kept, "two") == []
    kept.later(0.2)
    (again,) = claim(kept, "two")
    assert again.doubtful_since == began


def test_what_is_being_sent_here_is_not_claimed_again_when_its_lease_ran_out(kept: Stores) -> None:
    kept.do(kept.outbox.add, [answer()])
    claim(kept)
    kept.later(LEASE_SECONDS + 1)
    assert kept.do(kept.outbox.claim, "two", 10, [ANA]) == []


def test_the_offer_is_the_latest_turns_and_names_the_message_that_shows_it(kept: Stores) -> None:
    choices = (Button("Sí", "/afirmar"),)
    kept.do(kept.outbox.add, [answer(buttons=choices), answer(number=1)])
    following = kept.do(kept.outbox.sent, claim(kept)[0], "SMout")
    kept.do(kept.outbox.add, [answer("SM2", recipient=BEA), answer("SM2", APOLOGY, recipient=BEA)])
    assert kept.do(kept.outbox.latest_offer, ANA) == Offer(choices, "SMout")
    assert kept.do(kept.outbox.latest_offer, BEA) == Offer()
    assert following is not None
    kept.do(kept.outbox.add, [answer("SM3")])
    assert kept.do(kept.outbox.latest_offer, ANA) == Offer()


def test_sids_of_other_messages_are_known_so_that_none_is_taken_for_another(kept: Stores) -> None:
    kept.do(kept.outbox.add, [answer(number=0), answer(number=1)])
    second = kept.do(kept.outbox.sent, claim(kept)[0], "SMout")
    assert second is not None
    assert kept.do(kept.outbox.known_sids, second, kept.now) == (None, {"SMout"})


def test_a_receipt_that_comes_while_a_doubtful_message_is_looked_for_tells_its_sid(kept: Stores) -> None:
    kept.do(kept.outbox.add, [answer()])
    claim(kept, "dead")
    kept.later(LEASE_SECONDS + 1)
    (doubtful,) = claim(kept, "living")
    kept.do(kept.outbox.record, Receipt("SMout", S.READ, key=("SM1", 0)))
    assert kept.do(kept.outbox.known_sids, doubtful, kept.now) == ("SMout", {"SMout"})


def test_a_receipt_that_comes_while_a_message_is_being_claimed_is_not_lost(
    kept: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kept.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    kept.do(kept.outbox.add, [answer(), answer(number=1)])
    claim(kept, "dead")
    kept.later(LEASE_SECONDS + 1)
    elsewhere = open_writer_engine(kept.engine.url.render_as_string(hide_password=False))
    build_update = outbox_module.update

    def update_late(*tables: object) -> object:
        # The row was chosen by now, and is not locked yet.
        monkeypatch.setattr(outbox_module, "update", build_update)
        with elsewhere.begin() as other:
            kept.outbox.record(other, Receipt("SMout", S.READ, key=("SM1", 0)))
        return build_update(*tables)

    monkeypatch.setattr(outbox_module, "update", update_late)
    (send,) = claim(kept, "living")
    elsewhere.dispose()
    assert send.message.number == 1
    assert delivery(kept) == Delivery(S.READ, "SMout")


def test_a_message_that_went_out_under_another_sid_does_not_hold_up_the_next(kept: Stores) -> None:
    kept.do(kept.outbox.add, [answer()])
    (send,) = claim(kept)
    kept.do(kept.outbox.record, Receipt("SMfirst", S.READ, key=("SM1", 0)))
    assert kept.do(kept.outbox.sent, send, "SMagain") is None
    kept.do(kept.outbox.add, [answer("SM2", body="b")])
    assert [following.message.body for following in claim(kept, "two")] == ["b"]
