"""Paying when one or several things are owed: all of them, one by its place, or the only one by a yes."""

from __future__ import annotations

import datetime as dt
import json

import httpx
import pytest

from tests.integration.actions.talk import ANA, Run, Talk

pytestmark = pytest.mark.usefixtures("business_as_it_was")


def owe(sandbox: httpx.Client, count: int) -> None:
    """Leaves Ana with so many appointments that are not paid."""
    state = sandbox.get("/sandbox/business").json()
    hers = [a for a in state["appointments"] if a["customer_email"] == "ana@example.com" and a["status"] == "booked"]
    owed = [{**hers[0], "id": f"C-910{n}", **_hours(hers[0], n)} for n in range(count)]
    whole = {**state, "appointments": owed, "purchases": [], "payments": []}
    sandbox.put("/sandbox/business", json=whole).raise_for_status()


def _hours(appointment: dict[str, str], later: int) -> dict[str, str]:
    """Gives when an appointment would be some weeks later."""
    return {
        name: (dt.datetime.fromisoformat(appointment[name]) + dt.timedelta(weeks=later)).isoformat()
        for name in ("start", "end")
    }


@pytest.mark.parametrize("yes", ["sí", "si quiero pagarla", "todo"])
def test_a_yes_to_the_only_debt_pays_it_whole(run: Run, sandbox: httpx.Client, yes: str) -> None:
    owe(sandbox, 1)
    talk = Talk(run, ANA)
    assert talk.say("quiero pagar", "pagar_servicio") == ["utter_pago_adeudos"]

    talk.say(yes, "afirmar")

    assert talk.slot("monto") is not None
    assert talk.slot("requested_slot") == "método_pago"


@pytest.mark.parametrize("words", ["quiero pagar las dos", "ambas", "todo", "sí"])
def test_several_debts_are_paid_one_by_one_and_a_button_takes_one_whole(
    run: Run, sandbox: httpx.Client, words: str
) -> None:
    owe(sandbox, 2)
    talk = Talk(run, ANA)
    assert talk.say("quiero pagar con tarjeta", "pagar_servicio") == ["utter_pago_adeudos"]

    assert talk.say(words, "afirmar" if words == "sí" else "informar") == ["utter_pago_uno_a_uno"]
    assert talk.slot("monto") is None

    buttons = talk.answers[-1]["buttons"]
    assert len(buttons) == 2
    assert all(len(button["title"]) <= 20 for button in buttons)
    values = json.loads(buttons[1]["payload"].removeprefix("/informar"))
    talk.conversation.user(buttons[1]["payload"], "informar")
    talk.conversation.message["entities"] = [{"entity": k, "value": v} for k, v in values.items()]
    answer = run("validate_pagar_servicio_form", talk.conversation)
    assert [r["response"] for r in answer["responses"]] == ["utter_confirmar_pagar_servicio"]


def test_who_owes_nothing_is_told_so_plainly(run: Run, sandbox: httpx.Client) -> None:
    owe(sandbox, 0)

    assert Talk(run, ANA).say("¿cuánto debo?", "pagar_servicio") == ["utter_pago_sin_deudas"]
