"""The launcher with small real processes in the place of the real parts."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PART = str(HERE / "fake_part.py")
UP = "Everything is up."
PATIENCE = 30


class Launched:
    """A launcher that runs as its own process, and what it has said so far."""

    def __init__(self, parts: list[dict[str, object]]) -> None:
        self.output = ""
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "fake_system.py"), json.dumps(parts)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def read_until(self, words: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line
            if words in line:
                return self.output
        raise AssertionError(f"never said {words!r}:\n{self.output}")

    def end(self) -> int:
        rest, _ = self.process.communicate(timeout=PATIENCE)
        self.output += rest
        return self.process.returncode

    def part_pids(self) -> list[int]:
        return [int(pid) for pid in re.findall(r"pid=(\d+)", self.output)]


@pytest.fixture
def launch() -> Iterator[type[Launched]]:
    started: list[Launched] = []

    def start(*parts: dict[str, object]) -> Launched:
        started.append(Launched(list(parts)))
        return started[-1]

    yield start
    for launched in started:
        launched.process.kill()
        launched.process.wait()
        launched.process.stdout.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def part(name: str, *options: str, port: int | None = None, **more: object) -> dict[str, object]:
    port = port or free_port()
    command = [sys.executable, PART, str(port), *options]
    url = f"http://127.0.0.1:{port}/health"
    return {"name": name, "command": command, "port": port, "health_url": url, **more}


def wait_gone(pid: int) -> bool:
    """Waits for the end of a process that is not our child, and tells whether it came."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], PATIENCE)[0])
    finally:
        os.close(descriptor)


def test_says_when_every_part_is_up_and_passes_their_lines_on_by_name(launch):
    launched = launch(part("uno", "--says", "aquí estoy"), part("segundo"))
    output = launched.read_until(UP)
    assert re.search(r"^uno     \| aquí estoy", output, re.MULTILINE)
    assert re.search(r"^segundo \| hello", output, re.MULTILINE)
    assert "\033" not in output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_every_part_and_is_no_failure(launch, number):
    launched = launch(part("uno"), part("dos", "--with-child"))
    launched.read_until(UP)
    launched.process.send_signal(number)
    assert launched.end() == 0
    pids = launched.part_pids()
    assert len(pids) == 3
    assert all(wait_gone(pid) for pid in pids)


@pytest.fixture
def signals_ignored() -> Iterator[None]:
    """As `nohup` hands them on to what it starts, and a shell to what it starts with `&`."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGHUP, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_the_end_of_its_terminal_is_nothing_to_a_launcher_under_nohup_and_ctrl_c_still_is(signals_ignored, launch):
    launched = launch(part("uno"))
    launched.read_until(UP)
    launched.process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        launched.process.wait(1)
    launched.process.send_signal(signal.SIGINT)
    assert launched.end() == 0


def test_a_signal_during_the_start_stops_what_was_started(launch):
    never = part("nunca", health_url=f"http://127.0.0.1:{free_port()}/")
    launched = launch(part("uno"), never)
    launched.read_until("uno is up")
    launched.process.send_signal(signal.SIGINT)
    assert launched.end() == 0
    assert all(wait_gone(pid) for pid in launched.part_pids())


def test_a_part_that_does_not_listen_to_sigterm_is_killed_by_a_second_ctrl_c(launch):
    launched = launch(part("sordo", "--ignores-sigterm"))
    launched.read_until(UP)
    launched.process.send_signal(signal.SIGINT)
    launched.read_until("Stopping")
    launched.process.send_signal(signal.SIGINT)
    assert launched.end() == 0
    assert all(wait_gone(pid) for pid in launched.part_pids())


def test_a_part_that_dies_is_named_with_its_status_and_last_lines_and_ends_everything(launch):
    launched = launch(part("frágil"), part("sano"))
    launched.read_until(UP)
    fragile = re.search(r"^frágil +\| hello pid=(\d+)", launched.output, re.MULTILINE)
    assert fragile
    os.kill(int(fragile[1]), signal.SIGUSR1)
    assert launched.end() == 1
    assert "frágil died with exit status 3" in launched.output
    assert "    the disk is on fire" in launched.output
    assert all(wait_gone(pid) for pid in launched.part_pids())


def test_a_part_that_a_signal_killed_is_named_with_the_signal(launch):
    launched = launch(part("uno"))
    launched.read_until(UP)
    os.kill(launched.part_pids()[0], signal.SIGKILL)
    assert launched.end() == 1
    assert "uno died with signal SIGKILL" in launched.output


def test_a_part_that_dies_at_the_start_ends_everything_before_it_is_called_up(launch):
    launched = launch(part("sano"), part("roto", "--dies-at-start"))
    assert launched.end() == 1
    assert "roto died with exit status 7" in launched.output
    assert "    no such table: citas" in launched.output
    assert UP not in launched.output
    assert all(wait_gone(pid) for pid in launched.part_pids())


def test_a_part_that_answers_but_says_that_it_cannot_work_is_not_up(launch):
    sick = part("rasa", "--says", "Could not load model due to x", failure_pattern="Could not load model")
    launched = launch(sick)
    assert launched.end() == 1
    assert "rasa cannot work: Could not load model due to x" in launched.output
    assert UP not in launched.output


def test_a_part_that_takes_too_long_is_named(launch):
    launched = launch(part("lento", health_url=f"http://127.0.0.1:{free_port()}/", start_seconds=0.5))
    assert launched.end() == 1
    assert "lento did not answer" in launched.output


def test_a_part_that_cannot_be_started_is_named(launch):
    launched = launch({**part("fantasma"), "command": ["/no/such/program"]})
    assert launched.end() == 1
    assert "fantasma died" in launched.output
    assert "cannot start /no/such/program" in launched.output


def test_a_taken_port_is_named_with_who_wants_and_who_has_it_before_anything_starts(launch):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        launched = launch(part("uno"), part("dos", port=port))
        assert launched.end() == 1
    assert f"port {port}, which dos needs, is taken by process {os.getpid()}" in launched.output
    assert launched.part_pids() == []


def test_no_part_outlives_a_launcher_that_was_killed(launch):
    launched = launch(part("uno"), part("dos", "--ignores-sigterm"))
    launched.read_until(UP)
    launched.process.kill()
    assert len(launched.part_pids()) == 2
    assert all(wait_gone(pid) for pid in launched.part_pids())


def test_a_launcher_whose_reader_is_gone_stops_everything(launch):
    launched = launch(part("uno"), part("dos"))
    launched.read_until(UP)
    pids = launched.part_pids()
    assert launched.process.stdout is not None
    launched.process.stdout.close()
    os.kill(pids[0], signal.SIGUSR2)  # gives the launcher something to pass on
    launched.process.wait(PATIENCE)
    assert all(wait_gone(pid) for pid in pids)
