"""What the channel itself says to customers, read from `textos.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from connectors.whatsapp.inbound import Kind

TEXTS_FILE = Path(__file__).with_name("textos.yml")


@dataclass(frozen=True)
class Texts:
    """The channel's own answers.

    Attributes:
        no_answer: the apology for a turn that failed or stayed silent.
        unreadable: the answer to each kind of message that is not text.
        captioned: what precedes the answer to a file's caption.
    """

    no_answer: str
    unreadable: Mapping[Kind, str]
    captioned: str


def load_texts(path: Path = TEXTS_FILE) -> Texts:
    """Return the channel's texts, one for every kind of message that is not text."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    unreadable: dict[Kind, str] = {kind: raw["no_legible"][kind.value] for kind in Kind if kind is not Kind.TEXT}
    return Texts(no_answer=raw["sin_respuesta"], unreadable=unreadable, captioned=raw["con_texto"])
