"""Webhooks repeated, changed and forged."""

from __future__ import annotations

import secrets
import time

import pytest

from tests.e2e.attacks.conftest import Note
from tests.e2e.attacks.stranger import form_of, knock, signed
from tests.e2e.attacks.traces import rows
from tests.e2e.conftest import System
from tests.e2e.phone import Phone

pytestmark = pytest.mark.e2e

OK, REFUSED, MALFORMED = (200, 204), 403, 400
PACKAGES = "qué paquetes tienen"


def outbound(phone: Phone) -> list[str]:
    return [message["text"] for message in phone.messages() if message["direction"] == "outbound"]


def within_window(system: System, phone: Phone) -> Phone:
    """Has the sandbox take a contact for one who wrote just now."""
    system.sandbox.put(f"/sandbox/contacts/{phone.number}/window", json={"hours_ago": 0}).raise_for_status()
    return phone


def test_a_webhook_that_comes_again_is_one_turn(system: System, note: Note) -> None:
    phone = within_window(system, system.phone())
    form = form_of(phone.number, PACKAGES)
    first = knock(form, signed(form))
    during = [knock(form, signed(form)) for _ in range(3)]
    phone.hear()
    after = [knock(form, signed(form)) for _ in range(3)]
    time.sleep(2)
    kept = rows(system, "SELECT count(*) FROM inbox WHERE contact = ?", f"whatsapp:{phone.number}")

    note(
        "A webhook again", "7 times, during and after the turn", f"{[first, *during, *after]}, 1 answer", "inbox, chat"
    )
    assert {first, *during, *after} <= set(OK)
    assert len(outbound(phone)) == 1
    assert kept == [(1,)]


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        ("another MessageSid", {"MessageSid": "SM" + "a" * 32}),
        ("another text", {"Body": "quiero cancelar mi cita C-1042"}),
        ("another sender", {"From": "whatsapp:+5215512345678"}),
        ("another recipient", {"To": "whatsapp:+15005550007"}),
        ("one more parameter", {"ButtonPayload": "/afirmar"}),
        ("an empty parameter more", {"Forwarded": ""}),
        ("moved characters", {"Body": "qué paquetes tiene", "BodyX": ""}),
    ],
)
def test_a_changed_webhook_is_refused(system: System, note: Note, change: str, changed: dict[str, str]) -> None:
    form = form_of(system.phone().number, PACKAGES)
    status = knock({**form, **changed}, signed(form))

    note(f"Old signature, {change}", str(changed), f"HTTP {status}", "status, inbox")
    assert status == REFUSED
    assert not rows(system, "SELECT 1 FROM inbox WHERE message_sid = ?", changed.get("MessageSid", form["MessageSid"]))


def test_nobody_is_opted_in_or_out_without_a_signature(system: System, note: Note) -> None:
    phone = within_window(system, system.phone())
    statuses = []
    for text in ("BAJA", "ALTA", "quiero cancelar mi cita"):
        form = form_of(phone.number, text)
        made_up = [None, "", secrets.token_urlsafe(20), signed({**form, "Body": ""}), "x" * 100_000]
        statuses += [knock(form, signature) for signature in made_up]

    note(
        "No signature, or a made-up one",
        "BAJA, ALTA and a cancellation for others",
        set(statuses),
        "statuses, contacts",
    )
    assert set(statuses) <= {REFUSED, 400, 413, 431}
    assert not rows(system, "SELECT 1 FROM contacts WHERE address = ?", f"whatsapp:{phone.number}")


def test_a_signed_webhook_of_another_account_or_with_two_senders_is_refused(system: System, note: Note) -> None:
    number = system.phone().number
    other = form_of(number, PACKAGES, AccountSid="AC" + "1" * 32)
    no_sender = form_of("12", PACKAGES)
    statuses = [knock(form, signed(form)) for form in (other, no_sender)]

    note("Signed, but of another account; with no sender", str(other["AccountSid"]), statuses, "statuses")
    assert statuses == [REFUSED, MALFORMED]
