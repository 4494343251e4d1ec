"""What Prometheus is told of the Rasa server. No label holds what comes from a customer, or grows without end."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache
from http import HTTPStatus

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

OTHER = "other"
STAGES = ("acknowledging", "waiting", "rasa", "sending", "whole")
"""The parts of a turn, in seconds.

* acknowledging: a webhook, from its headers to its answer
* waiting: a turn, from its message's arrival until it is begun for the first time
* rasa: understanding, actions and answer
* sending: an answer, from the outbox until Twilio has taken it
* whole: a turn, from its message's arrival until Twilio has taken its last answer
"""

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 300, 3600)
_LOG_OUTCOMES = ("written", "dropped")


class Metrics:
    """All that is counted and timed in this process; safe for any thread.

    Attributes:
        registry: what there is to be exposed, the process's own figures too.
        log_backlog: gives how many rows of the conversation log wait to be written, if there is such a log; it may
            read files.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.log_backlog: Callable[[], int] | None = None
        self._intents: frozenset[str] = frozenset()
        self._turns = Counter(
            "orquestador_turns",
            "Turns by channel, by what was understood and by what became of them.",
            ("channel", "intent", "outcome"),
            registry=self.registry,
        )
        self._stages = Histogram(
            "orquestador_stage_seconds",
            "How long the parts of a turn took.",
            ("stage",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._webhooks = Counter(
            "orquestador_webhooks",
            "Requests at the WhatsApp channel's door, by kind and by the answer they got.",
            ("kind", "outcome", "status"),
            registry=self.registry,
        )
        self._deliveries = Counter(
            "orquestador_deliveries",
            "What became of answers: what Twilio said when it was given one, and its receipts.",
            ("status", "error_class"),
            registry=self.registry,
        )
        self._log_rows = Counter(
            "orquestador_log_rows",
            "Rows of the conversation log that were written, or lost.",
            ("outcome",),
            registry=self.registry,
        )
        for stage in STAGES:
            self._stages.labels(stage)
        for outcome in _LOG_OUTCOMES:
            self._log_rows.labels(outcome)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def know_intents(self, names: Collection[str]) -> None:
        """Count turns by these intents; all others are `other`."""
        self._intents = frozenset(names)

    def turn(self, channel: str, intent: str | None, outcome: str) -> None:
        """Count a turn: `outcome` is one of the inbox's states, or `repeated` for one that is tried again."""
        known = intent if intent in self._intents else OTHER
        self._turns.labels(channel, known, outcome).inc()

    def took(self, stage: str, seconds: float) -> None:
        """Note how long a part of a turn took; clocks that are apart make nothing shorter than nothing."""
        self._stages.labels(stage).observe(max(0.0, seconds))

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Note how long the block takes, whatever becomes of it."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.took(stage, time.perf_counter() - started)

    def webhook(self, kind: str, status: int) -> None:
        """Count a request at the channel's door: `kind` is message or receipt."""
        outcome = "accepted" if status < HTTPStatus.BAD_REQUEST else "refused"
        self._webhooks.labels(kind, outcome, str(status)).inc()

    def delivery(self, status: str, error_code: int | None = None) -> None:
        """Count a step of an answer's way: one of Twilio's states, or `postponed` for one that is tried again."""
        self._deliveries.labels(status, error_class(error_code)).inc()

    def log_rows(self, outcome: str, count: int) -> None:
        """Count rows of the conversation log that were `written` or `dropped`."""
        self._log_rows.labels(outcome).inc(count)


@lru_cache(maxsize=1)
def get_metrics() -> Metrics:
    """Return this process's metrics, made at the first call."""
    return Metrics()


def error_class(code: int | None) -> str:
    """Return the thousand that one of Twilio's error codes belongs to, `63xxx` for 63016; `none` without a code."""
    if code is None:
        return "none"
    return f"{code // 1000}xxx" if 10_000 <= code < 100_000 else OTHER


def log_rows_written(count: int) -> None:
    """Count rows that reached the conversation log's database."""
    get_metrics().log_rows("written", count)


def log_rows_dropped(count: int) -> None:
    """Count rows that the conversation log had to give up."""
    get_metrics().log_rows("dropped", count)


def set_log_backlog(rows: Callable[[], int] | None) -> None:
    """Have `rows` asked, at each scrape and on a thread of its own, how many rows wait; None when there is no log."""
    get_metrics().log_backlog = rows
