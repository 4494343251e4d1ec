from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.errors import PhrasingError
from actions.phrasing.facts import lock, unlock
from actions.phrasing.templates import load_templates

TEMPLATE = "Tu cita quedó agendada para el {fecha} a las {hora}. Su número es {cita_id}."
FACTS = {"fecha": "martes 24 de noviembre", "hora": "15:00", "cita_id": "C-1042"}


def test_facts_never_leave_and_come_back_where_their_tokens_stand() -> None:
    locked, names = lock(TEMPLATE)

    assert locked == "Tu cita quedó agendada para el [[1]] a las [[2]]. Su número es [[3]]."
    said = unlock("¡Listo! [[3]] es tu cita: [[1]], [[2]] ✨", locked, names, FACTS)
    assert said == "¡Listo! C-1042 es tu cita: martes 24 de noviembre, 15:00 ✨"


@pytest.mark.parametrize(
    ("reworded", "why"),
    [
        ("", "empty"),
        ("Tu cita es el [[1]] a las [[2]].", "facts_changed"),
        ("[[1]] [[2]] [[3]] [[3]]", "facts_changed"),
        ("[[1]] [[2]] [[4]]", "facts_changed"),
        ("Cita [[3]] el [[1]] a las [[2]], cuesta 50 dólares", "something_added"),
        ("Cita [[3]] el [[1]] a las [[2]], cuesta cincuenta", "something_added"),
        ("Cita [[3]] el [[1]] a las [[2]]: https://paga.example", "something_added"),
        ("Cita [[3]] el [[1]] a las [[2]], escribe a yo@malo.com", "something_added"),
        ("Cita [[3]] el [[1]] a las [[2]], con descuento", "something_added"),
        ("Cita [[3]] el [[1]] a las [[2]], y es gratis", "something_added"),
        ("| [[3]] | [[1]] | [[2]] |", "something_added"),
        ("Cita [[3]] el [[1]] a las [[2]] " + "bla " * 200, "too_long"),
    ],
)
def test_refuses_a_text_that_changed_or_added_a_fact(reworded: str, why: str) -> None:
    locked, names = lock(TEMPLATE)

    with pytest.raises(PhrasingError) as refused:
        unlock(reworded, locked, names, FACTS)

    assert refused.value.code == why


@pytest.mark.parametrize("name", sorted(load_templates()))
def test_every_template_passes_its_own_lock(name: str) -> None:
    for template in load_templates()[name]:
        locked, names = lock(template.text)
        facts = {fact: f"<{fact}>" for fact in names}

        said = unlock(locked, locked, names, facts)

        assert said == template.text.format(**facts).strip('"«»').strip()


@given(st.text(max_size=80), st.text(alphabet="0123456789", min_size=1, max_size=6))
def test_no_digit_gets_in_beside_the_tokens(words: str, digits: str) -> None:
    locked, names = lock(TEMPLATE)

    with pytest.raises(PhrasingError):
        unlock(f"[[1]] [[2]] [[3]] {words} {digits}", locked, names, FACTS)
