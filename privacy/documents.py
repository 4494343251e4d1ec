"""Official ids of persons, and bank accounts."""

from __future__ import annotations

import re

from privacy.draft import Draft

DOCUMENT = "[documento]"

_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
# Those that are known by their shape; in folded text.
_SHAPES = re.compile(
    rf"""(?x)(?<![\w.-])(?:
      [a-z]{{4}}\d\d{_MONTH_DAY}[hmx][a-z]{{5}}[a-z0-9]\d         # CURP (Mexico)
    | [a-z&]{{3,4}}-?\d\d{_MONTH_DAY}-?[a-z0-9]{{2}}[0-9a]        # RFC (Mexico)
    | \d{{1,2}}\.\d{{3}}\.\d{{3}}-[0-9a-z]                        # RUT (Chile), DNI (Spain) with dots
    | (?:20|2[347]|3[034])-\d{{8}}-\d                             # CUIT (Argentina)
    | \d{{3}}-\d\d-\d{{4}}                                        # SSN (USA)
    )(?![\w-]|\.\d)"""
)
# Those that a check letter or digit tells from other numbers.
_CHECKED = re.compile(r"(?<![\w.-])(?:[xyz]-?\d{7}-?[a-z]|\d{8}-?[a-z]|\d{7,8}-[0-9k])(?![\w-]|\.\d)")
_IBAN = re.compile(r"(?<![\w-])[a-z]{2}\d\d(?:[ -]?[a-z0-9]{4}){3,7}(?:[ -]?[a-z0-9]{1,3})?(?![\w-])")
_ANNOUNCED = re.compile(
    r"(?<![^\W_])(?:dni|nie|nif|rut|run|c\.?\s?c|cedula|curp|rfc|cui[tl]|pasaporte|passport|ssn|nss|ine|ife|"
    r"clave\sde\selector|identificacion|documento|clabe|cbu|cvu|iban)\b\.?"
    r"(?:\s{1,3}(?:es|el|la|de|identidad|ciudadania|numero|nro|num|no|is)\b\.?){0,4}[\s:#=]{0,3}"
    r"(?P<secret>(?=(?:[^\d\s]{0,8}[\s]?\d){5})[a-z]{0,7}[0-9][0-9a-z.\-]{4,25}(?:\s[0-9]{2,}){0,4})(?![^\W_])"
)
_LONG = re.compile(r"(?<![\w-])(?<!\d[.,])[0-9]{16,34}(?![\w])")
_DNI_LETTERS = "trwagmyfpdxbnjzsqvhlcke"
_FEWEST_DIGITS = 5
_LONGEST_PHONE = 15


def hide_documents(draft: Draft) -> None:
    """Hide official ids of persons and bank accounts."""
    if draft.digits_together < _FEWEST_DIGITS:
        return
    draft.hide_matches(_ANNOUNCED, DOCUMENT)
    draft.hide_matches(_SHAPES, DOCUMENT)
    draft.hide([found.span() for found in _CHECKED.finditer(draft.plain) if _checks(found[0])], DOCUMENT)
    draft.hide([found.span() for found in _IBAN.finditer(draft.plain) if _is_iban(found[0])], DOCUMENT)


def hide_accounts(draft: Draft) -> None:
    """Hide bare digits in a row that are too many for a phone: what is no card by now is an account."""
    if draft.digits_together > _LONGEST_PHONE:
        draft.hide_matches(_LONG, DOCUMENT)


def _checks(written: str) -> bool:
    number = written.replace("-", "")
    body, check = number[:-1], number[-1]
    if body[0] in "xyz":
        body = str("xyz".index(body[0])) + body[1:]
    if check.isalpha() and check != "k":
        return _DNI_LETTERS[int(body) % 23] == check
    total = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(body)))
    return "0123456789k0"[(11 - total % 11) % 12 if total % 11 else 11] == check or (
        check == "k" and _DNI_LETTERS[int(body) % 23] == check
    )


def _is_iban(written: str) -> bool:
    letters = re.sub(r"[ -]", "", written)
    moved = letters[4:] + letters[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1
