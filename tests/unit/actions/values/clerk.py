"""Phrases with what a careful clerk would read in them, written by people who did not know the readers.

`corpus/*.yml` are lists of `kind`, `text`, `country` (MX unless told) and `expect`: the value, or `unclear: true`
or `choices` where a clerk would ask back. Everything is said on Tuesday 24 November 2026, 11:30 in Mexico City.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from actions import values
from actions.values import Context, DateRange, Money, Read, Result, Unclear

CORPUS = Path(__file__).parent / "corpus"
NOW = datetime(2026, 11, 24, 11, 30, tzinfo=ZoneInfo("America/Mexico_City"))
OPEN = {"open_from": time(10), "open_to": time(19)}
READERS: dict[str, Callable[[str, Context], Result[Any]]] = {
    "fecha": values.read_fecha,
    "hora": lambda text, ctx: values.read_hora(text, ctx, **OPEN),
    "rango": lambda text, ctx: values.read_rango(text, ctx, **OPEN),
    "rango_pasado": lambda text, ctx: values.read_rango(text, ctx, past_allowed=True),
    "monto": values.read_monto,
    "moneda": values.read_moneda,
    "duración": lambda text, ctx: values.read_duracion(text),
    "tamaño_grupo": lambda text, ctx: values.read_tamaño_grupo(text),
    "email": lambda text, ctx: values.read_email(text),
    "teléfono": values.read_telefono,
    "fecha_nacimiento": values.read_fecha_nacimiento,
    "cita_id": lambda text, ctx: values.read_cita_id(text),
    "solicitud_id": lambda text, ctx: values.read_solicitud_id(text),
    "confirmación": lambda text, ctx: values.read_confirmacion(text, "agendar"),
    "nombre": lambda text, ctx: values.read_nombre(text),
    "método_pago": lambda text, ctx: values.read_metodo_pago(text),
}


@dataclass(frozen=True)
class Phrase:
    """One phrase and what is in it."""

    kind: str
    text: str
    country: str
    expected: Any

    def read(self) -> Result[Any]:
        """Reads it."""
        return READERS[self.kind](self.text, Context(NOW, self.country))

    @property
    def is_read_rightly(self) -> bool:
        """Whether the reader gives the value, or asks back where there is none."""
        result = self.read()
        if isinstance(self.expected, dict) and self.expected.keys() & {"unclear", "choices"}:
            return isinstance(result, Unclear)
        return isinstance(result, Read) and self._is(result.value)

    def _is(self, value: Any) -> bool:
        wanted = self.expected
        if isinstance(value, Money):
            return value == Money(Decimal(wanted["amount"]).quantize(Decimal("0.01")), wanted.get("currency"))
        if isinstance(value, DateRange):
            days = (value.start.isoformat(), value.end.isoformat()) == (wanted["start"], wanted["end"])
            return days and wanted.get("part") in (None, value.part_of_day)
        if isinstance(value, time | date):
            return bool(value.isoformat()[: len(wanted)] == wanted)
        if isinstance(value, bool):
            return value is wanted or str(value).lower() == str(wanted).lower()
        return str(value).casefold() == str(wanted).casefold()


def phrases() -> Iterator[Phrase]:
    """Gives the whole corpus."""
    for path in sorted(CORPUS.glob("*.yml")):
        for item in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield Phrase(item["kind"], str(item["text"]), item.get("country", "MX"), item["expect"])
