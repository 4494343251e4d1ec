"""What the channel itself says to customers, read from `textos.yml`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

TEXTS_FILE = Path(__file__).with_name("textos.yml")


@dataclass(frozen=True)
class Texts:
    """The channel's own answers.

    Attributes:
        no_answer: the apology for a turn that stayed silent.
        parked: the apology for a turn that failed too often.
        captioned: what precedes the answer to a file's caption.
        too_many: said once to who writes too much too fast.
        patience: precedes the answers of a turn that takes long.
        reminder: of an appointment, with the fields `nombre`, `fecha`, `hora` and `cita_id`.
        nameless: stands for `nombre` where the business knows no name.
        opted_out: confirms the end of all messages.
        opted_in: confirms that messages go on.
    """

    no_answer: str
    parked: str
    captioned: str
    too_many: str
    patience: str
    reminder: str
    nameless: str
    opted_out: str
    opted_in: str


def load_texts(path: Path = TEXTS_FILE) -> Texts:
    """Return the channel's texts."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Texts(
        no_answer=raw["sin_respuesta"],
        parked=raw["turno_fallido"],
        captioned=raw["con_texto"],
        too_many=raw["demasiados_mensajes"],
        patience=raw["paciencia"],
        reminder=raw["recordatorio"],
        nameless=raw["recordatorio_sin_nombre"],
        opted_out=raw["baja"],
        opted_in=raw["alta"],
    )
