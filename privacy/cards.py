"""Payment card numbers."""

from __future__ import annotations

import re

from privacy.numbers import GroupedNumber, replace_numbers, run_pattern

CARD = "[tarjeta]"

# What is written after a card's number to charge it: its expiry, its security code, and the words that name them.
_BETWEEN = r"[\s,;:.|/·()_\-‐‑–—]{0,3}"
_NAMED = (
    r"(?:(?:y|e|con|el|la|su|mi|de|fecha)\s{1,2}){0,4}"
    r"(?:vence|vencimiento|venc|vto|expira(?:ci[oó]n)?|exp|v[aá]lida\s{1,2}hasta|cvv2?|cvc2?|cvn"
    r"|c[oó]d(?:igo)?)\b(?:\s{1,2}(?:de|la|el|en|es|seguridad|tarjeta)\b){0,5}"
)
_EXPIRY = r"(?:0?[1-9]|1[0-2])\s?[/.|\-‐‑–—]\s?(?:20)?\d\d|(?:0[1-9]|1[0-2])\s(?:20)?[2-4]\d"
_SECURITY_CODE = r"\d{3,4}"
_NO_DATE = r"(?![^\W_]|[-/.]\d(?!\d\d(?!\d)))"
_NO_AMOUNT = (
    r"(?![^\W_]|[-/.,:]\d)"
    r"(?!\s?(?:%|[$€]|(?:pesos|mxn|usd|eur|euros?|d[oó]lares|soles|personas?|minutos?|min|horas?|hrs?)\b))"
)
_DETAILS = re.compile(
    rf"(?P<card>{re.escape(CARD)})"
    rf"(?:{_BETWEEN}(?:{_NAMED}{_BETWEEN})?(?<![$€\d])(?:(?:{_EXPIRY}){_NO_DATE}|{_SECURITY_CODE}{_NO_AMOUNT})){{1,4}}",
    re.IGNORECASE,
)
_RUN = run_pattern(separator=r"[\s.,/|·_\-‐‑–—]")
_MIN_DIGITS, _MAX_DIGITS = 13, 19
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
# ISO/IEC 7812 ranges in use and the lengths that they are issued in. Without them one long number in ten
# would be taken for a card.
_ISSUERS = re.compile(
    r"""(?x)
      4(?:\d{12}|\d{15}|\d{18})                                                      # Visa
    | (?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720|220[0-4])\d{12}    # Mastercard, Mir
    | 3[47]\d{13}                                                                    # American Express
    | 3(?:0[0-5]|[68]\d)\d{11,16}                                                    # Diners Club
    | 35\d{14,17}                                                                    # JCB
    | 6\d{15,18}                                                                     # Discover, UnionPay, …
    | (?:50|5[6-8]|6\d)\d{11,17}                                                     # Maestro, Carnet
    """
)


def hide_cards(text: str) -> str:
    """Replace the card numbers in a text, in whatever groups their digits are written.

    An expiry and a security code directly after the number go with it, their words ("vence", "cvv") included.
    """
    return _DETAILS.sub(r"\g<card>", replace_numbers(text, _RUN, _is_card, _MAX_DIGITS, CARD))


def _is_card(number: GroupedNumber) -> bool:
    digits = number.digits
    if len(digits) < _MIN_DIGITS or not _ISSUERS.fullmatch(digits) or not _passes_luhn(digits):
        return False
    if len(set(number.separators)) <= 1:
        return True
    # Digits in mixed groups may as well be two dates side by side.
    written = "".join(
        group + separator for group, separator in zip(number.groups, (*number.separators, ""), strict=True)
    )
    return not _DATE.search(written)


def _passes_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
