"""E-mail addresses, typed or dictated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacy.draft import Draft

EMAIL = "[email]"

# What stands for "@"; what is before it is looked for from here, to the left.
_AT = re.compile(
    r"(?P<typed>\s{0,2}(?:@{1,3}|%40)\s{0,2})|\s{0,2}[(\[{<]\s?(?:at|arroba)\s?[)\]}>]\s{0,2}"
    r"|(?<![^\W_])ar{1,3}o(?:b+|v)a(?![^\W_])\s{0,3}|(?<![^\W_])(?P<english>at)\s{1,3}"
)
_AT_HINT = re.compile(r"%40|ar+o[bv]|[(\[{<\s]at[)\]}>\s]|\bat\b|[(\[{<]\sat")
# RFC 5321 bounds a local part at 64 and a domain at 255 characters.
_LABEL = r"[^\W_][\w-]{0,62}"
_SPOKEN_DOT = r"(?:\s{1,3}(?:punto|pto|dot)\s{1,3}|\s{0,2}[(\[{](?:punto|dot)[)\]}]\s{0,2})"
_SPOKEN_LABEL = (
    rf"{_LABEL}(?:\s{{1,3}}(?:guion(?:\s{{1,3}}(?:medio|bajo))?|subguion|raya|menos|dash)\s{{1,3}}{_LABEL}){{0,3}}"
)
_TOP = r"(?:com|net|org|edu|gob|gov|mx|es|co|ar|cl|pe|us|io|info|uy|ec|ve|br|uk|de|fr|it)(?![^\W_])"
_PROVIDERS = r"(?:g\s?mail|hotmail|outlook|yahoo|icloud|live|msn|proton(?:mail)?|prodigy)"
_PROVIDER = rf"{_PROVIDERS}(?![^\W_])(?:(?:{_SPOKEN_DOT}|\s{{0,2}}[.,]{{1,2}}\s?|\s){_TOP}){{0,2}}"
_TYPED_DOMAIN = re.compile(rf"{_LABEL}(?:[.,]{{1,2}}{_LABEL}){{0,6}}")
_LOOSE_DOMAIN = re.compile(
    rf"{_LABEL}(?:\s{{0,2}}[.,]{{1,2}}\s?{_LABEL}){{0,4}}?(?:\s{{0,2}}[.,]{{1,2}}\s?{_TOP}){{1,2}}|{_PROVIDER}"
)
_SPOKEN_DOMAIN = re.compile(
    # A name of two words, "mi empresa", is dictated as such.
    rf"{_PROVIDER}|{_SPOKEN_LABEL}(?:\s{{1,3}}{_SPOKEN_LABEL})?(?:{_SPOKEN_DOT}{_SPOKEN_LABEL}){{1,5}}"
    rf"|{_LABEL}(?:(?:{_SPOKEN_DOT}|\s{{0,2}}[.,]{{1,2}}\s?){_LABEL}){{1,5}}"
)
_ENGLISH_DOMAIN = re.compile(rf"{_SPOKEN_LABEL}(?:{_SPOKEN_DOT}{_SPOKEN_LABEL}){{1,4}}")
# "anaperez gmail.com", "ana.perezgmail.com": where the "@" was left out.
_FORGOTTEN = re.compile(
    r"(?:gmail|hotmail|outlook|yahoo|icloud)(?:(?:\.|,|\s{1,3}(?:punto\s{1,3})?)(?:com|es)(?![^\W_])"
    r"(?:\.(?:mx|ar|co|pe|cl|es))?)"
)
_PROVIDER_NAMES = ("gmail", "hotmail", "outlook", "yahoo", "icloud")

_TOKEN = re.compile(r"[\w.+'%&-]+|\s+|[^\w\s]")
_LOOK_BACK = 160
_JOINS = frozenset({"punto", "pto", "dot", "guion", "bajo", "medio", "underscore", "menos", "mas", "subguion", "raya"})
# Before an address these belong to the sentence.
_SENTENCE = frozenset(
    [
        "a",
        "al",
        "y",
        "e",
        "o",
        "u",
        "es",
        "era",
        "el",
        "la",
        "los",
        "las",
        "de",
        "del",
        "en",
        "con",
        "por",
        "para",
        "mi",
        "mis",
        "tu",
        "su",
        "correo",
        "correos",
        "mail",
        "email",
        "e-mail",
        "electronico",
        "direccion",
        "cita",
        "pago",
        "paquete",
        "gracias",
        "hola",
        "perdon",
        "si",
        "no",
        "escribeme",
        "escribe",
        "mandalo",
        "manda",
        "envia",
        "enviame",
        "usa",
        "es:",
        "que",
        "se",
        "como",
        "soy",
        "este",
        "esta",
        "aqui",
        "nos",
        "vemos",
        "quiero",
        "me",
        "lo",
        "un",
        "una",
        "is",
        "my",
        "the",
        "to",
        "at",
        "cuenta",
        "usuario",
        "contacto",
        "nombre",
    ]
)
_NUMBER_WORDS = frozenset(
    [
        "cero",
        "uno",
        "dos",
        "tres",
        "cuatro",
        "cinco",
        "seis",
        "siete",
        "ocho",
        "nueve",
        "diez",
        "once",
        "doce",
        "trece",
        "catorce",
        "quince",
        "veinte",
        "treinta",
        "cuarenta",
        "cincuenta",
        "sesenta",
        "setenta",
        "ochenta",
        "noventa",
    ]
)
_ASIDES = frozenset({"todo", "junto"})
_MOST_WORDS = 2


def hide_emails(draft: Draft) -> None:
    """Hide e-mail addresses, "ana punto perez arroba gmail punto com" among them."""
    plain = draft.plain
    if "@" in plain or _AT_HINT.search(plain):
        draft.hide(list(_addresses(plain)), EMAIL)
    if any(name in draft.plain for name in _PROVIDER_NAMES):
        draft.hide(list(_forgotten(draft.plain)), EMAIL)


def _addresses(plain: str) -> Iterator[tuple[int, int]]:
    floor = 0
    for at in _AT.finditer(plain):
        if at.start() < floor:
            continue
        domain = _domain(plain, at)
        if domain is None:
            continue
        start = _local_part(plain, at.start(), floor, spoken=at["typed"] is None and at["english"] is None)
        if start is not None:
            yield start, domain.end()
            floor = domain.end()


def _domain(plain: str, at: re.Match[str]) -> re.Match[str] | None:
    if at["english"]:
        return _ENGLISH_DOMAIN.match(plain, at.end())
    if not at["typed"]:
        return _SPOKEN_DOMAIN.match(plain, at.end())
    # "nos vemos @ las 5" is none: with blanks around, the domain must end as domains do.
    loose = _LOOSE_DOMAIN.match(plain, at.end()) or (_ENGLISH_DOMAIN.match(plain, at.end()))
    if loose or at["typed"].strip() != at["typed"]:
        return loose
    return _TYPED_DOMAIN.match(plain, at.end())


def _local_part(plain: str, end: int, floor: int, *, spoken: bool) -> int | None:
    """Give where the part before the "@" at `end` begins, if there is one."""
    begin = max(floor, end - _LOOK_BACK)
    tokens = [(found.start() + begin, found[0]) for found in _TOKEN.finditer(plain[begin:end])]
    while tokens and tokens[-1][1].isspace():
        tokens.pop()
    start, joined, words = None, False, 0
    for place in range(len(tokens) - 1, -1, -1):
        where, token = tokens[place]
        if token.isspace():
            continue
        if not re.search(r"\w|^\.+$", token):
            break
        if start is None:
            start = where
            joined = token.startswith(".")
        elif token in _JOINS or token.strip(".") == "":
            joined = True
        elif joined or token.endswith("."):
            start, joined = where, token.startswith(".")
        elif spoken and _belongs(tokens, place, words):
            words += not (len(token) == 1 or token.isdigit() or token in _NUMBER_WORDS or token in _ASIDES)
            start = where
        else:
            break
    # A quotation mark before it is the sentence's.
    local = None if start is None else re.match(r"[.+'%&-]*(?=[^\W_])", plain[start:end])
    return None if start is None or local is None else start + len(local[0])


def _belongs(tokens: list[tuple[int, str]], place: int, words: int) -> bool:
    """Tell whether a word before a dictated address is a part of it that nothing joins: "ana perez 85 arroba"."""
    word = tokens[place][1]
    if word in _NUMBER_WORDS or word.isdigit():
        return True
    if word == "y":
        return place + 2 < len(tokens) and tokens[place + 2][1] in _NUMBER_WORDS
    if word in _ASIDES:
        return True
    if len(word) == 1 and place + 2 < len(tokens) and len(tokens[place + 2][1]) == 1:
        return True
    return words < _MOST_WORDS and word not in _SENTENCE


def _forgotten(plain: str) -> Iterator[tuple[int, int]]:
    floor = 0
    for provider in _FORGOTTEN.finditer(plain):
        before = plain[max(floor, provider.start() - 65) : provider.start()]
        local = re.search(r"[\w.+-]{1,64}\s?\Z", before)
        if local is None:
            continue
        word = local[0].strip().strip(".")
        if len(word) < 3 or word in _SENTENCE or word in ("mail", "www", "https", "http"):
            continue
        floor = provider.end()
        yield provider.start() - len(local[0]), floor
