"""What a form asks for: how each value is found in a message, read, kept in a slot and read back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Protocol

from actions import values
from actions.internal_api.models import Business
from actions.values import Context, Money, Read, Result
from actions.values.corrections import is_refused
from actions.values.result import NOTHING_SAID
from actions.values.spelling import spell


class Reader(Protocol):
    """Reads a phrase; `bare` says whether a value that nothing names ("3") counts, as in an answer."""

    def __call__(self, text: str, ctx: Context, *, bare: bool) -> Result[Any]:
        """Gives the value, or why there is none."""


def plain(read: Callable[[str], Result[Any]]) -> Reader:
    """Makes a reader of one that needs neither the moment nor to know how the phrase was asked for."""
    return lambda text, ctx, *, bare: read(text)


def timed(read: Callable[[str, Context], Result[Any]]) -> Reader:
    """Makes a reader of one that does not need to know how the phrase was asked for."""
    return lambda text, ctx, *, bare: read(text, ctx)


@dataclass(frozen=True)
class Field:
    """One value of a form.

    Attributes:
        name: the slot's and the entity's name.
        read: reads a phrase; gives the value, or why not.
        store: makes the value JSON for the slot.
        load: makes the slot's JSON the value again.
        required: whether the form asks for it.
        in_any_words: whether it is looked for in the whole message, beside the words marked as this entity.
        even_refused: whether marked words count that are turned down: "cancela la del viernes, que no puedo".
    """

    name: str
    read: Reader
    store: Callable[[Any], Any] = lambda value: value
    load: Callable[[Any], Any] = lambda stored: stored
    required: bool = False
    in_any_words: bool = True
    even_refused: bool = False

    def needed(self) -> Field:
        """Gives the same field, asked for."""
        return replace(self, required=True)

    def find(self, spans: Sequence[str], text: str, asked: bool, ctx: Context) -> Result[Any] | None:
        """Looks for the value in a message.

        Args:
            spans: the words that were marked as this entity.
            text: the whole message.
            asked: whether this is what the form has just asked for.
            ctx: what the words are relative to.

        Returns:
            The value; why the words are none; None when the message says nothing of the kind.
        """
        whole = self.read(text, ctx, bare=asked) if text and (asked or self.in_any_words) else NOTHING_SAID
        if isinstance(whole, Read):
            return whole
        if self.in_any_words and not self.even_refused:
            # "El lunes no puedo" names a day, and not the one that is wanted.
            spans = [span for span in spans if not is_refused(spell(text), spell(span))]
        marked = [self.read(span, ctx, bare=True) for span in spans]
        read = next((result for result in reversed(marked) if isinstance(result, Read)), None)
        if read and whole == NOTHING_SAID:
            return read
        problems = [result for result in (whole, *marked) if result != NOTHING_SAID]
        return problems[0] if problems else (NOTHING_SAID if asked else None)


def _date(stored: str) -> dt.date:
    return dt.date.fromisoformat(stored)


def _past_day(text: str, ctx: Context, *, bare: bool) -> Result[dt.date]:
    return values.read_fecha(text, ctx, past_allowed=True, bare=bare)


def _store_money(money: Money) -> str:
    return f"{money.amount} {money.currency}" if money.currency else str(money.amount)


def _load_money(stored: str) -> Money:
    amount, _, currency = stored.partition(" ")
    return Money(Decimal(amount), currency or None)


def _words(longest: int) -> Reader:
    return plain(lambda text: Read(text.strip()[:longest]) if text.strip() else NOTHING_SAID)


FECHA = Field("fecha", values.read_fecha, dt.date.isoformat, _date)
EMAIL = Field("email", plain(values.read_email))
CITA_ID = Field("cita_id", lambda text, ctx, *, bare: values.read_cita_id(text, bare=bare))
SOLICITUD_ID = Field("solicitud_id", lambda text, ctx, *, bare: values.read_solicitud_id(text, bare=bare))
MONTO = Field("monto", values.read_monto, _store_money, _load_money)
MONEDA = Field("moneda", timed(values.read_moneda))
MÉTODO_PAGO = Field("método_pago", plain(values.read_metodo_pago))
TAMAÑO_GRUPO = Field("tamaño_grupo", lambda text, ctx, *, bare: values.read_tamaño_grupo(text, bare=bare))
TIPO_SESION = Field("tipo_sesion", plain(values.read_tipo_sesion))
PAQUETE_ID = Field("paquete_id", plain(values.read_paquete_id), in_any_words=False)
TIPO_HISTORIAL = Field("tipo_historial", plain(values.read_tipo_historial))
FECHA_DESDE = Field("fecha_desde", _past_day, dt.date.isoformat, _date, in_any_words=False)
FECHA_HASTA = replace(FECHA_DESDE, name="fecha_hasta")
NOMBRE = Field("nombre", lambda text, ctx, *, bare: values.read_nombre(text, bare=bare))
TELÉFONO = Field("teléfono", timed(values.read_telefono))
FECHA_NACIMIENTO = Field(
    "fecha_nacimiento", timed(values.read_fecha_nacimiento), dt.date.isoformat, _date, in_any_words=False
)
TIPO_CONSULTA = Field("tipo_consulta", _words(40), in_any_words=False)
MOTIVO = Field("motivo", _words(200), in_any_words=False)


def hora(business: Business | None = None) -> Field:
    """Gives the field for a time of day; opening hours decide between morning and afternoon."""
    opens, closes = (business.open_from, business.open_to) if business else (None, None)

    def read(text: str, ctx: Context, *, bare: bool) -> Result[dt.time]:
        return values.read_hora(text, ctx, open_from=opens, open_to=closes, bare=bare)

    return Field("hora", read, lambda value: value.strftime("%H:%M"), dt.time.fromisoformat)


HORA = hora()
