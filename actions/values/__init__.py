"""Values read from Spanish phrases as they are typed on WhatsApp, and written back.

Every reader takes a message and answers `Read` with the value it states or `Unclear` with the reason why
none was taken; none guesses, none looks at the clock: the moment comes in as `Context`.
"""

from actions.values.choices import (
    read_metodo_pago,
    read_paquete_id,
    read_tipo_historial,
    read_tipo_paquete,
    read_tipo_sesion,
)
from actions.values.codes import read_codigo
from actions.values.confirmation import read_confirmacion
from actions.values.contacts import read_email, read_telefono
from actions.values.dates import read_fecha, read_fecha_nacimiento
from actions.values.durations import read_duracion
from actions.values.formats import format_fecha, format_hora, format_money, format_rango
from actions.values.identifiers import read_cita_id, read_solicitud_id
from actions.values.money import has_card_number, read_moneda, read_monto
from actions.values.options import read_ordinal_choice
from actions.values.people import read_nombre, read_tamaño_grupo
from actions.values.ranges import read_rango
from actions.values.result import Context, DateRange, Money, PartOfDay, Read, Result, Unclear
from actions.values.times import read_hora

__all__ = [
    "Context",
    "DateRange",
    "Money",
    "PartOfDay",
    "Read",
    "Result",
    "Unclear",
    "format_fecha",
    "format_hora",
    "format_money",
    "format_rango",
    "has_card_number",
    "read_cita_id",
    "read_codigo",
    "read_confirmacion",
    "read_duracion",
    "read_email",
    "read_fecha",
    "read_fecha_nacimiento",
    "read_hora",
    "read_metodo_pago",
    "read_moneda",
    "read_monto",
    "read_nombre",
    "read_ordinal_choice",
    "read_paquete_id",
    "read_rango",
    "read_solicitud_id",
    "read_tamaño_grupo",
    "read_telefono",
    "read_tipo_historial",
    "read_tipo_paquete",
    "read_tipo_sesion",
]
