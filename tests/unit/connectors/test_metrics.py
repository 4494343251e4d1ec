"""What the Rasa server tells Prometheus, and that no label can grow without end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from connectors import metrics as module
from connectors.metrics import STAGES, Metrics, error_class
from connectors.present import LOOK_SECONDS, Observer, Present, _Look
from connectors.turn_note import intent_of_turn, note_intent, turn_under_way
from connectors.whatsapp.queue_state import QueueState


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def the_process() -> Iterator[Metrics]:
    module.get_metrics.cache_clear()
    yield module.get_metrics()
    module.get_metrics.cache_clear()


def present_values(present: Present) -> dict[str, dict[str, float]]:
    """Give the gauges' values by name and queue."""
    families = list(present.families())
    return {family.name: {s.labels.get("queue", ""): s.value for s in family.samples} for family in families}


@pytest.mark.parametrize(
    ("code", "expected"),
    [(None, "none"), (63016, "63xxx"), (21610, "21xxx"), (0, "other"), (999, "other"), (10**9, "other"), (-1, "other")],
)
def test_error_codes_count_by_their_thousand(code: int | None, expected: str) -> None:
    assert error_class(code) == expected


def test_turns_count_by_the_domains_intents_and_all_others_together(metrics: Metrics) -> None:
    metrics.know_intents(["saludo"])
    for intent in ("saludo", "soy Ana", None):
        metrics.turn("whatsapp", intent, "answered")

    def count(intent: str) -> float | None:
        labels = {"channel": "whatsapp", "intent": intent, "outcome": "answered"}
        return metrics.registry.get_sample_value("orquestador_turns_total", labels)

    assert (count("saludo"), count("other"), count("soy Ana")) == (1, 2, None)


def test_every_stage_is_there_from_the_start(metrics: Metrics) -> None:
    for stage in STAGES:
        assert metrics.registry.get_sample_value("orquestador_stage_seconds_count", {"stage": stage}) == 0


def test_clocks_that_are_apart_make_nothing_shorter_than_nothing(metrics: Metrics) -> None:
    metrics.took("waiting", -3.0)
    assert metrics.registry.get_sample_value("orquestador_stage_seconds_sum", {"stage": "waiting"}) == 0


def test_a_stage_that_breaks_off_is_timed_too(metrics: Metrics) -> None:
    with pytest.raises(KeyError), metrics.timed("rasa"):
        raise KeyError
    assert metrics.registry.get_sample_value("orquestador_stage_seconds_count", {"stage": "rasa"}) == 1


def test_webhooks_count_as_accepted_or_by_their_refusal(metrics: Metrics) -> None:
    for status in (204, 403):
        metrics.webhook("message", status)
    for outcome, status in (("accepted", "204"), ("refused", "403")):
        labels = {"kind": "message", "outcome": outcome, "status": status}
        assert metrics.registry.get_sample_value("orquestador_webhooks_total", labels) == 1


def test_the_log_has_three_functions_to_call(the_process: Metrics) -> None:
    module.log_rows_written(3)
    module.log_rows_dropped(2)
    module.set_log_backlog(lambda: 7)

    value = the_process.registry.get_sample_value
    assert value("orquestador_log_rows_total", {"outcome": "written"}) == 3
    assert value("orquestador_log_rows_total", {"outcome": "dropped"}) == 2
    assert the_process.log_backlog is not None
    assert the_process.log_backlog() == 7


def test_two_registries_do_not_meet() -> None:
    first, second = Metrics(), Metrics()
    first.turn("whatsapp", None, "answered")
    labels = {"channel": "whatsapp", "intent": "other", "outcome": "answered"}
    assert second.registry.get_sample_value("orquestador_turns_total", labels) is None


def test_what_waits_is_shown_by_queue() -> None:
    shown = present_values(Present(QueueState(3, 4.5, 1, 2, 0.5, 6), 7, True))
    assert shown == {
        "orquestador_database_up": {"": 1},
        "orquestador_queue_messages": {"inbox": 3, "parked": 1, "outbox": 2},
        "orquestador_queue_oldest_seconds": {"inbox": 4.5, "outbox": 0.5},
        "orquestador_contacts_handed_over": {"": 6},
        "orquestador_log_backlog_rows": {"": 7},
    }


def test_what_cannot_be_seen_is_left_out_and_not_shown_as_it_was() -> None:
    shown = present_values(Present(None, None, False))
    assert shown.pop("orquestador_database_up") == {"": 0}
    assert not any(shown.values())


async def test_a_look_that_hangs_is_left_out_and_never_begun_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.present.LOOK_SECONDS", 0.05)
    let_go, begun = threading.Event(), []

    def read() -> int:
        begun.append(1)
        let_go.wait(10)
        return 5

    look = _Look(read)
    try:
        assert await asyncio.gather(look.now(), look.now()) == [None, None]
        assert await look.now() is None
        assert len(begun) == 1
    finally:
        let_go.set()
    monkeypatch.setattr("connectors.present.LOOK_SECONDS", LOOK_SECONDS)
    assert await look.now() == 5


async def test_whatever_goes_wrong_in_a_look_only_leaves_it_out(metrics: Metrics) -> None:
    def broken() -> int:
        raise ZeroDivisionError("of somebody else's")

    metrics.log_backlog = broken
    observer = Observer("sqlite:////no/such/folder/at/all.db", metrics)
    assert await observer.look() == Present(None, None, False)
    metrics.log_backlog = lambda: 4
    assert (await observer.look()).log_backlog == 4
    observer.close()


async def test_the_intent_is_noted_from_within_a_turns_tasks_and_nowhere_else() -> None:
    async def understand(intent: str) -> None:
        note_intent(intent)

    async def turn(sid: str, intent: str) -> str | None:
        with turn_under_way(sid) as note:
            await asyncio.create_task(understand(intent))
            assert intent_of_turn() == intent
        return note.intent

    assert await asyncio.gather(turn("SM1", "saludo"), turn("SM2", "ayuda")) == ["saludo", "ayuda"]
    note_intent("nobody's")
    assert intent_of_turn() is None
