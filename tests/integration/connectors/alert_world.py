"""Watches on a real database, whose messages go to a list or to a receiver on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from connectors.settings import Settings

WELL: Mapping[str, Any] = {}


@dataclass
class Receiver:
    """A webhook that takes messages, after the answers it was told to give first."""

    url: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    attempts: int = 0
    is_silent: bool = False
    released: threading.Event = field(default_factory=threading.Event)

    def titles(self) -> list[str]:
        return [message["text"].splitlines()[0] for message in self.messages]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.attempts += 1
            if receiver.is_silent:
                receiver.released.wait(30)
                return
            status, headers = receiver.refusals.pop(0) if receiver.refusals else (200, {})
            if status == 200:
                receiver.messages.append(json.loads(body))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}/services/T0/B0/s3cret"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def settings_of(database_url: str, **chosen: Any) -> Settings:
    """Return settings that suit tests."""
    return Settings(**{"database_url": database_url, "log_key": "a-log-key", **chosen})
