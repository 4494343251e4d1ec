"""One-time codes, PINs and a card's security code or expiry without its number."""

from __future__ import annotations

import re

from privacy.draft import Draft

CODE = "[código]"

_AMOUNT_UNITS = (
    r"(?!\s?(?:%|[$€]|(?:pesos|mxn|usd|eur|euros?|cop|clp|ars|pen|dolares|soles|personas?|minutos?|min|segundos?|"
    r"horas?|hrs?|dias?|veces|mil)\b))"
)
_DIGITS = (
    r"(?:\d{3}[\s-]\d{3}|\d{4}-\d{2}|\d\d(?:[\s-]\d\d){2,3}|\d(?:[\s-]\d){3,7}|\d{3,8})(?![\w-]|[.,:]\d)"
    + _AMOUNT_UNITS
)
_CODE_WORD = r"(?:codigo|code|cod\.?|otp|pin|nip|cvv2?|cvc2?|cvn|clave|token)"
# "código de cita 1042" and "código postal 06600" are no secrets: only these words may stand between.
_LINK = (
    r"(?:\s{1,3}(?:de|del|verificacion|seguridad|acceso|confirmacion|temporal|validacion|dinamica|la|mi|tarjeta|es|is|"
    r"que|me|te|llego|al|correo|sms|mensaje|dice|era|fue|un|este|el|whatsapp)\b){0,8}"
)
_ANNOUNCED = re.compile(
    rf"(?<![^\W_]){_CODE_WORD}{_LINK}[\"']?\s{{0,3}}[:#=]?\s{{0,3}}[\"']?(?<![-\d])(?P<secret>{_DIGITS})"
)
_EXPLAINED = re.compile(
    rf"(?<![\w-])(?P<secret>{_DIGITS})\s{{1,3}}(?:es|is|era|fue)\s{{1,3}}(?:tu|mi|el|your|my|the)\s{{1,3}}{_CODE_WORD}\b"
)
_PREFIXED = re.compile(r"(?<![^\W_])g-\d{6}\b")
_KEYCAP = frozenset("\N{COMBINING ENCLOSING KEYCAP}\N{VARIATION SELECTOR-16}")
_ANY_NUMBER = re.compile(r"(?P<secret>\d(?:[\W_]{0,5}\d)+)")
# Nothing but six digits is the answer to "which code did you get?"; request ids have five.
_FILLER = (
    r"(?:es|el|la|este|si|ok|va|ahi|aqui|esta|me|llego|salio|mi|gracias|listo|hola|fue|dice|numero|dale|porfa|"
    r"por|favor)"
)
_ALONE = re.compile(
    rf"\W{{0,3}}(?:{_FILLER}\W{{1,3}}){{0,6}}(?P<secret>\d{{6}}|\d{{3}}[\s-]\d{{3}})\W{{0,3}}(?:{_FILLER}\W{{0,3}}){{0,4}}"
)
_ON_THE_BACK = re.compile(
    r"(?<![^\W_])(?:tres|3|cuatro|4)\s{1,2}(?:numeros?|digitos|cifras)\s{1,2}(?:de\s{1,2}atras|del\s{1,2}reverso|"
    r"de\s{1,2}seguridad|de\s{1,2}la\s{1,2}(?:parte|tarjeta))[^\d\[]{0,25}(?P<secret>\d{3,4})(?![\w]|[.,/:]\d)"
)
_CARD_WORD = re.compile(r"(?<![^\W_])(?:tarjeta|visa|mastercard|amex|cvv|cvc)")
_EXPIRY = re.compile(
    r"(?<![^\W_])(?:vence|vencimiento|venc|vto|expira(?:cion)?|exp|valida\s{1,2}hasta)\b[^\d\[]{0,25}"
    r"(?P<secret>(?:0?[1-9]|1[0-2])\s?[/.|-]\s?(?:20)?(?:2[4-9]|3\d|4\d))(?![\w/-])"
)
_SPOKEN_ANNOUNCED = re.compile(rf"(?<![^\W_]){_CODE_WORD}{_LINK}\s{{0,3}}[:=]?\s{{0,3}}\Z")
_LOOK_BACK = 80
_SHORTEST, _LONGEST, _ALONE_DIGITS = 3, 8, 6
_CODE_HINT = re.compile(r"cod|otp|pin|nip|cv[vcn]|clave|token")
_BACK_HINT = re.compile(r"numero|digito|cifras")


def hide_codes(draft: Draft) -> None:
    """Hide one-time codes, PINs and card security codes, written or dictated."""
    if draft.spoken:
        _hide_dictated(draft)
    if draft.digits < _SHORTEST:
        return
    if draft.digits_together >= _ALONE_DIGITS and (alone := _ALONE.fullmatch(draft.plain)):
        draft.hide([alone.span("secret")], CODE)
        return
    if _CODE_HINT.search(draft.plain):
        draft.hide_matches(_EXPLAINED, CODE)
        draft.hide_matches(_ANNOUNCED, CODE)
    if "g-" in draft.plain:
        draft.hide_matches(_PREFIXED, CODE)
    if _BACK_HINT.search(draft.plain):
        draft.hide_matches(_ON_THE_BACK, CODE)
    if _CARD_WORD.search(draft.plain):
        draft.hide_matches(_EXPIRY, CODE)


def hide_asked_code(text: str) -> str:
    """Return the text without any number: it answers the question for a one-time code, however it is written."""
    draft = Draft("".join(char for char in text if char not in _KEYCAP))
    draft.hide([(number.start, number.end) for number in draft.spoken], CODE)
    draft.hide_matches(_ANY_NUMBER, CODE)
    return draft.text


def _hide_dictated(draft: Draft) -> None:
    plain = draft.plain
    spans = []
    for number in draft.spoken:
        length = len(number.digits)
        before = plain[max(0, number.start - _LOOK_BACK) : number.start]
        alone = length == _ALONE_DIGITS and not re.search(r"\w", plain[: number.start] + plain[number.end :])
        if alone or (_SHORTEST <= length <= _LONGEST and _SPOKEN_ANNOUNCED.search(before)):
            spans.append((number.start, number.end))
    draft.hide(spans, CODE)
