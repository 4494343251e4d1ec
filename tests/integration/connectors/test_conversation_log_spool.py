from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from connectors.conversation_log.spool import FILE, Spool
from connectors.errors import SpoolUnavailable

MOMENT = datetime(2026, 11, 24, 15, 0, 0, 123456, tzinfo=timezone.utc)


def row(number: int, user: str = "user_1") -> dict[str, Any]:
    return {"id": f"conv_{number}", "user_id": user, "message": "¿qué tal, señora?", "timestamp": MOMENT}


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path / "new" / "spool", capacity=5)
    yield spool
    spool.close()


def ids(spool: Spool, count: int = 100) -> list[str]:
    return [found["id"] for found in spool.first(count).values()]


def test_rows_come_back_in_order_and_as_they_were(spool: Spool) -> None:
    spool.add([row(1), row(2)])
    spool.add([row(3)])

    assert list(spool.first(2).values()) == [row(1), row(2)]
    assert ids(spool) == ["conv_1", "conv_2", "conv_3"]


def test_rows_are_there_for_the_next_process_without_closing(spool: Spool, tmp_path: Path) -> None:
    spool.add([row(1)])

    assert ids(Spool(tmp_path / "new" / "spool")) == ["conv_1"]


def test_what_does_not_fit_is_counted_and_what_was_there_stays(spool: Spool) -> None:
    assert spool.add([row(n) for n in range(4)]) == 0
    assert spool.add([row(n) for n in range(4, 8)]) == 3

    assert ids(spool) == [f"conv_{n}" for n in range(5)]
    spool.remove(spool.first(2))
    assert spool.add([row(8), row(9), row(10)]) == 1


def test_a_removed_position_is_never_given_again(spool: Spool) -> None:
    spool.add([row(1)])
    (position,) = spool.first(1)
    spool.remove([position])
    spool.add([row(2)])

    # Another process that had read the first row removes it now.
    spool.remove([position])

    assert ids(spool) == ["conv_2"]


def test_forgetting_takes_one_users_rows_and_a_dry_run_none(spool: Spool) -> None:
    spool.add([row(1), row(2, "user_2"), row(3)])

    assert spool.forget("user_1", dry_run=True) == 2
    assert spool.waiting() == 3
    assert spool.forget("user_1") == 2
    assert ids(spool) == ["conv_2"]


def test_asking_leaves_no_file_where_none_was(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "none")

    assert (spool.exists, spool.waiting(), spool.forget("user_1")) == (False, 0, 0)
    assert not (tmp_path / "none").exists()


def test_a_disk_that_takes_nothing_is_named_and_used_again_when_it_is_back(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file where the folder should be")
    spool = Spool(tmp_path / "spool")
    with pytest.raises(SpoolUnavailable, match="LOG_SPOOL_FOLDER"):
        spool.add([row(1)])

    (tmp_path / "spool").unlink()

    assert spool.add([row(1)]) == 0
    assert ids(spool) == ["conv_1"]


def test_a_broken_file_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database" * 1000)

    with pytest.raises(SpoolUnavailable):
        Spool(tmp_path).first(1)


def _add_many(folder: Path, start: int) -> None:
    spool = Spool(folder)
    for number in range(start, start + 100):
        spool.add([row(number)])


def test_several_processes_share_a_file(tmp_path: Path) -> None:
    workers = [
        multiprocessing.get_context("spawn").Process(target=_add_many, args=(tmp_path, 100 * n)) for n in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(ids(Spool(tmp_path), 1000)) == sorted(f"conv_{n}" for n in range(300))


def test_a_forgotten_row_leaves_nothing_in_the_file(spool: Spool, tmp_path: Path) -> None:
    spool.add([row(1)])
    spool.forget("user_1")
    spool.close()
    with sqlite3.connect(tmp_path / "new" / "spool" / FILE) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()

    assert "señora".encode() not in (tmp_path / "new" / "spool" / FILE).read_bytes()
