"""Changing what the business knows of a customer; only for a person it knows, and said back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from actions.dialogue import fields
from actions.dialogue.forms import BaseForm
from actions.dialogue.meaning import Found
from actions.dialogue.problems import named_in
from actions.dialogue.state import FormState
from actions.dialogue.submissions import BaseSubmission
from actions.dialogue.turn import Turn
from actions.values import format_fecha
from actions.values.spelling import spell

CHANGEABLE = ("nombre", "teléfono", "fecha_nacimiento")
WHICH = "dato"
_CHANGES_EMAIL = re.compile(
    r"\b(?:cambi|actualiz|modific|corrig|correg|edit|pon)\w*\s+(?:de\s+)?(?:(?:mi|el|otro|un)\s+)?(?:nuevo\s+)?"
    r"(?:correo|mail|email)\b|\b(?:otro|nuevo) (?:correo|mail|email)\b|\b(?:correo|mail|email) nuevo\b"
    r"|^\W*(?:el |mi )?(?:correo|mail|email)\W*$"
)


class ActualizarPerfilForm(BaseForm):
    """Asks whose profile it is and what is to change; of a phone, by which they are known, also whether it is right."""

    intent = "actualizar_perfil"
    confirms = True
    fields = (
        fields.EMAIL.needed(),
        fields.NOMBRE,
        fields.TELÉFONO,
        fields.FECHA_NACIMIENTO,
    )

    def required(self, state: FormState) -> Sequence[str]:
        """Gives what to ask for: the e-mail, and one thing to change."""
        return ["email"] if any(state.get(name) for name in CHANGEABLE) else ["email", WHICH]

    async def _take(self, turn: Turn, state: FormState, found: Found) -> None:
        if state.asked in (None, WHICH) and _CHANGES_EMAIL.search(spell(turn.text)):
            # A new address says whose profile it will be, and not whose it is.
            turn.say("utter_correo_no_cambia")
            turn.understood = True
            state.leave()
            return
        await super()._take(turn, state, found)

    async def check(self, turn: Turn, state: FormState) -> None:
        """Asks for the new value when only its kind was said ("mi teléfono")."""
        named = None if any(state.get(name) for name in CHANGEABLE) else named_in(turn.text, CHANGEABLE)
        if named and state.get("email"):
            state.ask(named)

    async def confirm(self, turn: Turn, state: FormState) -> None:
        """States the new number and asks whether it is right; whatever else is to change is only said back."""
        if state.get("teléfono"):
            turn.say("utter_confirmar_actualizar_perfil", teléfono=state.get("teléfono"))
        else:
            state.finish(confirmed=True)


class ActionActualizarPerfil(BaseSubmission):
    """Changes the profile."""

    form = ActualizarPerfilForm

    async def submit(self, turn: Turn, values: Mapping[str, Any]) -> None:
        """Changes it and says back each new value."""
        profile = await turn.api(values["email"]).change_profile(
            turn.key("perfil", *(values[name] for name in CHANGEABLE)),
            name=values["nombre"],
            phone=values["teléfono"],
            birth_date=values["fecha_nacimiento"],
        )
        if values["nombre"]:
            turn.say("utter_perfil_nombre", nombre=profile.name)
        if values["teléfono"]:
            turn.say("utter_perfil_teléfono", teléfono=profile.phone)
        if values["fecha_nacimiento"] and profile.birth_date:
            turn.say("utter_perfil_fecha_nacimiento", fecha_nacimiento=format_fecha(profile.birth_date, turn.now))
