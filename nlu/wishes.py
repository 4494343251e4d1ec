"""Two wishes in one message: "cancélame la del martes y agéndame otra el jueves"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

# What somebody can want beside something else; a greeting or a thank-you beside it is no second wish.
SERVED = frozenset(
    {
        "actualizar_perfil",
        "agendar_cita",
        "cancelar_cita",
        "consulta_estado",
        "consultar_historial",
        "consultar_horarios",
        "consultar_paquetes",
        "pagar_servicio",
        "reagendar_cita",
    }
)
Ranked = tuple[str, float]

MOST_CLAUSES = 6
LEAST_WORDS = 2
# How sure the intent of a clause must be, and among how many of the whole message it must be.
SURE = 0.85
LIKELY = 3

_BREAKS = re.compile(
    r"(?<=[?!.;])\s+|\s*\n\s*|\s+(?=(?:y|e|adem[aá]s|tambi[eé]n|despu[eé]s|luego|and)\s)", re.IGNORECASE
)
_FIRST = re.compile(r"^\W*(?:(?:y|e|adem[aá]s|tambi[eé]n|despu[eé]s|luego|and)\s+)*", re.IGNORECASE)
_DENIED = re.compile(r"^\W*(?:(?:y|pero)\s+)?(?:no|tampoco|ni)\s", re.IGNORECASE)


@dataclass(frozen=True)
class Wish:
    """One of the things that a message asks for.

    Attributes:
        intent: what is wanted.
        confidence: how sure that is, 0 to 1.
        start: where its words begin in the message.
        end: where they end.
    """

    intent: str
    confidence: float
    start: int
    end: int


def clauses(text: str) -> list[tuple[int, int]]:
    """Return where the parts of a message begin and end that may be wishes of their own."""
    places = [0, *(match.end() for match in _BREAKS.finditer(text)), len(text)]
    spans = [(start, end) for start, end in pairwise(places) if text[start:end].strip()]
    return spans if 1 < len(spans) <= MOST_CLAUSES else []


def wishes(text: str, likely: Sequence[str], classify: Callable[[Sequence[str]], Sequence[Ranked]]) -> list[Wish]:
    """Return the two wishes of a message in their order; none where it has one, or more than two.

    Args:
        text: the message.
        likely: the likeliest intents of the whole message: one that it does not show as a whole is none.
        classify: gives the likeliest intent of each of some texts, and how sure it is.
    """
    spans = [(s, e) for s, e in clauses(text) if _words(text[s:e]) >= LEAST_WORDS and not _DENIED.match(text[s:e])]
    if len(spans) < 2:
        return []
    found: list[Wish] = []
    for (start, end), (intent, confidence) in zip(spans, classify([text[s:e] for s, e in spans]), strict=True):
        if intent not in SERVED or intent not in likely or confidence < SURE:
            continue
        if found and found[-1].intent == intent:
            start, confidence = found[-1].start, max(confidence, found.pop().confidence)
        found.append(Wish(intent, confidence, start, end))
    return found if len(found) == 2 and found[0].intent != found[1].intent else []


def _words(clause: str) -> int:
    return len(_FIRST.sub("", clause).split())
