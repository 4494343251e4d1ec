import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.faults.damage import garbled, mistyped, spoil

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(st.text(min_size=1), VALUES, min_size=1)


def kind(value: Any) -> type:
    return type(value)


def has_another_type_somewhere(before: Any, after: Any) -> bool:
    """Say whether a value that is not null is of a type that it was not of."""
    if kind(before) is not kind(after):
        return after is not None
    if isinstance(before, dict):
        return any(has_another_type_somewhere(before[name], after[name]) for name in before)
    if isinstance(before, list):
        return any(has_another_type_somewhere(*pair) for pair in zip(before, after, strict=True))
    return False


@given(DOCUMENTS)
def test_something_is_of_another_type_and_the_original_is_as_it_was(document: dict[str, Any]) -> None:
    before = json.dumps(document)
    assert has_another_type_somewhere(document, spoil(document))
    assert json.dumps(document) == before


@given(DOCUMENTS)
def test_half_of_an_object_is_no_json(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        json.loads(garbled(json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")))


def test_every_kind_of_damage_is_done_sooner_or_later() -> None:
    document = {"text": "x", "object": {"a": 1}, "number": 1, "list": [], "truth": True, "nothing": None}
    seen = {(name, kind(value)) for _ in range(2000) for name, value in damaged(document).items()}
    for name, other in (("text", int), ("object", str), ("number", list), ("list", int), ("text", type(None))):
        assert (name, other) in seen


def damaged(document: dict[str, Any]) -> dict[str, Any]:
    after = spoil(document)
    return after if isinstance(after, dict) else {}


def test_what_is_no_json_stays_as_it_is() -> None:
    assert mistyped(b"<html>") == b"<html>"
    assert mistyped(b"") == b""
