"""The corpora, and locks to try them on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from actions.errors import PhrasingError
from actions.help.texts import load_texts
from actions.phrasing.lock import Lock
from actions.phrasing.style import Style, load_style
from actions.phrasing.templates import load_templates
from actions.phrasing.tokens import lock

_FOLDER = Path(__file__).resolve().parent / "corpus"

Item = Mapping[str, Any]


@cache
def corpus(name: str) -> Sequence[Item]:
    """Reads a corpus: `good`, `bad` or `inside`."""
    items: Sequence[Item] = yaml.safe_load((_FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    return items


@cache
def templates() -> Mapping[str, str]:
    """Gives every response that may be reworded, by name and number."""
    return {
        f"{name}-{number}": it.text
        for name, variations in load_templates().items()
        for number, it in enumerate(variations)
        if not it.exact
    }


@cache
def passages() -> Mapping[str, str]:
    """Gives the help texts, by name."""
    return {it.name: it.text for it in load_texts() if it.text}


@cache
def held(text: str, style: Style | None = None) -> Lock:
    """Gives a text's lock, in the assistant's own style unless another is given."""
    return Lock(lock(text), style or load_style())


def held_for(item: Item) -> Lock:
    """Gives the lock of the text that an item rewords."""
    source = passages()[item["passage"]] if "passage" in item else templates()[f"{item['response']}-{item['index']}"]
    return held(source)


def refusal(lock_: Lock, text: str) -> str | None:
    """Gives why a text with tokens is not sent, None where it is."""
    try:
        lock_.checked(text)
    except PhrasingError as error:
        return error.code
    return None


def refusal_of(item: Item) -> str | None:
    """The same of an item, whose facts stand as in domain.yml."""
    lock_ = held_for(item)
    return refusal(lock_, lock_.locked.tokenised(item["text"]))
