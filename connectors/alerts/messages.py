"""What is told, as a message that Slack takes: short, in plain English, without links and personal data."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from connectors.alerts.conditions import Severity
from connectors.alerts.episodes import Alert, Telling
from privacy import redact

Payload = dict[str, Any]

_SIGNS = {Severity.CRITICAL: "🔴", Severity.WARNING: "🟠"}
_WELL = "🟢"
# Slack takes ten fields in a block: https://docs.slack.dev/reference/block-kit/blocks/section-block
_MAX_FIELDS = 10
_MAX_TEXT = 300
_TRIAL = "Test of the alerts: this is how they arrive. Nothing is wrong."


def payload(telling: Telling, alert: Alert) -> Payload:
    """Return the message that tells of an alert."""
    condition = alert.condition
    title = _clean(condition.title)
    facts = {_clean(name): _clean(value) for name, value in condition.facts.items()}
    # Of one that is over, when it was found last is nearer to its end than when it had been missing for long enough.
    length = _span(alert.seen_at - alert.since)
    if telling is Telling.ENDS:
        return _message(f"{_WELL} Over: {title}", {}, f"It began at {_moment(alert.since)} and lasted {length}.")
    word = "Still: " if telling is Telling.LASTS else ""
    times = "once" if alert.sightings == 1 else f"{alert.sightings} times"
    lasts = f"Since {_moment(alert.since)}, for {length}, seen {times}."
    return _message(f"{_SIGNS[condition.severity]} {word}{title}", facts, lasts)


def trial_payload() -> Payload:
    """Return a message that tries the way."""
    return _message(f"{_WELL} {_TRIAL}", {}, "")


def _message(title: str, facts: dict[str, str], footer: str) -> Payload:
    lines = [title, *(f"{name}: {value}" for name, value in facts.items()), footer]
    blocks: list[Payload] = [{"type": "section", "text": _markdown(f"*{title}*")}]
    if facts:
        fields = [_markdown(f"*{name}*\n{value}") for name, value in facts.items()]
        blocks.append({"type": "section", "fields": fields[:_MAX_FIELDS]})
    if footer:
        blocks.append({"type": "context", "elements": [_markdown(footer)]})
    return {"text": "\n".join(line for line in lines if line), "blocks": blocks}


def _markdown(text: str) -> Payload:
    return {"type": "mrkdwn", "text": text}


def _clean(text: str) -> str:
    """Return words of others so that they say nothing of customers, and nothing to Slack but themselves."""
    short = redact(text)[:_MAX_TEXT]
    # https://docs.slack.dev/messaging/formatting-message-text#escaping
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _span(length: timedelta) -> str:
    minutes = max(0, round(length.total_seconds() / 60))
    if minutes < 1:
        return "less than a minute"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
