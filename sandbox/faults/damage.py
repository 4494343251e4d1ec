"""Answers that were right when they were made, and are not when they arrive."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

_dice = random.SystemRandom()
# Besides the first one, about one value in so many is spoilt.
_ONE_IN = 4


def garbled(body: bytes) -> bytes:
    """Return the first half of a body, which is not JSON any more."""
    return body[: len(body) // 2]


def mistyped(body: bytes) -> bytes:
    """Return a JSON body with one value or more of a wrong type; what is not JSON comes back as it is."""
    try:
        document = json.loads(body)
    except ValueError:
        return body
    return json.dumps(spoil(document), ensure_ascii=False).encode()


def spoil(document: Any) -> Any:
    """Return a copy of a JSON value in which at least one value is of another type, and not just null.

    Texts become numbers, objects texts, lists and truth values numbers, numbers lists; some single values null.
    """
    whole = {"": copy.deepcopy(document)}
    places = list(_places(whole))
    first, *others = _dice.sample(places, 1 + (len(places) - 1) // _ONE_IN)
    for holder, name in others:
        value = holder[name]
        # Never null for a branch: the value that is surely of a wrong type may hang on it.
        nothing = not isinstance(value, (dict, list)) and _dice.random() < 1 / _ONE_IN
        holder[name] = None if nothing else _of_another_type(value)
    holder, name = first
    holder[name] = _of_another_type(holder[name])
    return whole[""]


def _places(holder: Any) -> Iterator[tuple[Any, Any]]:
    for name, value in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
        yield holder, name
        if isinstance(value, (dict, list)):
            yield from _places(value)


def _of_another_type(value: Any) -> Any:
    if isinstance(value, (str, list, bool)):
        return 7
    if isinstance(value, dict):
        return "{}"
    return 0 if value is None else []
