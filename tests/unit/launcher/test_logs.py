"""Each part's output in a file, and its last one too."""

from __future__ import annotations

from pathlib import Path

from launcher.logs import LogFiles


def test_what_a_part_said_before_is_kept_once(tmp_path: Path) -> None:
    for said in ("first", "second", "third"):
        with LogFiles(tmp_path) as files:
            files.write("rasa", said)
            files.write("rasa", "end")

    assert (tmp_path / "rasa.log").read_text() == "third\nend\n"
    assert (tmp_path / "rasa.log.1").read_text() == "second\nend\n"
