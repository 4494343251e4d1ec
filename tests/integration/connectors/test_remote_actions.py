"""What the action server answers is checked as by Rasa, and a turn does not go on without it."""

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
import asyncio
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from connectors.errors import ActionServerUnavailable
from connectors.remote_actions import ActionNotDone, mend_remote_actions
from connectors.turn_loop import TurnLoop
rasas = RemoteAction._validate_action_result
mend_remote_actions()
mend_remote_actions()
assert RemoteAction._validate_action_result is not rasas
action = RemoteAction("action_agendar_cita", EndpointConfig("http://127.0.0.1:9/webhook"))
for answer in json.loads(sys.argv[1]):
    try:
        print(action._validate_action_result(answer))
    except ActionNotDone as refused:
        print(refused, refused.__cause__, refused.__suppress_context__)

async def call():
    tracker = DialogueStateTracker("ana@example.com", [])
    try:
        await TurnLoop().run(lambda: action.run(CollectingOutputChannel(), None, tracker, Domain.empty()))
    except ActionServerUnavailable as away:
        print(away, away.is_away)

asyncio.run(call())
"""


def test_right_answers_pass_and_what_is_not_done_ends_the_turn_without_quoting_anybody() -> None:
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
    assert len(lines) == 6
    assert all("action_agendar_cita" in line and "ana@example.com" not in line for line in lines[2:])
    assert lines[5] == "'action_agendar_cita': RasaException True"
