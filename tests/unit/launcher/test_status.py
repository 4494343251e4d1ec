import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from launcher import status
from launcher.console import Console
from launcher.parts import Part


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503 if self.path == "/ill" else 200)
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def port():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def part(name, port, path="/health"):
    return Part(name, ("true",), port, f"http://127.0.0.1:{port}{path}")


def test_all_is_well_with_latency_and_process(port, capsys):
    assert status.report([part("sandbox", port)], {}, {"model": "is up to date"}, Console())
    printed = capsys.readouterr().out
    assert "sandbox" in printed
    assert " ms" in printed
    assert f"http://127.0.0.1:{port}/health" in printed
    assert "process " in printed
    assert "model         is up to date" in printed


@pytest.mark.parametrize(("path", "why"), [("/ill", "HTTP 503")])
def test_a_part_that_is_ill_counts_as_down(port, capsys, path, why):
    assert not status.report([part("rasa", port, path), part("actions", port)], {}, {}, Console())
    printed = capsys.readouterr().out
    assert "DOWN" in printed
    assert why in printed


def test_a_part_that_does_not_answer_counts_as_down(port, capsys):
    assert not status.report([part("actions", port)], {"internal API": "http://127.0.0.1:9/"}, {}, Console())
    assert "ConnectError" in capsys.readouterr().out
