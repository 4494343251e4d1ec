"""The queue of an SQLite file's writers."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy.engine import make_url

from connectors.write_queue import WriteQueue, turn_to_write


def started(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def waiting(queue: WriteQueue, count: int, urgent: int) -> None:
    """Wait until so many threads stand in the queue."""
    while len(queue._changed._waiters) < count or queue._urgent < urgent:  # type: ignore[attr-defined]
        threading.Event().wait(0.001)


def test_the_urgent_write_first_and_nobody_beside_another() -> None:
    queue, order, writing = WriteQueue(), [], []

    def write(name: str, urgent: bool) -> None:
        with queue.turn(urgent=urgent):
            writing.append(name)
            assert len(writing) == 1
            order.append(name)
            writing.remove(name)

    with queue.turn():
        threads = [started(lambda: write("patient", False)) for _ in range(8)]
        waiting(queue, 8, 0)
        threads.append(started(lambda: write("urgent", True)))
        waiting(queue, 9, 1)
    for thread in threads:
        thread.join()

    assert order == ["urgent", *["patient"] * 8]


def test_who_fails_while_writing_leaves_the_place_to_the_next() -> None:
    queue = WriteQueue()
    with pytest.raises(RuntimeError), queue.turn():
        raise RuntimeError
    with queue.turn():
        pass


def test_who_gives_up_waiting_leaves_the_others_their_turn() -> None:
    queue, done = WriteQueue(), []

    def write() -> None:
        with queue.turn():
            done.append("patient")

    with queue.turn():
        patient = started(write)
        waiting(queue, 1, 0)
        with pytest.raises(TimeoutError), queue.turn(urgent=True, seconds=0.01):
            done.append("never")
    patient.join()

    assert done == ["patient"]
    assert queue._urgent == 0


def test_all_who_write_to_one_file_stand_in_one_queue_and_a_server_has_none() -> None:
    order: list[str] = []

    def write() -> None:
        with turn_to_write(make_url("sqlite:////tmp/one.db")):
            order.append("after")

    with turn_to_write(make_url("sqlite:////tmp/one.db")):
        thread = started(write)
        server = make_url("postgresql://h/one")
        with turn_to_write(make_url("sqlite:////tmp/other.db")), turn_to_write(server), turn_to_write(server):
            order.append("before")
    thread.join()

    assert order == ["before", "after"]
