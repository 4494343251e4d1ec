"""Names of people who are known to be meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from privacy.draft import Draft, fold

NAME = "[nombre]"

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_SHORTEST = 3  # "De la Cruz" must not take every "de" with it.
# Months and days that are names too, and what tells that they are not one here: "15 de abril", "el domingo".
_CALENDAR = frozenset(
    [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
        "lunes",
        "martes",
        "miercoles",
        "jueves",
        "viernes",
        "sabado",
        "domingo",
    ]
)
_BEFORE_A_DATE = frozenset(
    [
        "de",
        "en",
        "el",
        "del",
        "este",
        "para",
        "proximo",
        "los",
        "por",
        "la",
        "al",
        "y",
        "o",
        "hasta",
        "desde",
        "cada",
        "todo",
        "siguiente",
    ]
)
# Words that a profile's name may hold and every other message does too: "La Reina de la Noche", "Luna Tarot".
_ORDINARY = frozenset(
    [
        "del",
        "los",
        "las",
        "con",
        "por",
        "para",
        "que",
        "una",
        "uno",
        "hoy",
        "dia",
        "dias",
        "noche",
        "tarde",
        "manana",
        "tarot",
        "carta",
        "natal",
        "astral",
        "sesion",
        "cita",
        "citas",
        "hora",
        "horas",
        "pago",
        "correo",
        "hola",
        "gracias",
        "quiero",
        "luz",
        "sol",
        "luna",
    ]
)


def hide_names(draft: Draft, names: Iterable[str]) -> None:
    """Hide the names, whole or in parts, in any case and with or without accents.

    A part that is an ordinary word of these conversations is only hidden beside another part.
    """
    words, sure = _words_of(tuple(names))
    if sure:
        draft.hide(list(_places(draft.plain, words, sure)), NAME)


@lru_cache(maxsize=16)
def _words_of(names: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Give all words of the names, and those that mean their owner wherever they stand."""
    words = frozenset(word for name in names for word in _WORD.findall(fold(name)))
    return words, frozenset(word for word in words if len(word) >= _SHORTEST and word not in _ORDINARY)


def _places(plain: str, words: frozenset[str], sure: frozenset[str]) -> Iterator[tuple[int, int]]:
    found = list(_WORD.finditer(plain))
    place = 0
    while place < len(found):
        last = place
        if found[place][0] in words:
            while (
                last + 1 < len(found) and found[last + 1][0] in words and _beside(plain, found[last], found[last + 1])
            ):
                last += 1
            run = found[place : last + 1]
            hidden = [at for at, word in enumerate(run) if _is_meant(plain, word, run, sure)]
            if hidden:
                yield run[hidden[0]].start(), run[hidden[-1]].end()
        place = last + 1


def _beside(plain: str, left: re.Match[str], right: re.Match[str]) -> bool:
    return plain[left.end() : right.start()].strip(" .-_") == "" and right.start() - left.end() <= _SHORTEST


def _is_meant(plain: str, word: re.Match[str], run: list[re.Match[str]], sure: frozenset[str]) -> bool:
    if word[0] not in sure or not _is_whole(plain, word):
        return False
    if word[0] not in _CALENDAR or sum(other[0] in sure for other in run) > 1:
        return True
    before = re.search(r"(\w+)\W{0,3}\Z", plain[max(0, word.start() - 20) : word.start()])
    after = re.match(r"\W{0,3}\d", plain[word.end() : word.end() + 4])
    return not after and not (before and (before[1] in _BEFORE_A_DATE or before[1].isdigit()))


def _is_whole(plain: str, word: re.Match[str]) -> bool:
    start, end = word.span()
    return not (plain[max(0, start - 1) : start].isalnum() or plain[end : end + 1].isalnum())
