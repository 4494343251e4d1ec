"""What is told."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

from connectors.alerts.conditions import Condition, Severity
from connectors.alerts.episodes import Alert, Telling
from connectors.alerts.messages import payload, trial_payload

BEGAN = datetime(2026, 11, 24, 15, 4, tzinfo=timezone.utc)


def alert(severity: Severity = Severity.CRITICAL, sightings: int = 2, minutes: float = 0, **facts: str) -> Alert:
    condition = Condition("part_down", "twilio", severity, "Twilio does not work", facts)
    return Alert(condition, BEGAN, BEGAN + timedelta(minutes=minutes), sightings)


def test_a_beginning_says_what_is_wrong_how_bad_and_since_when() -> None:
    told = payload(Telling.BEGINS, alert(error="credentials"))

    assert told["text"] == (
        "🔴 Twilio does not work\nerror: credentials\nSince 2026-11-24 15:04 UTC, for less than a minute, seen 2 times."
    )
    assert told["blocks"] == [
        {"type": "section", "text": {"type": "mrkdwn", "text": "*🔴 Twilio does not work*"}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*error*\ncredentials"}]},
        {
            "type": "context",
            "elements": [
                {
                    "type": "mrkdwn",
                    "text": "Since 2026-11-24 15:04 UTC, for less than a minute, seen 2 times.",
                }
            ],
        },
    ]


def test_a_reminder_says_for_how_long_and_how_often() -> None:
    told = payload(Telling.LASTS, alert(Severity.WARNING, 240, 125))

    assert told["text"] == "🟠 Still: Twilio does not work\nSince 2026-11-24 15:04 UTC, for 2 h 5 min, seen 240 times."


def test_an_end_says_how_long_it_lasted_and_not_what_it_was_like() -> None:
    told = payload(Telling.ENDS, alert(minutes=125, error="credentials"))

    assert told["text"] == "🟢 Over: Twilio does not work\nIt began at 2026-11-24 15:04 UTC and lasted 2 h 5 min."


def test_nothing_in_a_message_is_personal_or_a_command_to_slack() -> None:
    facts = {"error": "<!channel> ana@example.com & +5215512345678 <http://evil.example>"}
    told = json.dumps(payload(Telling.BEGINS, alert(**facts)), ensure_ascii=False)

    assert not [one for one in ("ana@", "5512345678", "<", ">") if one in told]
    assert "&lt;!channel&gt;" in told
    assert " &amp; " in told


def test_what_a_fact_says_is_short() -> None:
    told = payload(Telling.BEGINS, alert(error="x " * 4000))

    assert len(told["text"]) < 500


def test_figures_hashes_and_twilios_codes_stay_readable() -> None:
    facts = {"Twilio's error": "20429, 63018", "of them": "user_802039f2cf7a27922284", "failed": "8 of 25 turns"}
    told = payload(Telling.BEGINS, alert(**facts))["text"]

    assert all(value in told for value in facts.values())


def test_a_trial_says_that_nothing_is_wrong() -> None:
    told = trial_payload()

    assert "Nothing is wrong" in told["text"]
    assert len(told["blocks"]) == 1
