"""Paying: what is owed comes from the business system, and nothing is charged before a yes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from actions.dialogue import fields
from actions.dialogue.base import Events
from actions.dialogue.forms import BaseForm
from actions.dialogue.meaning import Found, yes_or_no
from actions.dialogue.state import TRIED, FormState
from actions.dialogue.submissions import BaseSubmission
from actions.dialogue.turn import LONGEST_TITLE, MOST_BUTTONS, PROVEN, Button, Turn, button
from actions.errors import ApiError, Refused
from actions.internal_api.models import PaymentTarget, Price
from actions.values import Money, Read, Unclear, format_money
from actions.values.spelling import spell

_PAYS_ALL = re.compile(r"\b(?:pag|abon|liquid|cubr)\w*|\b(?:total|saldo|deuda|adeudo|debo)\b")


class PagarServicioForm(BaseForm):
    """Asks for amount, method and e-mail, and finds what the payment is for."""

    intent = "pagar_servicio"
    confirms = True
    fields = (
        fields.MONTO.needed(),
        fields.MÉTODO_PAGO.needed(),
        fields.EMAIL.needed(),
        fields.CITA_ID,
        fields.PAQUETE_ID,
        fields.MONEDA,
    )

    async def _find(self, turn: Turn, asked: str | None) -> Found:
        found = dict(await super()._find(turn, asked))
        is_all = asked not in (None, "monto") and found.get("monto") == Unclear("monto_total")
        if is_all and not _PAYS_ALL.search(spell(turn.text)):
            # "Todo bien, con tarjeta" is no amount.
            del found["monto"]
        if asked == "monto" and not isinstance(found.get("monto"), Read) and yes_or_no(turn, self.intent):
            # "Sí, quiero pagarla", of what was listed as owed.
            found["monto"] = Unclear("monto_total")
        return found

    async def check(self, turn: Turn, state: FormState) -> None:
        """Checks the amount against what is owed, and says what that is as soon as it is known for whom."""
        if not state.get("email"):
            return
        targets = await turn.api(state.get("email")).owed(state.get("cita_id"), state.get("paquete_id"))
        open_ones = [target for target in targets if target.owed.amount > 0]
        if not open_ones:
            named = state.get("cita_id") or state.get("paquete_id")
            turn.say("utter_pago_al_corriente" if named else "utter_pago_sin_deudas")
            state.leave()
            return
        if state.problems.get("monto") == "monto_total" and len(open_ones) == 1:
            state.set("monto", fields.MONTO.store(open_ones[0].owed.money))
            turn.said.clear()
        elif state.problems.get("monto") == "monto_total":
            turn.said.clear()
            turn.say("utter_pago_uno_a_uno", buttons=_buttons(open_ones))
            return
        if state.get("monto"):
            _check_amount(turn, state, open_ones)
        elif state.opening or state.changed("email", "cita_id", PROVEN):
            several = _buttons(open_ones) if len(open_ones) > 1 else []
            turn.say("utter_pago_adeudos", buttons=several, adeudos=_listed(open_ones))

    async def confirm(self, turn: Turn, state: FormState) -> None:
        """States amount, method and what for, and asks whether to go on."""
        targets = await turn.api(state.get("email")).owed(state.get("cita_id"), state.get("paquete_id"))
        turn.say(
            "utter_confirmar_pagar_servicio",
            monto=format_money(_money(state)),
            método_pago=state.get("método_pago"),
            concepto=targets[0].description if targets else "",
        )

    async def not_found(self, turn: Turn, state: FormState) -> None:
        """Asks for the appointment's number once more."""
        turn.say("utter_pago_sin_adeudo")
        if state.tried_again:
            turn.say("utter_ofrecer_persona")
        state.set(TRIED, True)
        state.forget("cita_id", "paquete_id")
        state.ask("cita_id")


def _money(state: FormState) -> Money:
    money: Money = fields.MONTO.load(state.get("monto"))
    return Money(money.amount, money.currency or state.get("moneda"))


def _fits(owed: Price, money: Money) -> bool:
    return money.amount <= owed.amount and money.currency in (None, owed.currency)


def _fitting(targets: Sequence[PaymentTarget], money: Money) -> PaymentTarget | None:
    """Gives the one thing this amount can be for: the only debt it fits, or the only one it settles."""
    fitting = [target for target in targets if _fits(target.owed, money)]
    settled = [target for target in fitting if target.owed.amount == money.amount]
    if len(fitting) == 1:
        return fitting[0]
    return settled[0] if len(settled) == 1 else None


def _check_amount(turn: Turn, state: FormState, targets: Sequence[PaymentTarget]) -> None:
    money = _money(state)
    target = _fitting(targets, money)
    if target:
        state.set("cita_id", target.appointment_id)
        state.set("paquete_id", target.package_id)
        state.set("moneda", target.owed.currency)
    elif any(_fits(target.owed, money) for target in targets):
        turn.say("utter_pago_varios_adeudos", adeudos=_listed(targets))
        state.ask("cita_id")
    else:
        owed = format_money(targets[0].owed.money)
        turn.say("utter_pago_monto_distinto", monto=format_money(money), adeudo=owed)
        state.forget("monto", "moneda")


def _buttons(targets: Sequence[PaymentTarget]) -> list[Button]:
    """Gives a button for each debt, which takes the whole of it."""
    return [
        button(
            (target.description or str(target.appointment_id or target.package_id))[:LONGEST_TITLE],
            "informar",
            monto=format_money(target.owed.money),
            cita_id=target.appointment_id,
            paquete_id=target.package_id,
        )
        for target in targets[:MOST_BUTTONS]
    ]


def _listed(targets: Sequence[PaymentTarget]) -> str:
    return "\n".join(
        f"• {t.appointment_id or t.package_id}: {t.description}, {format_money(t.owed.money)}" for t in targets
    )


class ActionPagarServicio(BaseSubmission):
    """Begins the payment that was agreed to."""

    form = PagarServicioForm

    async def submit(self, turn: Turn, values: Mapping[str, Any]) -> None:
        """Begins it and gives the link or the reference to pay with."""
        money: Money = values["monto"]
        email, target = values["email"], (values["cita_id"], values["paquete_id"])
        asked = (money.amount, money.currency or values["moneda"], values["método_pago"])
        payment = await turn.api(email).pay(
            turn.key("pagar", email, *target, *asked), *asked, appointment_id=target[0], package_id=target[1]
        )
        monto = format_money(Money(payment.amount, payment.currency))
        if payment.link:
            turn.say(
                "utter_pago_enlace",
                monto=monto,
                enlace=payment.link,
                referencia=payment.reference or payment.id,
            )
        else:
            turn.say("utter_pago_referencia", monto=monto, referencia=payment.reference or payment.id)
        if payment.owed_after and payment.owed_after.amount > 0:
            turn.say("utter_pago_resta", resto=format_money(payment.owed_after.money))

    async def after_refusal(self, turn: Turn, state: FormState, error: ApiError) -> Events:
        """Asks for another amount where the amount was what did not fit."""
        if isinstance(error, Refused) and error.code in {"amount_mismatch", "currency_mismatch"}:
            return state.reopen("monto", "moneda")
        return state.close(turn)
