"""What the action server answers is checked as by Rasa, in a fraction of the time."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.integration.connectors.databases import ROOT

GOOD = [
    {"events": [], "responses": []},
    {"events": [{"event": "slot", "name": "fecha", "value": None}], "responses": [{"text": "hola"}]},
]
BAD = [{"events": "ana@example.com", "responses": []}, {"events": [{"name": "ana@example.com"}], "responses": []}, []]

PROGRAM = """
import json, sys
from jsonschema.exceptions import ValidationError
from rasa.core.actions.action import RemoteAction
from connectors.remote_actions import check_answers_quickly
rasas = RemoteAction._validate_action_result
check_answers_quickly()
assert RemoteAction._validate_action_result is not rasas
action = RemoteAction("action_agendar_cita", None)
for answer in json.loads(sys.argv[1]):
    try:
        print(action._validate_action_result(answer))
    except ValidationError as refused:
        print(refused.message)
"""


def test_right_answers_pass_and_others_are_refused_without_being_quoted() -> None:
    # In a process of its own: Rasa's actions bring TensorFlow.
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, json.dumps([*GOOD, *BAD])],
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:2] == ["True", "True"]
    assert len(lines) == 5
    assert all("action_agendar_cita" in line and "ana@example.com" not in line for line in lines[2:])
