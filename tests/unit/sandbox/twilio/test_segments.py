from __future__ import annotations

import pytest

from sandbox.twilio.segments import count_segments


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("ñ" * 160, 1),
        ("ñ" * 161, 2),
        ("ñ" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("🔮" * 35, 1),
        ("🔮" * 36, 2),
    ],
)
def test_counts_segments_in_both_alphabets(text: str, segments: int) -> None:
    assert count_segments(text) == segments
