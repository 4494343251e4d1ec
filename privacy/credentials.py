"""One-time codes, keys and passwords."""

from __future__ import annotations

import re

CODE = "[código]"
KEY = "[clave]"

_KEYS = re.compile(
    r"""(?x)\b(?:
      sk-[\w-]{16,}                                          # OpenRouter, OpenAI, Anthropic
    | (?:sk|pk|rk)_(?:live|test)_\w{10,}                     # Stripe
    | (?:AC|SK|AU)[0-9a-f]{32}                               # Twilio
    | AKIA[0-9A-Z]{16}                                       # AWS
    | gh[pousr]_\w{20,} | github_pat_\w{20,} | xox[abprs]-[\w-]{10,} | AIza[\w-]{30,}
    | eyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*                        # JWT
    | (?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{40,128}      # hexadecimal secrets
    )"""
)
_NAMED_KEY = re.compile(
    r"\b(?P<name>(?:api[_\s-]?key|access[_\s-]?token|auth[_\s-]?token|token|secret|password|passwd|"
    r"contrase[ñn]a)(?:\s*[:=]\s*|\s+es:?\s+))(?!\[)[^\s&,;]+",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(?P<name>bearer\s+)[\w.~+/-]{8,}=*", re.IGNORECASE)

_DIGITS = r"(?<![\w-])(?:\d{3}[\s-]\d{3}|\d{3,8})(?![\w-]|[.,]\d)"
_CODE_WORD = r"(?:c[oó]digo|code|otp|pin|nip|cvv2?|cvc|clave|token)"
# "código de cita 1042" and "código postal 06600" are no secrets: only these words may stand between.
_LINK = (
    r"(?:\s+(?:de|del|verificaci[oó]n|seguridad|acceso|confirmaci[oó]n|temporal|validaci[oó]n|la|mi|tarjeta|es|"
    r"me|lleg[oó]|dice|era|fue|un|este|el|whatsapp)){0,6}"
)
_ANNOUNCED = re.compile(rf"\b(?P<words>{_CODE_WORD}{_LINK}\s*[:#=]?\s*){_DIGITS}", re.IGNORECASE)
_EXPLAINED = re.compile(rf"{_DIGITS}(?P<words>\s+(?:es|is)\s+(?:tu|mi|el|your|my)\s+{_CODE_WORD}\b)", re.IGNORECASE)
_PREFIXED = re.compile(r"\bG-\d{6}\b")
# Nothing but six digits is the answer to "which code did you get?"; request ids have five.
_ALONE = re.compile(r"\s*(?:\d{6}|\d{3}[\s-]\d{3})\s*")


def hide_keys(text: str) -> str:
    """Replace API keys, tokens and passwords in a text."""
    for pattern in (_NAMED_KEY, _BEARER):
        text = pattern.sub(rf"\g<name>{KEY}", text)
    return _KEYS.sub(KEY, text)


def hide_codes(text: str) -> str:
    """Replace one-time codes and card security codes in a text."""
    if _ALONE.fullmatch(text):
        return CODE
    text = _EXPLAINED.sub(rf"{CODE}\g<words>", text)
    text = _ANNOUNCED.sub(rf"\g<words>{CODE}", text)
    return _PREFIXED.sub(CODE, text)
