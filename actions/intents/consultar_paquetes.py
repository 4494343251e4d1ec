"""What the business sells, with the prices it has today."""

from __future__ import annotations

from collections.abc import Sequence

from actions.dialogue.base import Events, InformingAction
from actions.dialogue.turn import Turn
from actions.internal_api.models import Package, Price
from actions.values import format_money, read_duracion, read_moneda, read_tipo_paquete, read_tipo_sesion


class ActionConsultarPaquetes(InformingAction):
    """Lists the packages that fit what was asked."""

    action_name = "action_consultar_paquetes"
    intent = "consultar_paquetes"

    async def answer(self, turn: Turn) -> Events:
        """Says the packages, or that none fits."""
        currency = turn.first("moneda", lambda span: read_moneda(span, turn.reading))
        kind = turn.first("tipo_paquete", read_tipo_paquete)
        minutes = turn.first("duración", read_duracion)
        business = await turn.business()
        packages = await turn.api().packages(kind, currency, minutes)
        if not packages:
            turn.say("utter_sin_paquetes")
            return []
        # "¿Cuánto cuesta la sinastría?" is not about the others; of a session that no package has, all are told.
        session = turn.first("tipo_sesion", read_tipo_sesion)
        named = [package for package in packages if session and package.session_type == session]
        turn.say("utter_paquetes", paquetes=_listed(named or packages, currency or business.currency))
        return []


def _listed(packages: Sequence[Package], currency: str) -> str:
    lines = []
    for package in packages:
        price = _price(package.prices, currency)
        amount = f": {format_money(price.money)}" if price else ""
        lines.append(f"• *{package.name}* ({package.duration_minutes} min){amount}\n  {package.description}".rstrip())
    return "\n".join(lines)


def _price(prices: Sequence[Price], currency: str) -> Price | None:
    return next((p for p in prices if p.currency == currency), prices[0] if prices else None)
