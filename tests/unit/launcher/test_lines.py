"""A part's JSON line is read aloud on a terminal; whatever else it writes passes as it is."""

import json
import re
from datetime import datetime, timezone

import pytest

from launcher.console import Console
from launcher.lines import readable

MOMENT = datetime(2026, 11, 24, 19, 4, 5, tzinfo=timezone.utc)
ENTRY = {
    "outcome": "answered",
    "intent": "saludo",
    "turn_id": "SM1",
    "event": "turn.over",
    "logger": "connectors.whatsapp.work",
    "level": "info",
    "timestamp": "2026-11-24T19:04:05.123456Z",
}


def test_an_everyday_line_says_when_what_and_its_facts():
    clock = f"{MOMENT.astimezone():%H:%M:%S}"
    assert readable(json.dumps(ENTRY)) == f"{clock} turn.over outcome=answered intent=saludo turn_id=SM1"


def test_what_needs_attention_says_how_bad_it_is():
    line = json.dumps({"event": "no contact", "level": "warning", "timestamp": None})
    assert readable(line) == "WARNING no contact"


def test_a_traceback_stands_below_its_line_behind_the_parts_name(capsys):
    line = json.dumps({"event": "it broke", "level": "error", "exception": "Traceback:\n  here\nKeyError"})
    Console(("rasa",)).part_line("rasa", line)
    rows = capsys.readouterr().out.splitlines()
    assert rows == ["rasa | ERROR it broke", "rasa | Traceback:", "rasa |   here", "rasa | KeyError"]


@pytest.mark.parametrize(
    "line",
    ["", "plain words", "{not json", '{"no": "event"}', "[1]", '"event"', "2026-11-24 19:04:05 INFO root - up"],
)
def test_all_other_lines_pass_as_they_are(line):
    assert readable(line) == line


def test_no_braces_or_quotes_are_left_of_a_json_line():
    assert not re.search(r'[{}"]', readable(json.dumps(ENTRY)))
