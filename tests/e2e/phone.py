"""A customer's phone, held by the sandbox: writes through signed webhooks and reads what came back."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from connectors.whatsapp.texts import load_texts

REQUEST_FOR_PATIENCE = load_texts().patience
PATIENCE = 30.0
SILENCE = 1.0


@dataclass
class Phone:
    """One contact of the sandbox.

    Attributes:
        sandbox: HTTP client of the sandbox.
        number: E.164.
        seen: how many answers were read so far.
    """

    sandbox: httpx.Client
    number: str
    seen: int = field(default=0)

    def say(self, text: str) -> str:
        """Writes a message and gives all that was answered to it, once the assistant has fallen silent."""
        self.send(text)
        return self.hear()

    def send(self, text: str) -> None:
        """Writes a message without waiting."""
        self.sandbox.post(f"/sandbox/contacts/{self.number}/messages", json={"text": text}).raise_for_status()

    def hear(self) -> str:
        """Gives the answers not read yet; fails when none comes."""
        deadline = time.monotonic() + PATIENCE
        answers = self.unread()
        while not answers and time.monotonic() < deadline:
            time.sleep(0.05)
            answers = self.unread()
        assert answers, f"no answer within {PATIENCE:.0f} s; the conversation: {self.messages()}"
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < SILENCE:
            time.sleep(0.05)
            if len(more := self.unread()) > len(answers):
                answers, quiet_since = more, time.monotonic()
        self.seen += len(answers)
        return "\n".join(answers)

    def messages(self) -> list[dict[str, Any]]:
        """Gives both sides of the conversation, oldest first, but for what only a busy machine has to say."""
        answer = self.sandbox.get(f"/sandbox/contacts/{self.number}/messages")
        answer.raise_for_status()
        listed: list[dict[str, Any]] = answer.json()["messages"]
        return [message for message in listed if message["text"] != REQUEST_FOR_PATIENCE]

    def choices(self) -> int:
        """Gives how many options the last answer offers, as buttons or as a list of them."""
        outbound = [message for message in self.messages() if message["direction"] == "outbound"]
        return len(outbound[-1]["buttons"]) if outbound else 0

    def unread(self) -> list[str]:
        outbound = [m["text"] for m in self.messages() if m["direction"] == "outbound"]
        return outbound[self.seen :]
