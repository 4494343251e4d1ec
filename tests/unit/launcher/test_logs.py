"""Each part's output in a file, and its last one too."""

from __future__ import annotations

from pathlib import Path

import pytest

from launcher import logs
from launcher.logs import LogFiles


def test_what_a_part_said_before_is_kept_once(tmp_path: Path) -> None:
    for said in ("first", "second", "third"):
        with LogFiles(tmp_path) as files:
            files.write("rasa", said)
            files.write("rasa", "end")

    assert (tmp_path / "rasa.log").read_text() == "third\nend\n"
    assert (tmp_path / "rasa.log.1").read_text() == "second\nend\n"


def test_a_file_that_is_large_is_begun_anew_and_kept_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LARGEST", 10)
    with LogFiles(tmp_path) as files:
        for number in range(7):
            files.write("rasa", f"¡{number}!")
        files.write("actions", "short")

    assert (tmp_path / "rasa.log").read_text() == "¡6!\n"
    assert (tmp_path / "rasa.log.1").read_text() == "¡4!\n¡5!\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["actions.log", "rasa.log", "rasa.log.1"]


def test_a_system_that_runs_for_long_does_not_fill_the_disk(tmp_path: Path) -> None:
    line = "x" * 2**20
    with LogFiles(tmp_path) as files:
        for _ in range(45):
            files.write("rasa", line)

    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == 2
    assert max(sizes) <= 20 * 2**20 + len(line)
