"""Changing one's own data: a phone, by which customers are known, is changed after a yes only."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.integration.actions.talk import Run, Talk

MARIA = "whatsapp:+5215512340009"


@pytest.fixture(autouse=True)
def _maria(sandbox: httpx.Client) -> Iterator[None]:
    before = sandbox.get("/sandbox/business").json()
    like = before["customers"][0]
    maria = {**like, "email": "maria.nueva@example.com", "name": "María Nueva", "phone": "+5215512340009"}
    whole = {**before, "customers": [*before["customers"], maria]}
    sandbox.put("/sandbox/business", json=whole).raise_for_status()
    yield
    sandbox.put("/sandbox/business", json=before).raise_for_status()


def phone_of_maria(sandbox: httpx.Client) -> str | None:
    customers = sandbox.get("/sandbox/business").json()["customers"]
    return next(c["phone"] for c in customers if c["email"] == "maria.nueva@example.com")


def test_a_phone_is_changed_after_a_yes_and_corrected_before_it(run: Run, sandbox: httpx.Client) -> None:
    talk = Talk(run, MARIA)

    assert talk.say("cambia mi teléfono al 5543218766", "actualizar_perfil") == ["utter_confirmar_actualizar_perfil"]
    assert talk.say("no espera, ese no, 5543218777", "corregir") == ["utter_confirmar_actualizar_perfil"]
    assert phone_of_maria(sandbox) == "+5215512340009"
    new = talk.fact("utter_confirmar_actualizar_perfil", "teléfono")

    assert talk.say("sí", "afirmar") == ["utter_perfil_teléfono"]
    assert phone_of_maria(sandbox) == new
    assert new.endswith("5543218777")


def test_a_no_leaves_the_number_as_it_was(run: Run, sandbox: httpx.Client) -> None:
    talk = Talk(run, MARIA)
    talk.say("cambia mi teléfono al 5543218766", "actualizar_perfil")

    talk.say("no", "negar")

    assert talk.slot("requested_slot") == "cambio"
    assert phone_of_maria(sandbox) == "+5215512340009"


def test_a_name_is_only_said_back(run: Run) -> None:
    talk = Talk(run, MARIA)

    heard = talk.say("mi nombre es Mariana Paz Soto", "actualizar_perfil", nombre="Mariana Paz Soto")

    assert heard == ["utter_perfil_nombre"]
