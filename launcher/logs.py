"""Log files: each part's output as it wrote it."""

from pathlib import Path
from types import TracebackType
from typing import TextIO

LARGEST = 20 * 1024 * 1024
"""How many bytes a file has before it is begun anew, about."""


class LogFiles:
    """One file a part in a folder; a context manager closes them.

    It is begun anew each time, and when it is large; the last one is kept (`.1`).
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: dict[str, TextIO] = {}
        self._sizes: dict[str, int] = {}

    def write(self, name: str, line: str) -> None:
        """Appends a line to the part's file."""
        # A system that runs for months must not fill the disk.
        if name not in self._files or self._sizes[name] >= LARGEST:
            self._begin(name)
        self._sizes[name] += len(line.encode()) + 1
        self._files[name].write(f"{line}\n")

    def _begin(self, name: str) -> None:
        if name in self._files:
            self._files[name].close()
        path = self.folder / f"{name}.log"
        if path.exists():
            # What a part last said before it died is wanted after the next start.
            path.replace(path.with_suffix(".log.1"))
        self._files[name] = path.open("w", encoding="utf-8", buffering=1)
        self._sizes[name] = 0

    def __enter__(self) -> "LogFiles":
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()
