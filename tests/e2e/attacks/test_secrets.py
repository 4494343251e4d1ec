"""Tokens and one-time codes turn up in no line of a log, no row of the conversation log, and no answer."""

from __future__ import annotations

import json
import re

import pytest

from sandbox.settings import Settings
from tests.e2e.attacks.conftest import Note
from tests.e2e.attacks.stranger import codes_of, told
from tests.e2e.attacks.test_codes import ASKED, HISTORY, OWNER, PROVEN, in_words
from tests.e2e.attacks.traces import digits, events_of, exactly, found_in, process_logs, rows
from tests.e2e.conftest import System

pytestmark = pytest.mark.e2e

WAYS = ("{}", "mi código es {}", "es el {}, gracias", "llegó este: {}")


def _written(code: str, way: int) -> str:
    """Gives a code as people write it: in one, in two groups, in words."""
    return (code, f"{code[:3]} {code[3:]}", f"{code[:3]}-{code[3:]}", in_words(code))[way]


def test_codes_and_tokens_are_in_no_log_and_no_answer(system: System, note: Note) -> None:
    codes, tokens, answers = [], [], []
    for way, sentence in enumerate(WAYS):
        phone = system.phone()
        answers += told(system, HISTORY.format(OWNER), phone=phone)
        assert ASKED in answers[-1]
        codes.append(codes_of(system, OWNER)[0])
        answers += told(system, sentence.format(_written(codes[-1], way)), phone=phone)
        assert PROVEN in answers[-1], answers[-1]
        tokens += _tokens(system, f"whatsapp:{phone.number}")
    # The log is written after the answer.
    system.turns(HISTORY.format("[email]"), expected=len(WAYS))

    wanted = [exactly(code) for code in codes] + [re.compile(re.escape(token.encode())) for token in tokens]
    wanted += [re.compile(rb" ".join(word.encode() for word in in_words(code).split())) for code in codes]
    wanted.append(re.compile(re.escape(Settings().internal_api_token.encode())))
    places = found_in(process_logs(system), *wanted)
    columns = "message, response, rasa_response, entities, api_calls"
    logged = str(rows(system, f"SELECT {columns} FROM conversation_logs"))
    said = "\n".join(answers) + "".join(
        text or "" for (text,) in rows(system, "SELECT json_extract(content, '$.body') FROM outbox")
    )
    again = [pattern.pattern for pattern in (*wanted, *map(digits, codes)) if pattern.search((logged + said).encode())]

    got = places + again or "nowhere"
    note(
        "Codes and tokens in logs and answers",
        "codes in digits, groups, words",
        got,
        "logs, conversation_logs, answers",
    )
    assert len(tokens) == len(codes) == len(WAYS)
    assert "[código]" in logged
    assert not places
    assert not again


def _tokens(system: System, sender: str) -> list[str]:
    slots = [json.loads(data) for kind, _, data in events_of(system, sender) if kind == "slot"]
    return [slot["value"]["token"] for slot in slots if slot["name"] == "verificacion" and slot["value"]]
