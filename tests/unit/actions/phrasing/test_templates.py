"""Which responses are never reworded."""

from __future__ import annotations

import re

import pytest

from actions.phrasing.templates import load_templates

# Questions of forms, what a yes agrees to, what went wrong, what is shown of data, who somebody is.
EXACT = re.compile(
    r"utter_(ask|confirmar|explicar|problema|rechazado|titulo|etiqueta|sigamos|adjunto|codigo|identidad)"
    r"|utter_(pago_(varios_adeudos|adeudos|resta)|alternativas|historial$|horarios$|paquetes$|queda_en_duda|error|tarjeta)"
)


@pytest.mark.parametrize("name", [name for name in load_templates() if EXACT.match(name)])
def test_what_a_customer_decides_by_stays_as_it_is_written(name: str) -> None:
    assert all(template.exact for template in load_templates()[name])


def test_most_of_what_may_be_said_otherwise_is() -> None:
    free = {name for name, texts in load_templates().items() if not any(template.exact for template in texts)}

    assert len(free) > 40
    assert {"utter_saludo", "utter_cita_agendada", "utter_estado_cita_booked", "utter_despedida"} <= free


def test_what_is_said_often_has_variations_without_any_model() -> None:
    for name in ("utter_saludo", "utter_despedida", "utter_de_nada", "utter_de_acuerdo", "utter_olvidado"):
        assert len(load_templates()[name]) > 1, name
