"""The mails that the business sends, seen over HTTP and on the phone page's stream of events."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from sandbox.app import create_app
from sandbox.mail.mailbox import MAX_MAILS, Mail, Mailbox
from sandbox.settings import Settings
from tests.integration.sandbox.twilio_world import running_app

TOKEN = "the-token"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The whole sandbox, as it is run."""
    database = f"sqlite:///{tmp_path_factory.mktemp('mails')}/sandbox.db"
    app = create_app(Settings(sandbox_database_url=database, internal_api_token=TOKEN))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with running_app(app) as url, httpx.Client(base_url=url, headers=headers, trust_env=False) as client:
        yield client


def ask_for_a_code(sandbox: httpx.Client, email: str, conversation: str) -> None:
    headers = {
        "X-Customer-Email": email,
        "X-Conversation-Id": conversation,
        "Idempotency-Key": f"{email}{conversation}",
    }
    response = sandbox.post("/v1/verifications", headers=headers, json={})
    assert response.status_code == 202, response.text


def mails(sandbox: httpx.Client, **query: str) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = sandbox.get("/sandbox/mails", params=query).json()["mails"]
    return listed


def test_lists_the_newest_first_and_by_address(sandbox: httpx.Client) -> None:
    for number, email in enumerate(("ana@example.com", "luis@example.com", "ana@example.com")):
        ask_for_a_code(sandbox, email, f"list.{number}")

    assert [mail["to"] for mail in mails(sandbox)[:3]] == ["ana@example.com", "luis@example.com", "ana@example.com"]
    moments = [mail["at"] for mail in mails(sandbox)]
    assert moments == sorted(moments, reverse=True)
    assert {mail["to"] for mail in mails(sandbox, to="Luis@Example.com")} == {"luis@example.com"}
    assert mails(sandbox, to="nobody@example.com") == []
    assert set(mails(sandbox)[0]) == {"to", "subject", "text", "at"}


def test_an_open_page_is_told_of_a_mail_as_it_leaves(sandbox: httpx.Client) -> None:
    with sandbox.stream("GET", "/sandbox/events") as stream:
        lines = stream.iter_lines()
        assert "event: hello" in (next(lines), next(lines))
        ask_for_a_code(sandbox, "valentina@example.com", "page")
        while next(lines) != "event: mail":
            pass
        told = json.loads(next(lines).removeprefix("data: "))

    assert told == mails(sandbox, to="valentina@example.com")[0]


def test_keeps_the_last_mails_only() -> None:
    mailbox = Mailbox()
    for number in range(MAX_MAILS + 2):
        mailbox.deliver(Mail("ana@example.com", f"{number}", ""))

    kept = [mail.subject for mail in mailbox.mails()]
    assert (kept[0], kept[-1], len(kept)) == (f"{MAX_MAILS + 1}", "2", MAX_MAILS)


def test_tells_of_mails_only_as_long_as_one_listens() -> None:
    mailbox, told = Mailbox(), list[Mail]()
    with mailbox.telling(told.append):
        mailbox.deliver(Mail("ana@example.com", "heard", ""))
    mailbox.deliver(Mail("ana@example.com", "missed", ""))

    assert [mail.subject for mail in told] == ["heard"]
