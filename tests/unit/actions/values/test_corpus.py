"""How much of what people write is read as a careful clerk would read it."""

from __future__ import annotations

import pytest

from tests.unit.actions.values.clerk import READERS, phrases

LEAST = 0.95
LEAST_OF_A_KIND = 0.90

PHRASES = list(phrases())


def test_nearly_all_values_are_read_rightly() -> None:
    wrong = [(one.kind, one.text, one.expected, one.read()) for one in PHRASES if not one.is_read_rightly]
    assert len(PHRASES) > 800
    assert len(wrong) <= (1 - LEAST) * len(PHRASES), "\n".join(map(str, wrong))


@pytest.mark.parametrize("kind", READERS)
def test_no_kind_is_read_much_worse_than_others(kind: str) -> None:
    mine = [one for one in PHRASES if one.kind == kind]
    wrong = [(one.text, one.expected, one.read()) for one in mine if not one.is_read_rightly]
    assert len(wrong) <= (1 - LEAST_OF_A_KIND) * len(mine), "\n".join(map(str, wrong))
