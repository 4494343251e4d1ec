"""A server between the assistant and its neighbours, which records what passes and tampers with answers on demand."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from tests.e2e.conftest import SANDBOX

PORT = 8091
Answer = tuple[int, bytes]


@dataclass
class Between:
    """What passed, and what is changed of it.

    Attributes:
        prompts: what the model was asked, as it was sent.
        tamper: gives another answer for a path and the sandbox's own answer.
    """

    prompts: list[dict[str, Any]] = field(default_factory=list)
    tamper: Callable[[str, Answer], Answer] | None = None

    def words_sent(self) -> list[str]:
        """Gives what the model was given to reword."""
        return [text for message in self._of_users() for text in re.findall(_marked("plantilla"), message, re.DOTALL)]

    def tones_sent(self) -> set[str]:
        """Gives each word and sign by which the model was told how a customer sounds."""
        tones = [text for message in self._of_users() for text in re.findall(_marked("tono"), message, re.DOTALL)]
        return {piece for tone in tones for piece in tone.split()}

    def everything_sent(self) -> str:
        """Gives all that the model was sent."""
        return json.dumps(self.prompts, ensure_ascii=False)

    def _of_users(self) -> list[str]:
        messages = [message for prompt in self.prompts for message in prompt["messages"]]
        return [message["content"] for message in messages if message["role"] == "user"]

    @contextmanager
    def tampering(self, change: Callable[[str, Answer], Answer]) -> Iterator[None]:
        """Has answers of the internal API changed while the context lasts."""
        self.tamper = change
        try:
            yield
        finally:
            self.tamper = None

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serves on a port of this machine while the context lasts."""
        with httpx.Client(base_url=SANDBOX, timeout=60.0, trust_env=False) as sandbox:
            server = ThreadingHTTPServer(("127.0.0.1", PORT), _handler(self, sandbox))
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield
            finally:
                server.shutdown()
                server.server_close()
                thread.join()


def _handler(between: Between, sandbox: httpx.Client) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            dropped = ("host", "content-length", "connection", "accept-encoding")
            headers = {name: value for name, value in self.headers.items() if name.lower() not in dropped}
            if self.path.endswith("/chat/completions"):
                between.prompts.append(json.loads(body))
            answer = sandbox.request(self.command, self.path, content=body, headers=headers)
            status, content = answer.status_code, answer.content
            if between.tamper and self.path.startswith("/v1/"):
                status, content = between.tamper(self.path, (status, content))
            self.send_response(status)
            self.send_header("content-type", answer.headers.get("content-type", "application/json"))
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            try:
                self.wfile.write(content)
            except OSError:  # who asked has had enough of it
                self.close_connection = True

        do_GET = do_POST = do_PATCH = _pass_on  # noqa: N815 -- the names are http.server's

        def log_message(self, *args: object) -> None:
            """Stays silent."""

    return Handler


def _marked(name: str) -> str:
    return rf"<{name}>\n(.*?)\n</{name}>"
