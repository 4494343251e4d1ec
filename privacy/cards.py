"""Payment card numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from privacy.draft import Draft
from privacy.numbers import DASHES, GroupedNumber, numbers_in, run_pattern

CARD = "[tarjeta]"

# What is written after a card's number to charge it: its expiry, its security code, and the words that name them.
_BETWEEN = rf"[\s,;:.|/·()_{DASHES}]{{0,3}}"
_NAMED = (
    r"(?:(?:y|e|con|el|la|su|mi|de|fecha)\s{1,2}){0,4}"
    r"(?:vence|vencimiento|venc|vto|expira(?:cion)?|exp|valida\s{1,2}hasta|cvv2?|cvc2?|cvn"
    r"|cod(?:igo)?)\b(?:\s{1,2}(?:de|la|el|en|es|seguridad|tarjeta)\b){0,5}"
)
_EXPIRY = rf"(?:0?[1-9]|1[0-2])\s?[/.|{DASHES}]\s?(?:20)?\d\d|(?:0[1-9]|1[0-2])\s(?:20)?[2-4]\d"
_SECURITY_CODE = r"\d{3,4}"
_NO_DATE = r"(?![^\W_]|[-/.]\d(?!\d\d(?!\d)))"
_NO_AMOUNT = (
    r"(?![^\W_]|[-/.,:]\d)"
    r"(?!\s?(?:%|[$€]|(?:pesos|mxn|usd|eur|euros?|dolares|soles|personas?|minutos?|min|horas?|hrs?)\b))"
)
_DETAILS = re.compile(
    rf"{re.escape(CARD)}(?P<secret>"
    rf"(?:{_BETWEEN}(?:{_NAMED}{_BETWEEN})?(?<![$€\d])(?:(?:{_EXPIRY}){_NO_DATE}|{_SECURITY_CODE}{_NO_AMOUNT})){{1,4}})"
)
_RUN = run_pattern(separator=rf"[\s.,/|·_{DASHES}]")
_MIN_DIGITS, _MAX_DIGITS = 13, 19
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
# Glued to a word: "tarjeta4111…", "4111…visa". An id of mixed letters and digits has no such stretch of letters.
_GLUED = re.compile(r"(?:(?<=[a-z]{3})|(?<![^\W_]))[0-9]{13,19}(?=[a-z]{3}|(?![^\W_]))")
_DIGIT = re.compile(r"\d")
# Four groups of four with words between them: "4111 1111 luego 1111 1111".
_FOUR = re.compile(
    r"(?<![\w$€#])(?:(?<![.,:/-])|(?<=(?<!\d)\d{4}[.,/-]))[0-9]{4}(?![\w€%]|[.,:/-][0-9](?!\d{3}(?!\d)))"
)
_LONGEST_GAP = 40
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
    """Replace the card numbers in a text, in whatever groups their digits are written or dictated.

    An expiry and a security code directly after the number go with it, their words ("vence", "cvv") included.
    """
    draft = Draft(text)
    hide_cards_in(draft)
    return draft.text if draft.hidden else text


def hide_cards_in(draft: Draft) -> None:
    """Hide what `hide_cards` hides."""
    draft.hide([(said.start, said.end) for said in draft.spoken if _is_card_number(said.digits)], CARD)
    if draft.digits_together >= _MIN_DIGITS:
        runs = _RUN.finditer(draft.plain)
        draft.hide([span for run in runs for span in numbers_in(run, _is_card, _MIN_DIGITS, _MAX_DIGITS)], CARD)
        draft.hide([found.span() for found in _GLUED.finditer(draft.plain) if _is_card_number(found[0])], CARD)
    if draft.digits >= _MIN_DIGITS:
        draft.hide(list(_scattered(draft.plain)), CARD)
    if CARD in draft.text:
        draft.hide_matches(_DETAILS, "")


def _scattered(plain: str) -> Iterator[tuple[int, int]]:
    groups = [found.span() for found in _FOUR.finditer(plain)]
    first = 0
    while first + 4 <= len(groups):
        four = groups[first : first + 4]
        gaps = [plain[left[1] : right[0]] for left, right in pairwise(four)]
        number = "".join(plain[start:end] for start, end in four)
        if all(len(gap) <= _LONGEST_GAP and not _DIGIT.search(gap) for gap in gaps) and _is_card_number(number):
            yield from four
            first += 4
        else:
            first += 1


def _is_card(number: GroupedNumber) -> bool:
    if not _is_card_number(number.digits):
        return False
    if len(set(number.separators)) <= 1:
        return True
    # Digits in mixed groups may as well be two dates side by side.
    written = "".join(
        group + separator for group, separator in zip(number.groups, (*number.separators, ""), strict=True)
    )
    return not _DATE.search(written)


def _is_card_number(digits: str) -> bool:
    return _ISSUERS.fullmatch(digits) is not None and _passes_luhn(digits)


def _passes_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
