"""Log files: each part's output as it wrote it."""

from pathlib import Path
from types import TracebackType
from typing import TextIO


class LogFiles:
    """One file a part in a folder, begun anew each time and the last one kept (`.1`); a context manager closes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: dict[str, TextIO] = {}

    def write(self, name: str, line: str) -> None:
        """Appends a line to the part's file."""
        if name not in self._files:
            path = self.folder / f"{name}.log"
            if path.exists():
                # What a part last said before it died is wanted after the next start.
                path.replace(path.with_suffix(".log.1"))
            self._files[name] = path.open("w", encoding="utf-8", buffering=1)
        self._files[name].write(f"{line}\n")

    def __enter__(self) -> "LogFiles":
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()
