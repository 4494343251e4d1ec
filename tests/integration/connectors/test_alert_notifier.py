"""The way to the webhook, over real HTTP."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from collections.abc import Iterator

import pytest
import stamina

from connectors.alerts import notifier as module
from connectors.alerts import send_test
from connectors.alerts.messages import trial_payload
from connectors.alerts.notifier import Notifier
from connectors.errors import AlertNotTaken
from connectors.settings import Settings
from tests.integration.connectors.alert_world import Receiver, receiving
from tests.integration.connectors.databases import ROOT

MESSAGE = {"text": "hello", "blocks": []}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def notifier_of(receiver: Receiver, now: list[float] | None = None) -> Notifier:
    time = now or [100.0]
    return Notifier(Settings(alert_webhook_url=receiver.url), first_delay=0.01, clock=lambda: time[0])


async def test_a_message_arrives_as_it_is(receiver: Receiver) -> None:
    notifier = notifier_of(receiver)
    assert await notifier.send(MESSAGE) is None
    await notifier.aclose()
    assert receiver.messages == [MESSAGE]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_passes_is_tried_again(status: int, receiver: Receiver) -> None:
    receiver.refusals = [(status, {})] * 3
    notifier = notifier_of(receiver)
    assert await notifier.send(MESSAGE) is None
    await notifier.aclose()
    assert (receiver.attempts, receiver.messages) == (4, [MESSAGE])


@pytest.mark.parametrize("status", [302, 400, 403, 404, 410])
async def test_what_does_not_pass_is_tried_once(status: int, receiver: Receiver) -> None:
    receiver.refusals = [(status, {"Location": "/elsewhere"})]
    notifier = notifier_of(receiver)
    assert await notifier.send(MESSAGE) == f"HTTP {status}"
    await notifier.aclose()
    assert (receiver.attempts, receiver.messages) == (1, [])


async def test_a_webhook_that_does_not_recover_is_given_up(receiver: Receiver) -> None:
    receiver.refusals = [(503, {})] * 10
    notifier = notifier_of(receiver)
    assert await notifier.send(MESSAGE) == "HTTP 503"
    await notifier.aclose()
    assert receiver.attempts == module.ATTEMPTS


async def test_it_waits_for_as_long_as_the_webhook_asks(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    monkeypatch.setattr(stamina._core, "_smart_sleep", noted)
    receiver.refusals = [(429, {"Retry-After": "7"}), (503, {"Retry-After": "3"})]
    notifier = notifier_of(receiver)
    assert await notifier.send(MESSAGE) is None
    await notifier.aclose()
    assert waits == [7, 3]


async def test_a_long_pause_that_it_is_asked_for_is_kept_without_waiting(receiver: Receiver) -> None:
    receiver.refusals = [(429, {"Retry-After": "600"})]
    now = [100.0]
    notifier = notifier_of(receiver, now)
    assert await notifier.send(MESSAGE) == "HTTP 429"
    now[0] += 599
    assert await notifier.send(MESSAGE) == "the webhook asked for a pause"
    assert receiver.attempts == 1
    now[0] += 2
    assert await notifier.send(MESSAGE) is None
    await notifier.aclose()
    assert receiver.messages == [MESSAGE]


async def test_nobody_waits_for_a_webhook_that_does_not_answer(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.2)
    receiver.is_silent = True
    notifier = notifier_of(receiver)
    assert await notifier.send(MESSAGE) == "not taken within 0 s"
    await notifier.aclose()


async def test_no_error_and_no_log_line_holds_the_secret_address(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # as the server's logs have it
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{free.getsockname()[1]}/services/T0/B0/s3cret"
    notifier = Notifier(Settings(alert_webhook_url=closed), first_delay=0.01)
    reason = await notifier.send(MESSAGE)
    await notifier.aclose()
    receiver.refusals = [(500, {}), (404, {})]
    other = notifier_of(receiver)
    assert await other.send(MESSAGE) == "HTTP 404"
    await other.aclose()

    assert reason == "no answer: ConnectError"
    logged = caplog.text + capsys.readouterr().out
    assert "stamina" in logged
    assert "s3cret" not in logged


async def test_without_a_webhook_there_is_nothing_to_do() -> None:
    notifier = Notifier(Settings())
    assert await notifier.send(MESSAGE) is None
    assert not notifier.has_webhook
    await notifier.aclose()


async def test_a_test_is_sent_or_says_why_it_was_not(receiver: Receiver) -> None:
    assert await send_test(Settings(alert_webhook_url=receiver.url)) == {"sent": 1}
    assert receiver.messages == [trial_payload()]
    receiver.refusals = [(404, {})]
    with pytest.raises(AlertNotTaken, match=r"^HTTP 404$"):
        await send_test(Settings(alert_webhook_url=receiver.url))
    with pytest.raises(AlertNotTaken, match=r"^ALERT_WEBHOOK_URL is not set"):
        await send_test(Settings())


async def run(*arguments: str, **variables: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-m", "connectors.alerts", *arguments),
        cwd=ROOT,
        env={"PATH": "", "SQLALCHEMY_SILENCE_UBER_WARNING": "1", **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_an_operator_tries_the_way_at_a_terminal(receiver: Receiver) -> None:
    assert await run("test", ALERT_WEBHOOK_URL=receiver.url) == (0, "The webhook took the message.\n")
    assert receiver.messages == [trial_payload()]
    receiver.refusals = [(403, {})]
    assert await run("test", ALERT_WEBHOOK_URL=receiver.url) == (1, "test: HTTP 403\n")
