"""Who attacks: contacts in parallel, mailboxes that are not theirs, webhooks of their own making."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import TypeVar

import httpx
from twilio.request_validator import RequestValidator

from connectors.settings import SANDBOX_ACCOUNT_SID, SANDBOX_AUTH_TOKEN
from tests.e2e.conftest import RASA, System
from tests.e2e.phone import Phone

T = TypeVar("T")
R = TypeVar("R")
WEBHOOK = "/api/whatsapp/webhook"
REST = "/webhooks/rest/webhook"
AT_ONCE = 6
_began: list[datetime] = []


def each(work: Callable[[T], R], given: Iterable[T]) -> list[R]:
    """Does something for each at the same time, and gives the results in order."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(work, given))


def told(system: System, *texts: str, phone: Phone | None = None) -> list[str]:
    """Has one contact, a new one unless given, say these one after the other; gives the answers."""
    phone = phone or system.phone()
    return [phone.say(text) for text in texts]


def codes_of(system: System, email: str) -> list[str]:
    """Gives the codes that were mailed to somebody since the attack began, the newest first."""
    mails = system.sandbox.get("/sandbox/mails", params={"to": email}).json()["mails"]
    recent = (mail["text"] for mail in mails if datetime.fromisoformat(mail["at"]) >= _began[-1])
    return [found[0] for text in recent if (found := re.search(r"\b\d{6}\b", text))]


def begin() -> None:
    """Begins an attack: mails of those before do not count."""
    _began.append(datetime.now(timezone.utc))


def other_than(code: str, by: int = 1) -> str:
    """Gives another code."""
    return f"{(int(code) + by) % 10**6:06d}"


def form_of(number: str, body: str, **more: str) -> dict[str, str]:
    """Gives the form of a webhook about a message with an id of its own."""
    return {
        "AccountSid": SANDBOX_ACCOUNT_SID,
        "ApiVersion": "2010-04-01",
        "Body": body,
        "From": f"whatsapp:{number}",
        "MessageSid": "SM" + secrets.token_hex(16),
        "MessageType": "text",
        "NumMedia": "0",
        "To": "whatsapp:+15005550006",
        **more,
    }


def signed(form: Mapping[str, str], server: str = RASA) -> str:
    """Gives Twilio's signature of a webhook."""
    signature: str = RequestValidator(SANDBOX_AUTH_TOKEN).compute_signature(server + WEBHOOK, dict(form))
    return signature


def knock(form: Mapping[str, str], signature: str | None, server: str = RASA) -> int:
    """Posts a webhook and gives the status of the answer."""
    headers = {"X-Twilio-Signature": signature} if signature is not None else {}
    answer = httpx.post(server + WEBHOOK, data=dict(form), headers=headers, timeout=60.0, trust_env=False)
    return answer.status_code


def rest(sender: str, message: str, server: str = RASA, **more: object) -> str:
    """Says something through the REST channel and gives what is answered."""
    body = {"sender": sender, "message": message, **more}
    answer = httpx.post(server + REST, json=body, timeout=60.0, trust_env=False)
    if answer.status_code != httpx.codes.OK:
        return f"HTTP {answer.status_code}"
    return "\n".join(str(said.get("text")) for said in answer.json())
