"""The business's own numbers read from phrases: appointments ("C-1042") and requests ("12345")."""

from __future__ import annotations

import re

from actions.values.corrections import CORRECTED, Mention, settle
from actions.values.result import Read, Result
from actions.values.spelling import alone, spell

_CALLED = r"(?: (?:numero|num|nro|no|n|folio|id|codigo|es|la|el|con|de))*\.?:? ?"
_CITA = re.compile(
    rf"(?<![\w@./-])(?:(?:la )?(?:cita|reserva|reservacion|turno|hora"
    rf"|sesion){_CALLED}#? ?(?:c ?[-.#]? ?)?|c ?[-.#_]? ?)"
    r"(?P<number>\d{3,7})(?![\w@/]|[.,:-]\d)(?! (?:pesos|dolares|usd|mxn|euros))"
)
_BARE_CITA = re.compile(r"(?:c ?[-.#_]? ?)?#?(?P<number>\d{4})")
_SOLICITUD = re.compile(
    rf"(?<![\w@./-])(?:(?:solicitud|folio|tramite|ticket|caso|peticion|expediente|reclamo|queja){_CALLED}#? ?"
    r"(?=\d{1,12}(?!\d))|(?:(?:numero|nro|num|no|n)[.°º]*:? ?|# ?)(?=\d{3,8}(?!\d)))"
    r"(?P<number>\d+)(?![\w@/]|[.,:-]\d)(?! (?:pesos|dolares|usd|mxn|euros))"
)
_FIVE_DIGITS = re.compile(r"(?<![\w.,/:@-])\d{5}(?![\w@/]|[.,:-]\d)")
_BARE_SOLICITUD = re.compile(r"#? ?(?P<number>\d{5})")


def read_cita_id(text: str, *, bare: bool = True) -> Result[str]:
    """Read an appointment's id as "C-1042", however it was written ("c1042", "cita 1042").

    Args:
        text: what the customer wrote.
        bare: whether four digits alone count, as in the answer to "¿qué cita?".

    Returns:
        The id, or Unclear: `cita_multiple`, `sin_valor`.
    """
    spelled = _undictated(spell(text))
    mentions = [Mention(m.start(), m.end(), f"C-{m['number']}") for m in _CITA.finditer(spelled)]
    if bare and not mentions and (match := _BARE_CITA.fullmatch(alone(spelled))):
        return Read(f"C-{match['number']}")
    return settle(spelled, mentions, "cita_multiple")


def read_solicitud_id(text: str, *, bare: bool = True) -> Result[str]:
    """Read a request's digits ("#12345", "solicitud 12345").

    Args:
        text: what the customer wrote.
        bare: whether five digits alone count, as in the answer to "¿qué solicitud?".

    Returns:
        The digits, or Unclear: `solicitud_multiple`, `sin_valor`.
    """
    spelled = _undictated(spell(text))
    mentions = [Mention(m.start(), m.end(), m["number"]) for m in _SOLICITUD.finditer(spelled)]
    if bare and not mentions:
        if match := _BARE_SOLICITUD.fullmatch(alone(spelled)):
            return Read(match["number"])
        if CORRECTED.search(spelled) or spelled.startswith("no "):
            mentions = [Mention(m.start(), m.end(), m[0]) for m in _FIVE_DIGITS.finditer(spelled)]
    return settle(spelled, mentions, "solicitud_multiple")


def _undictated(spelled: str) -> str:
    """Ids dictated with the name of the letter and the dash, or digit by digit, as they are written."""
    spelled = re.sub(r"\b(?:ce|se) (?:guion )?(?=\d)", "c ", spelled)
    spelled = re.sub(r"\bguion (?=\d)", "-", spelled)
    return re.sub(r"(?<!\d)\d(?: \d){3,5}(?!\d| \d)", lambda match: match.group().replace(" ", ""), spelled)
