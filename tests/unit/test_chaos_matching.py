"""How the chaos tests tell which message a request for patience is for."""

from __future__ import annotations

import pytest

from tests.chaos.matching import PATIENCE, Said, match

MESSAGES = [Said(f"SM{n}", f"question {n}", (f"answer {n}",), None, 0.0, True) for n in (1, 2, 3)]
GREETING = Said("SM0", "hello", (), "hello", 0.0, True)


@pytest.mark.parametrize(
    ("answers", "strange"),
    [
        # The first message came late, and nobody had asked patience for it.
        ([PATIENCE, "answer 2", "answer 3", PATIENCE, "answer 1"], []),
        ([PATIENCE, PATIENCE, "answer 2"], [0]),
        (["answer 1", "answer 2", "answer 3", PATIENCE], [3]),
        (["answer 1", "answer 1"], [1]),
        (["answer 1", "answer 2", PATIENCE], []),
        (["answer 1", "answer 2", PATIENCE, PATIENCE], [3]),
        ([PATIENCE, "another answer"], [1]),
        # A greeting is answered or not, and patience may be asked for it as well.
        ([PATIENCE, "hello", PATIENCE, "answer 1"], []),
        ([PATIENCE, PATIENCE, "hello", PATIENCE, "answer 1"], [0]),
    ],
)
def test_it_is_for_the_message_that_is_answered_next(answers: list[str], strange: list[int]) -> None:
    messages = [GREETING, *MESSAGES] if "hello" in answers else MESSAGES

    assert match(messages, answers).strange == strange
