"""The inbox: each message one turn, each contact's in order, whatever happens to the processes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from connectors.database import open_writer_engine
from connectors.whatsapp.inbound import Choice, Media
from connectors.whatsapp.inbox import Arrival, ClaimedTurn, InboxStatus, Source
from tests.integration.connectors.databases import DIALECTS
from tests.integration.connectors.stores import ANA, BEA, LEASE_SECONDS, Stores, message, stores

DONE = InboxStatus.ANSWERED


@pytest.fixture(params=DIALECTS)
def kept(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stores]:
    with stores(request.param, tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture(params=DIALECTS)
def bursts(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stores]:
    with stores(request.param, tmp_path, monkeypatch, burst_seconds=2) as made:
        yield made


def claim(kept: Stores, owner: str = "one", limit: int = 10) -> list[ClaimedTurn]:
    return kept.do(kept.inbox.claim, owner, limit)


def sids(turns: list[ClaimedTurn]) -> list[list[str]]:
    return [[one.sid for one in turn.messages] for turn in turns]


def test_a_message_is_kept_once_and_whole(kept: Stores) -> None:
    photo = message("SM1", "mi carta", media=(Media("https://x/1", "image/jpeg"),), reply_to="SM0", profile_name="Ana")
    assert kept.add(photo, message("SM1", "y otra")) == [True, False]
    assert kept.add(message("SM1", "otra")) == [False]
    (turn,) = claim(kept)
    assert turn.messages == (photo,)
    assert (turn.sid, turn.attempt, turn.is_repeated, turn.is_opted_out) == ("SM1", 1, False, False)


def test_a_contacts_messages_come_out_in_order_one_at_a_time_and_others_beside_them(kept: Stores) -> None:
    for sid, sender in (("SM1", ANA), ("SM2", ANA), ("SM3", BEA)):
        kept.add(message(sid, sender=sender))
    first, other = claim(kept)
    assert sids([first, other]) == [["SM1"], ["SM3"]]
    assert claim(kept, "two") == []
    assert kept.do(kept.inbox.finish, first, DONE)
    assert sids(claim(kept, "two")) == [["SM2"]]


def test_a_turn_has_waited_since_its_first_message_came(kept: Stores) -> None:
    kept.add(message("SM1"))
    kept.later(7)
    kept.add(message("SM2", sender=BEA))
    assert {turn.sid: turn.waited for turn in claim(kept)} == {"SM1": 7, "SM2": 0}


def test_no_more_contacts_are_claimed_than_asked_for_the_longest_waiting_first(kept: Stores) -> None:
    for n in range(3):
        kept.add(message(f"SM{n}", sender=f"whatsapp:+521550000000{n}"))
        kept.later(1)
    assert sids(claim(kept, limit=2)) == [["SM0"], ["SM1"]]


def test_what_a_dead_process_left_is_taken_over_when_its_lease_runs_out(kept: Stores) -> None:
    kept.add(message("SM1"))
    (lost,) = claim(kept, "dead")
    kept.later(LEASE_SECONDS - 1)
    assert claim(kept, "living") == []
    kept.later(2)
    (taken,) = claim(kept, "living")
    assert (taken.sid, taken.attempt, taken.is_repeated) == ("SM1", 2, True)
    assert not kept.do(kept.inbox.finish, lost, DONE), "who lost the lease closes nothing"
    assert kept.rows("SELECT status FROM inbox") == [("waiting",)]
    assert kept.do(kept.inbox.finish, taken, DONE)


def test_a_lease_that_is_renewed_is_not_taken_over(kept: Stores) -> None:
    kept.add(message("SM1"))
    (turn,) = claim(kept)
    for _ in range(3):
        kept.later(LEASE_SECONDS - 1)
        kept.do(kept.inbox.leases.renew, [(turn.owner, turn.contact)])
    assert claim(kept, "two") == []


def test_a_repeated_turn_has_the_messages_of_the_first_time(bursts: Stores) -> None:
    for sid in ("SM1", "SM2"):
        bursts.add(message(sid))
    bursts.later(3)
    (first,) = claim(bursts)
    bursts.add(message("SM3"))
    bursts.later(LEASE_SECONDS + 1)
    (again,) = claim(bursts, "two")
    assert sids([first]) == sids([again]) == [["SM1", "SM2"]]


def test_messages_in_a_burst_are_one_turn_and_later_ones_another(bursts: Stores) -> None:
    bursts.add(message("SM1"))
    bursts.later(1)
    bursts.add(message("SM2"))
    assert claim(bursts) == []
    assert bursts.do(bursts.inbox.leases.next_due) == 1
    bursts.later(1)
    (turn,) = claim(bursts)
    assert sids([turn]) == [["SM1", "SM2"]]
    bursts.do(bursts.inbox.finish, turn, DONE)
    assert bursts.rows("SELECT message_sid, turn_sid, status FROM inbox ORDER BY position") == [
        ("SM1", "SM1", "answered"),
        ("SM2", "SM1", "answered"),
    ]
    bursts.add(message("SM3"))
    assert claim(bursts) == []
    bursts.later(2)
    assert sids(claim(bursts)) == [["SM3"]]


@pytest.mark.parametrize(
    "apart",
    [
        message("SM2", "", media=(Media("u", "image/png"),)),
        message("SM2", "Sí", choice=Choice("1", "Sí")),
        message("SM2", "BAJA"),
        message("SM2", "2"),
        message("SM2", ""),
    ],
    ids=["photo", "button", "keyword", "number", "empty"],
)
def test_what_must_stand_alone_joins_no_burst(bursts: Stores, apart: object) -> None:
    for each in (message("SM1"), apart, message("SM3")):
        bursts.add(each)
    bursts.later(3)
    found = []
    while turns := claim(bursts):
        found += sids(turns)
        bursts.do(bursts.inbox.finish, turns[0], DONE)
    assert found == [["SM1"], ["SM2"], ["SM3"]]


def test_a_failed_turn_waits_its_delay_and_its_contacts_next_message_waits_for_it(kept: Stores) -> None:
    for sid in ("SM1", "SM2"):
        kept.add(message(sid))
    (turn,) = claim(kept)
    kept.do(kept.inbox.postpone, turn, 5, "RuntimeError: x")
    assert claim(kept) == []
    kept.later(5)
    (again,) = claim(kept)
    assert (again.sid, again.attempt, again.is_repeated) == ("SM1", 2, True)


def test_a_turn_given_back_is_due_at_once_and_costs_no_attempt(kept: Stores) -> None:
    kept.add(message("SM1"))
    kept.do(kept.inbox.give_back, claim(kept)[0])
    (again,) = claim(kept, "two")
    assert (again.attempt, again.is_repeated) == (1, True)


def test_a_pause_longer_than_the_burst_begins_another_turn_however_long_it_waited(bursts: Stores) -> None:
    for sid, pause in (("SM1", 1), ("SM2", 3), ("SM3", 0)):
        bursts.add(message(sid))
        bursts.later(pause)
    bursts.later(3600)
    (turn,) = claim(bursts)
    assert sids([turn]) == [["SM1", "SM2"]]


def test_a_message_that_cannot_be_read_is_parked_and_holds_up_nobody(kept: Stores) -> None:
    kept.add(message("SM1"), message("SM2"), message("SM3", sender=BEA))
    kept.rows("UPDATE inbox SET content = '{\"version\": 99}' WHERE message_sid = 'SM1' RETURNING 1")
    assert sids(claim(kept)) == [["SM2"], ["SM3"]]
    (parked,) = kept.do(kept.inbox.parked)
    assert (parked.sid, parked.error) == ("SM1", "it cannot be read here: ValueError")


def test_what_is_worked_on_here_is_not_claimed_again_when_its_lease_ran_out(kept: Stores) -> None:
    kept.add(message("SM1"))
    claim(kept)
    kept.later(LEASE_SECONDS + 1)
    assert kept.do(kept.inbox.claim, "two", 10, [ANA]) == []
    assert sids(claim(kept, "another process")) == [["SM1"]]


def test_one_message_of_a_parked_burst_brings_back_the_whole_turn(bursts: Stores) -> None:
    bursts.add(message("SM1"), message("SM2"))
    bursts.later(3)
    bursts.do(bursts.inbox.finish, claim(bursts)[0], InboxStatus.FAILED, "RuntimeError")
    assert bursts.do(bursts.inbox.retry, ["SM2"]) == 2
    assert sids(claim(bursts)) == [["SM1", "SM2"]]


def test_it_is_known_until_when_nothing_is_missing(kept: Stores) -> None:
    assert kept.do(kept.inbox.looked_until, ANA) is None
    for _ in range(2):
        kept.later(60)
        kept.do(kept.inbox.note_look, ANA, kept.now)
    assert kept.do(kept.inbox.looked_until, ANA) == kept.now
    assert kept.do(kept.inbox.looked_until, BEA) is None


def test_parked_messages_are_listed_and_answered_when_retried(kept: Stores) -> None:
    for sid in ("SM1", "SM2"):
        kept.add(message(sid))
        kept.do(kept.inbox.finish, claim(kept)[0], InboxStatus.FAILED, "RuntimeError: x")
    assert [(one.sid, one.error, one.attempts) for one in kept.do(kept.inbox.parked)] == [
        ("SM1", "RuntimeError: x", 1),
        ("SM2", "RuntimeError: x", 1),
    ]
    assert kept.do(kept.inbox.retry, ["SM2", "SM9"]) == 1
    (turn,) = claim(kept)
    assert (turn.sid, turn.attempt, turn.is_repeated) == ("SM2", 1, True)
    kept.do(kept.inbox.finish, turn, DONE)
    assert kept.do(kept.inbox.retry) == 1
    assert kept.do(kept.inbox.parked) == []


def test_what_comes_in_waits_for_nobody_who_works_on_its_contact(kept: Stores) -> None:
    if kept.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    kept.add(message("SM1"))
    elsewhere = open_writer_engine(kept.engine.url.render_as_string(hide_password=False))
    with elsewhere.begin() as working, kept.engine.begin() as arriving:
        assert kept.inbox.leases.claim(working, "one", 1) == [ANA]
        arriving.execute(text("SET LOCAL lock_timeout = '2s'"))
        assert kept.inbox.add(arriving, [Arrival(message("SM2"))]) == [True]
    elsewhere.dispose()


def test_messages_whose_process_died_before_it_expected_their_contact_are_found(kept: Stores) -> None:
    kept.do(kept.inbox.add, [Arrival(message("SM1")), Arrival(message("SM2", sender=BEA))])
    assert claim(kept) == []
    kept.do(kept.inbox.expect, {BEA})
    assert sids(claim(kept)) == [["SM2"]]
    kept.do(kept.inbox.expect)
    assert sids(claim(kept, "two")) == [["SM1"]], "who is worked on is not forgotten"


def test_a_contact_who_waits_for_a_failed_turn_is_not_hurried_by_being_expected(kept: Stores) -> None:
    kept.add(message("SM1"))
    kept.do(kept.inbox.postpone, claim(kept)[0], 5, "RuntimeError: x")
    kept.add(message("SM2"))
    kept.do(kept.inbox.expect)
    assert claim(kept) == []


def test_who_waits_to_be_left_alone_is_known_until_it_is_obeyed(kept: Stores) -> None:
    kept.add(message("SM1", "hola"), message("SM2", "Baja."), message("SM3", "ALTA", sender=BEA))
    assert kept.do(kept.inbox.is_leaving, ANA)
    assert not kept.do(kept.inbox.is_leaving, BEA)
    for _ in range(2):
        turn = next(turn for turn in claim(kept) if turn.contact == ANA)
        kept.do(kept.inbox.finish, turn, DONE)
    assert not kept.do(kept.inbox.is_leaving, ANA)


def test_what_came_too_fast_is_kept_and_not_answered(kept: Stores) -> None:
    kept.do(kept.inbox.add, [Arrival(message("SM1"), Source.RECONCILIATION, InboxStatus.LIMITED)])
    assert claim(kept) == []
    assert kept.rows("SELECT status, source FROM inbox") == [("limited", "reconciliation")]


def test_a_turn_knows_whether_its_contact_wants_no_answers(kept: Stores) -> None:
    for expected in (True, False):
        kept.add(message(f"SM{expected}"))
        kept.do(kept.inbox.opt, ANA, out=expected)
        (turn,) = claim(kept)
        assert turn.is_opted_out is expected
        kept.do(kept.inbox.finish, turn, DONE)


def test_two_processes_that_claim_at_once_share_the_contacts(kept: Stores) -> None:
    for n in range(40):
        kept.add(message(f"SM{n:02}", sender=f"whatsapp:+5215500000{n:03}"))
    claimed: dict[str, list[ClaimedTurn]] = {"one": [], "two": []}
    both = threading.Barrier(2)

    def work(owner: str) -> None:
        both.wait()
        while turns := claim(kept, owner, limit=3):
            claimed[owner] += turns

    threads = [threading.Thread(target=work, args=(owner,)) for owner in claimed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = sorted(turn.sid for turns in claimed.values() for turn in turns)
    assert found == [f"SM{n:02}" for n in range(40)]
