"""What the launcher does with what its parts say."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from launcher.console import Console
from launcher.environment import environment
from launcher.parts import Part
from launcher.supervisor import PartError, System

# Far more than a pipe holds.
TALKS = "for _ in range(20_000): print('a line that nobody can write down')"


async def test_a_part_is_heard_to_its_end_though_its_lines_cannot_be_written_down(tmp_path: Path) -> None:
    part = Part("talker", (sys.executable, "-c", TALKS), port=1, health_url="http://127.0.0.1:1/")
    lines = 0

    def full(name: str, line: str) -> None:
        nonlocal lines
        lines += 1
        raise OSError(28, "No space left on device")

    async with System([part], environment(), Console(), root=tmp_path, sink=full) as system:
        await system.start()
        with pytest.raises(PartError, match="talker died with exit status 0"):
            await system.watch()

    assert lines == 20_000
