"""What people write, line by line: what redaction must hide, and what it must leave readable.

A line of `corpus/*.yml` is a text that must stay as it is, or a mapping: `text`, what of it must be `gone`, what
`stays`, and the `names` that are known of its writer. Of a `gone` part no word or number of four or more characters
may be left either, in any case, unless it `stays`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from privacy import redact

CORPUS = Path(__file__).parent / "corpus"
HIDDEN_LINES, READABLE_LINES = 250, 100


def _lines() -> Iterator[Any]:
    for path in sorted(CORPUS.glob("*.yml")):
        for number, line in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")), start=1):
            given = {"text": line} if isinstance(line, str) else line
            yield pytest.param(given, id=f"{path.stem}-{number}")


LINES = list(_lines())


def _parts(line: Mapping[str, Any]) -> Iterator[str]:
    kept = " ".join(line.get("stays", [])).lower()
    for gone in line["gone"]:
        yield gone.lower()
        yield from (word for word in re.findall(r"\w{4,}", gone.lower()) if word not in kept)


@pytest.mark.parametrize("line", LINES)
def test_hides_what_must_be_gone_and_leaves_the_rest(line: Mapping[str, Any]) -> None:
    redacted = redact(line["text"], line.get("names", ()))

    if "gone" not in line:
        assert redacted == line["text"]
        return
    # Placeholders are no leak: "[código]" says "código".
    left = re.sub(r"\[\w+\]", " ", redacted).lower()
    assert not [part for part in _parts(line) if part in left], redacted
    assert not [kept for kept in line.get("stays", []) if kept not in redacted], redacted


@pytest.mark.parametrize("line", LINES)
def test_leaves_what_is_redacted_as_it_is(line: Mapping[str, Any]) -> None:
    redacted = redact(line["text"], line.get("names", ()))

    assert redact(redacted, line.get("names", ())) == redacted


def test_the_corpus_is_as_large_as_it_says() -> None:
    hidden = sum("gone" in param.values[0] for param in LINES)

    assert hidden >= HIDDEN_LINES
    assert len(LINES) - hidden >= READABLE_LINES
