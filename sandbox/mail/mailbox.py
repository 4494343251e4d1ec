"""The mails that left the business, in memory."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import Any

from fastapi import FastAPI

MAX_MAILS = 200

Json = dict[str, Any]


def _now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Mail:
    """A mail in plain text; `at` is when it left."""

    to: str
    subject: str
    text: str
    at: datetime = field(default_factory=_now)

    def as_json(self) -> Json:
        """Return the mail with its time in ISO 8601."""
        return {**asdict(self), "at": self.at.isoformat()}


class Mailbox:
    """Keeps the last mails, gone with the process; safe to use from many threads."""

    def __init__(self) -> None:
        self._mails: deque[Mail] = deque(maxlen=MAX_MAILS)
        self._listeners: list[Callable[[Mail], None]] = []
        self._changing = threading.Lock()

    def deliver(self, mail: Mail) -> None:
        """Keep a mail and tell the listeners, on this thread; past the bound, the oldest one goes."""
        with self._changing:
            self._mails.append(mail)
            listeners = tuple(self._listeners)
        for tell in listeners:
            tell(mail)

    def mails(self, to: str | None = None) -> list[Mail]:
        """Return the mails, or those to one address in whatever case, the newest first."""
        with self._changing:
            newest_first = list(reversed(self._mails))
        return [mail for mail in newest_first if to is None or mail.to == to.lower()]

    @contextmanager
    def telling(self, tell: Callable[[Mail], None]) -> Iterator[None]:
        """Have every mail told while the context lasts."""
        with self._changing:
            self._listeners.append(tell)
        try:
            yield
        finally:
            with self._changing:
                self._listeners.remove(tell)


def mailbox_of(app: FastAPI) -> Mailbox:
    """Return the application's mailbox, which all parts of the sandbox share."""
    if not hasattr(app.state, "mailbox"):
        app.state.mailbox = Mailbox()
    mailbox: Mailbox = app.state.mailbox
    return mailbox
